import { ChannelChat, MaxFile, type ReplyBody, type RequestBody, type RequestType } from '../api/wire';
import type { FileCarrier } from '../e2ee/file-carrier';
import type { FileNote, Place } from '../e2ee/file-protocol';
import { fileName } from './file-name';
import type { FetchingFile, FileFailure, Files, FilesView, SendingFile } from './file-view';
import { RoundelError, type ChatMessage } from './model';

/** Bytes of the largest file that is sent: 100 MiB. Sealed it is a little larger. */
export const LARGEST = MaxFile - (1 << 20);

/** What files need of the meeting. */
export interface MeetingFilesOptions {
  carrier: FileCarrier;
  ask<T extends RequestType>(type: T, body: RequestBody<T>): Promise<ReplyBody<T>>;
  /** the seat to go through; null without one */
  place(): Place | null;
  /** own participant id */
  self(): string;
  nameOf(id: string): string;
  /** whether a file to this participant goes through the group now; throws while that is not known */
  sealing(to: string): boolean;
  message(key: string): ChatMessage | undefined;
  /** shows what was offered through the group, which does not send it back */
  sent(file: FileNote, to: string): void;
  changed(): void;
}

interface Outgoing {
  shown: SendingFile;
  readonly file: File;
  /** of the attempt under way */
  stop: AbortController | null;
  sealed: boolean;
  /** what it was sent under has changed: from the start again */
  again: boolean;
}

export const NO_FILES: FilesView = { sending: [], fetching: new Map() };

/**
 * The files of one visit's chat: those on their way out, one after the other, and
 * those that are fetched. Whether a file is sealed is decided when it starts; one
 * that goes out in clear when encryption is turned on stops at once.
 */
export class MeetingFiles implements Files {
  private outgoing: Outgoing[] = [];
  private sending: Outgoing | null = null;
  private readonly coming = new Map<string, { stop: AbortController; file: Promise<Blob> }>();
  private shown = NO_FILES;
  private count = 0;

  constructor(private readonly options: MeetingFilesOptions) {}

  get view(): FilesView {
    return this.shown;
  }

  send(file: File, to = ''): void {
    const name = fileName(file.name);
    const shown: SendingFile = {
      key: `file ${++this.count}`, name, size: file.size, to, toName: to && this.options.nameOf(to), state: 'waiting', done: 0, failure: null,
    };
    const one: Outgoing = { shown, file, stop: null, sealed: false, again: false };
    this.outgoing.push(one);
    if (file.size > LARGEST) this.show(one, failed(new RoundelError('file_too_large', '')));
    else this.show(one, {});
    this.next();
  }

  retry(key: string): void {
    const one = this.find(key);
    if (one?.shown.state !== 'failed' || one.file.size > LARGEST) return;
    this.show(one, { state: 'waiting', done: 0, failure: null });
    this.next();
  }

  drop(key: string): void {
    const one = this.find(key);
    this.outgoing = this.outgoing.filter((other) => other !== one);
    one?.stop?.abort();
    this.changed();
  }

  fetch(key: string): Promise<Blob> {
    const running = this.coming.get(key);
    if (running) return running.file;
    const stop = new AbortController();
    const file = this.bring(key, stop.signal).finally(() => this.coming.delete(key));
    this.coming.set(key, { stop, file });
    return file;
  }

  stopFetching(key: string): void {
    this.coming.get(key)?.stop.abort();
  }

  /** The group may have changed: what goes out in clear must not go on while encryption is on, or when nobody can tell. */
  look(): void {
    const one = this.sending;
    if (!one || one.sealed || !one.stop || this.mayBeClear(one)) return;
    one.again = true;
    one.stop.abort();
  }

  /** The meeting is over, and the files are gone with it. */
  clear(): void {
    for (const one of this.outgoing) one.stop?.abort();
    for (const { stop } of this.coming.values()) stop.abort();
    this.outgoing = [];
    this.shown = NO_FILES;
  }

  close(): void {
    this.clear();
    this.options.carrier.close();
  }

  // ----------------------------------------------------------------------- sending

  private next(): void {
    const one = this.sending ? undefined : this.outgoing.find(({ shown }) => shown.state === 'waiting');
    if (!one) return;
    this.sending = one;
    one.stop = new AbortController();
    this.show(one, { state: 'sending' });
    void this.carry(one, one.stop.signal)
      .then(
        () => this.drop(one.shown.key),
        (error: unknown) => this.show(one, one.again ? { state: 'waiting', done: 0 } : failed(error)),
      )
      .finally(() => {
        one.stop = null;
        one.again = false;
        this.sending = null;
        this.next();
      });
  }

  private async carry(one: Outgoing, signal: AbortSignal): Promise<void> {
    const { carrier, ask, sent } = this.options;
    const { file, shown: { name, to } } = one;
    one.sealed = this.options.sealing(to);
    const place = this.place();
    const mediaType = file.type.slice(0, 100);
    const seal = one.sealed ? { from: this.options.self(), to, name, mediaType } : null;
    const id = await carrier.send({ place, file, seal }, signal, (done) => this.show(one, { done }));
    if (one.sealed) return sent({ id, name, mediaType, size: file.size }, to);
    if (!this.mayBeClear(one)) {
      one.again = true;
      throw new RoundelError('e2ee_on', '');
    }
    await ask('relay.send', { channel: ChannelChat, ...(to ? { to } : {}), payload: { text: '', file: { id, name, type: mediaType, size: file.size } } });
  }

  private mayBeClear({ shown }: Outgoing): boolean {
    try {
      return !this.options.sealing(shown.to);
    } catch {
      return false;
    }
  }

  private find(key: string): Outgoing | undefined {
    return this.outgoing.find(({ shown }) => shown.key === key);
  }

  private show(one: Outgoing, change: Partial<SendingFile>): void {
    one.shown = { ...one.shown, ...change };
    this.changed();
  }

  // ---------------------------------------------------------------------- fetching

  private async bring(key: string, signal: AbortSignal): Promise<Blob> {
    const message = this.options.message(key);
    try {
      if (!message?.file) throw new RoundelError('file_gone', '');
      const { id, size } = message.file;
      this.showFetching(key, { done: 0, failure: null });
      const progress = (done: number) => this.showFetching(key, { done, failure: null });
      const file = await this.options.carrier.fetch({ place: this.place(), id, size, from: message.sealed ? message.from : null }, signal, progress);
      this.showFetching(key, null);
      return file;
    } catch (error) {
      this.showFetching(key, signal.aborted ? null : { done: 0, failure: reason(error) });
      throw error;
    }
  }

  private showFetching(key: string, file: FetchingFile | null): void {
    const fetching = new Map(this.shown.fetching);
    if (file) fetching.set(key, file);
    else fetching.delete(key);
    this.shown = { ...this.shown, fetching };
    this.options.changed();
  }

  private changed(): void {
    this.shown = { ...this.shown, sending: this.outgoing.map(({ shown }) => shown) };
    this.options.changed();
  }

  private place(): Place {
    const place = this.options.place();
    if (!place) throw new RoundelError('offline', 'There is no seat.');
    return place;
  }
}

function failed(error: unknown): Partial<SendingFile> {
  return { state: 'failed', failure: reason(error) };
}

function reason(error: unknown): FileFailure {
  return error instanceof RoundelError ? { code: error.code, message: error.message } : { code: 'internal', message: '' };
}
