import type { FileWorkerLike } from '../e2ee/file-carrier';
import type { Keeper } from '../e2ee/keeper';
import type { CaptureDevices } from '../media/devices';
import type { Transforms } from '../media/transforms';
import type { OpenSocket } from './signal-connection';

/** What a meeting is made of; all but the number has a default. */
export interface MeetingOptions {
  /** ten digits */
  number: string;
  devices: CaptureDevices;
  /** product and version that others see */
  client?: string;
  open?: OpenSocket;
  url?: string;
  transforms?: (group: MessagePort | null) => Transforms;
  /** starts the worker that keeps the group's keys */
  keeper?: () => Keeper;
  /** starts the worker that carries files */
  fileWorker?: () => Promise<FileWorkerLike>;
  /** the secret part of the invitation, "" without it */
  fragment?: string;
  storage?: Pick<Storage, 'getItem'>;
  /** keeps the seat over a reload of the tab */
  seats?: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
}
