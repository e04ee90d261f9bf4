/** How long the browser may take to begin, ms: it reads the file only then. */
const KEPT = 60_000;

/** Gives a file to the browser to save. Its address is the page's own and its type says nothing, so that it is not opened instead. */
export function save(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT);
}
