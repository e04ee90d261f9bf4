import { LARGEST } from '../../../room/files';
import { Store } from '../../../room/store';

/** A file that was chosen and not sent yet. */
export interface StagedFile {
  key: number;
  file: File;
  /** larger than any file that can be sent */
  tooLarge: boolean;
}

/** Files wait here until the person sends them: what was dropped or pasted by mistake goes nowhere. */
export class Staged {
  readonly files = new Store<readonly StagedFile[]>([]);
  private count = 0;

  add(files: Iterable<File>): void {
    this.files.update((list) => [...list, ...[...files].map((file) => ({ key: ++this.count, file, tooLarge: file.size > LARGEST }))]);
  }

  remove(key: number): void {
    this.files.update((list) => list.filter((one) => one.key !== key));
  }

  /** Takes out what can be sent; what cannot stays to be seen. */
  take(): File[] {
    const ready = this.files.current.filter(({ tooLarge }) => !tooLarge);
    this.files.update((list) => list.filter(({ tooLarge }) => tooLarge));
    return ready.map(({ file }) => file);
  }
}

/** The files of something dropped or pasted; folders are none. */
export function filesOf(data: DataTransfer | null): File[] {
  const items = [...(data?.items ?? [])].filter(({ kind }) => kind === 'file');
  return items.flatMap((item) => (item.webkitGetAsEntry?.()?.isDirectory ? [] : (item.getAsFile() ?? [])));
}
