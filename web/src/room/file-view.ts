/** What the screens know of files in the chat: a part of src/room/model.ts, which exports all of it. */

/** A file that was offered in the chat. */
export interface ChatFile {
  /** at the server */
  id: string;
  /** fit to be shown and to be saved under */
  name: string;
  /** media type as the sender states it: nothing to rely on */
  type: string;
  /** bytes */
  size: number;
}

/** Why a file was not sent or fetched; as in RoundelError. */
export interface FileFailure {
  code: string;
  message: string;
}

/** A file of this person's that the others do not have yet. */
export interface SendingFile {
  key: string;
  name: string;
  size: number;
  /** "" for everyone, else the one recipient's participant id */
  to: string;
  toName: string;
  /** waiting: behind another one */
  state: 'waiting' | 'sending' | 'failed';
  /** bytes that are on the server */
  done: number;
  failure: FileFailure | null;
}

/** A file that comes, or did not come. */
export interface FetchingFile {
  /** bytes that have come and are right */
  done: number;
  /** null while it comes */
  failure: FileFailure | null;
}

export interface FilesView {
  /** in the order in which they are sent */
  sending: readonly SendingFile[];
  /** by the key of the message */
  fetching: ReadonlyMap<string, FetchingFile>;
}

/** Files of the chat. While encryption is on they are sealed on this device before they leave it. */
export interface Files {
  /** Sends a file to everyone or to one participant. FilesView shows how it goes; then it is a message. */
  send(file: File, to?: string): void;
  /** Tries one again that failed. */
  retry(key: string): void;
  /** Stops one, or takes one that failed off the list. */
  drop(key: string): void;
  /** The file of a message, once all of it has come and is what was offered. Rejects with a RoundelError. */
  fetch(message: string): Promise<Blob>;
  stopFetching(message: string): void;
}
