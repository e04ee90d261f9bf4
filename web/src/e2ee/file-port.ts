import type { FileNote, FromKeys, SealedFile, ToKeys } from './file-protocol';

/** The part of a MessagePort that is used. */
export interface KeyPort {
  onmessage: ((event: MessageEvent<ToKeys>) => void) | null;
  postMessage(message: FromKeys): void;
}

/** So many offers are kept for a file worker that comes later; of more the oldest go. */
const KEPT = 1000;

/**
 * The mls worker's way to the file worker: hands over the keys of files that were
 * offered, and offers those that were sent. The page gets to know everything of a
 * file but its key.
 */
export class FilePort {
  private port: KeyPort | null = null;
  private came: Extract<FromKeys, { type: 'came' }>[] = [];

  /** offer returns "" or why not. */
  constructor(private readonly offer: (file: SealedFile, to: string) => string) {}

  /** A new file worker takes the place of the one before, and gets all there is. */
  add(port: KeyPort): void {
    if (this.port) this.port.onmessage = null;
    this.port = port;
    for (const one of this.came) port.postMessage(one);
    port.onmessage = ({ data: { ref, file, to } }) => port.postMessage({ type: 'offered', ref, why: this.offer(file, to) });
  }

  /** Keeps the key of an offered file and returns what the page may know. */
  note(from: string, file: SealedFile): FileNote {
    const one = { type: 'came', from, file } as const;
    this.came = [...this.came.slice(1 - KEPT), one];
    this.port?.postMessage(one);
    return { id: file.id, name: file.name, mediaType: file.mediaType, size: file.size };
  }
}
