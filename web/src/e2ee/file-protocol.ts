/**
 * What the page and the file worker say to each other, and the file worker and the
 * mls worker over a port that the page only hands over: keys of files cross there
 * and nowhere else.
 */

/** Whose seat a file goes through. */
export interface Place {
  /** of the meeting */
  number: string;
  /** the seat's secret */
  seat: string;
}

/** A file as the page knows it. */
export interface FileNote {
  /** at the server */
  id: string;
  name: string;
  /** as the sender states it */
  mediaType: string;
  /** of the plain file, bytes */
  size: number;
}

/** What is needed to fetch and open a sealed file. */
export interface SealedFile extends FileNote {
  key: Uint8Array;
  chunk: number;
}

/** What to carry. ref is the page's name for it. */
export interface Sending {
  ref: number;
  place: Place;
  file: Blob;
  /** null sends the file as it is */
  seal: { from: string; to: string; name: string; mediaType: string } | null;
}

export interface Fetching {
  ref: number;
  place: Place;
  id: string;
  size: number;
  /** whose offer it was; null for a file that is not sealed */
  from: string | null;
}

/** Page to file worker. */
export type ToFiles =
  /** the way to the mls worker of the group that this person is in now */
  | { type: 'keys'; port: MessagePort }
  | { type: 'send'; sending: Sending }
  | { type: 'fetch'; fetching: Fetching }
  | { type: 'cancel'; ref: number };

/** File worker to page. */
export type FromFiles =
  /** of the file's size */
  | { type: 'progress'; ref: number; done: number }
  /** everyone whom it is for has been told, when it is sealed */
  | { type: 'sent'; ref: number; id: string }
  /** whole, and what was offered */
  | { type: 'fetched'; ref: number; file: Blob }
  | { type: 'failed'; ref: number; code: string; message: string };

/** File worker to mls worker. */
export type ToKeys = { type: 'offer'; ref: number; to: string; file: SealedFile };

/** mls worker to file worker. */
export type FromKeys =
  /** why: not offered; "" when it was */
  | { type: 'offered'; ref: number; why: string }
  | { type: 'came'; from: string; file: SealedFile };
