/** Stands in for the mls worker in tests of the room. */
import type { Keeper } from '../e2ee/keeper';
import type { Command, Effect, GroupEvent, JoinGroup, MachineView, PersonView } from '../e2ee/mls';
import type { WorkerState } from '../media/transforms';
import { Store } from './store';

/** A keeper that remembers what it was told; the test plays the machine. */
export class FakeKeeper {
  readonly state = new Store<WorkerState>('ok');
  readonly view = new Store<MachineView | null>(null);
  onEffect: ((effect: Effect) => void) | null = null;
  readonly told: GroupEvent[] = [];
  readonly done: Command[] = [];
  joined: JoinGroup | null = null;
  closed = false;
  /** why the next order is refused, "" for none */
  refusal = '';
  joins = true;

  ask(what: string, body: unknown): Promise<unknown> {
    if (what === 'join') {
      this.joined = body as JoinGroup;
      return this.joins ? Promise.resolve(null) : Promise.reject(new Error('session: this card is not for this link'));
    }
    if (what !== 'do') return Promise.reject(new Error(`not played: ${what}`));
    if (this.refusal) return Promise.reject(new Error(this.refusal));
    this.done.push(body as Command);
    return Promise.resolve(null);
  }

  tell(event: GroupEvent): void {
    this.told.push(event);
  }

  mediaPort(): MessagePort {
    return new MessageChannel().port1;
  }

  close(): void {
    this.closed = true;
  }

  get real(): Keeper {
    return this as unknown as Keeper;
  }

  /** The machine's picture changes. */
  show(change: Partial<MachineView>): void {
    this.view.set({ ...(this.view.current ?? machineView()), ...change });
  }
}

/** A member's picture of a quiet meeting in clear. */
export function machineView(change: Partial<MachineView> = {}): MachineView {
  return {
    phase: 'in', reason: '', online: true, mode: 'off', by: '', lock: false, doubts: [], epoch: 4, suite: 0xf0d1, codes: [],
    people: [], waiting: [], digits: '', host: false, canSwitch: false, canAdmit: false, hostAnswers: true, required: false,
    lobby: false, locked: false, linkNumber: 1, pending: 0, sending: 'clear', ...change,
  } as MachineView;
}

/** A member. */
export function member(id: string, change: Partial<PersonView> = {}): PersonView {
  return {
    id, name: id.toUpperCase(), nameSigned: true, leaf: 0, device: new Uint8Array(32).fill(7), self: false, host: false, rooted: false,
    inTree: true, signalled: true, connected: true, standing: 'link', answering: true, flipped: false, hand: false, disagreeing: false, ...change,
  } as PersonView;
}

/** Somebody who knocks. */
export function knock(id: string, change: Partial<MachineView['waiting'][number]> = {}): MachineView['waiting'][number] {
  return { id, name: id.toUpperCase(), digits: '', link: true, oldLink: false, lobby: true, may: true, banned: false, failed: false, ...change };
}

/** The bytes of a card of this meeting, as far as its head is read. */
export function cardOf(meeting: string): string {
  const id = new TextEncoder().encode(meeting);
  const bytes = new Uint8Array(3 + id.length + 8 + 9 + 32 + 64);
  bytes.set([1, id.length >> 8, id.length & 255]);
  bytes.set(id, 3);
  return btoa(String.fromCharCode(...bytes));
}
