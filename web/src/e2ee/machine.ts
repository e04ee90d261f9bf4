/** What e2ee/wasm puts into the global scope, and how it is started. */
import '../../node_modules/.roundel/wasm_exec.js';
import type { SealedFile } from './file-protocol';
import type { Command, Content, Effect, GroupEvent, KnownDevice, MachineView, TrustAction } from './mls';
import type { ReceiveMode, SendMode } from './protocol';

/** What a machine is made from. */
export interface MachineConfig {
  meetingId: string;
  self: string;
  name: string;
  /** public key */
  device: Uint8Array;
  card: Uint8Array;
  /** with the root's seed when this device has it */
  fragment: string;
}

/** Everything that a machine may want. */
export type MachineEffect =
  | Exclude<Effect, { type: 'content' }>
  | MachineContent
  | { type: 'sign'; ref: number; message: Uint8Array }
  | { type: 'epoch'; epoch: number; base: Uint8Array; self: number; leaves: [leaf: number, participant: string][]; removes: boolean }
  | { type: 'send'; mode: SendMode; epoch: number }
  | { type: 'receive'; mode: ReceiveMode; until: number; from: string[] }
  | { type: 'viewChanged' };

/** What a member has sent, with the key of a file. */
export type MachineContent = { type: 'content' } & Omit<Content, 'file'> & { file?: SealedFile };

/** What the machine alone is asked: the page has no keys to offer. */
export type MachineCommand = Command | { type: 'offerFile'; file: SealedFile; to: string };

export type MachineEvent =
  | GroupEvent
  | { type: 'signed'; ref: number; signature: Uint8Array }
  | { type: 'mediaFlipped'; epoch: number };

/** What comes back instead when something is wrong, or when the program has stopped. */
export interface Failure {
  error: string;
}

/** One device's part in one meeting. Times are ms since 1970; next() is 0 when nothing is due. */
export interface Machine {
  handle(now: number, event: MachineEvent): Failure | undefined;
  /** "" or why not */
  do(now: number, command: MachineCommand): string | Failure;
  tick(now: number): Failure | undefined;
  next(): number | Failure;
  take(): MachineEffect[] | Failure;
  /** with what the memory of others says of each person */
  view(): MachineView | Failure;
  /** remembers who is there for the first time; returns the memory to be kept */
  learn(): Uint8Array | Failure;
  close(): void;
}

/** What a card says. */
export interface CardBody {
  meetingId: string;
  version: number;
  lobby: boolean;
  locked: boolean;
  required: boolean;
  e2ee: boolean;
  takeover: 'longest-present' | '';
}

export interface Machines {
  open(config: MachineConfig, now: number): Machine | Failure;
  newMeeting(): { hostFragment: string; fragment: string } | Failure;
  /** What this device remembers of others (session.Trust). A change returns it to be kept. */
  trust(action: 'load', name: '', kept: Uint8Array | undefined): undefined | Failure;
  trust(action: 'list', name: '', device: undefined): KnownDevice[] | Failure;
  trust(action: TrustAction, name: string, device: Uint8Array): Uint8Array | Failure;
  signCard(hostFragment: string, card: CardBody): { card: Uint8Array } | Failure;
}

interface GoProgram {
  importObject: WebAssembly.Imports;
  run(instance: WebAssembly.Instance): Promise<void>;
}

/** Starts the program; ended runs when it stops, which it never should. */
export async function startMachines(module: WebAssembly.Module, ended: () => void): Promise<Machines> {
  const scope = globalThis as unknown as { Go: new () => GoProgram; roundelE2EE?: Machines };
  const go = new scope.Go();
  const instance = await WebAssembly.instantiate(module, go.importObject);
  // Go's main runs until it waits; by then it has exported its functions.
  void go.run(instance).then(ended, ended);
  if (!scope.roundelE2EE) throw new Error('the program exports nothing');
  return scope.roundelE2EE;
}

/** The value, or throws the failure. */
export function value<T>(result: T | Failure): T {
  if (typeof result === 'object' && result !== null && 'error' in result) throw new Error(result.error);
  return result as T;
}
