import type { AnyEvent, GroupCommitted, GroupReply, ReplyBody, RequestBody, RequestType } from '../api/wire';
import { fromBase64, toBase64 } from '../e2ee/base64';
import { withoutSeed } from '../e2ee/invite-link';
import type { Keeper } from '../e2ee/keeper';
import type { Command, Content, Effect, GroupCommit, JoinGroup, KnownDevice, MachineView, Notice, Report, TrustAction } from '../e2ee/mls';
import { Since, sinceKeys } from './group-view';
import { RoundelError } from './model';
import type { Roster } from './roster';

/** What a group needs of the meeting, and what it tells. */
export interface GroupOptions {
  keeper: Keeper;
  /** sends a request in its order */
  ask<T extends RequestType>(type: T, body: RequestBody<T>): Promise<ReplyBody<T>>;
  join: JoinGroup;
  /** not let in yet: the only way in is to knock */
  lobby: boolean;
  changed(): void;
  content(content: Content): void;
  notice(notice: Notice): void;
  /** the worker has this device's part, and what the link said of it */
  joined(): void;
}

/** Somebody who waits until the group is as they want it. */
interface Waiting {
  done: (view: MachineView) => boolean;
  /** of the machine's order, whose failure ends the wait */
  order: string;
  resolve: () => void;
  reject: (why: RoundelError) => void;
}

/** How long an order to the group may take, ms. */
const ORDER_TIME = 20_000;
/** How long content waits for the proof that somebody is there, ms. */
const ANSWER_TIME = 4000;
const NOTHING = new Uint8Array();

/**
 * This device's part in the meeting's group: carries the server's words to the
 * mls worker and the worker's to the server. It decides nothing.
 */
export class MeetingGroup {
  readonly since = new Since();
  /** the machine could not be made: the card does not fit the link, or the worker failed */
  failed = false;
  private lobby: boolean;
  private waits: Waiting[] = [];
  private people: Roster['participants'] | null = null;
  private said: boolean | null = null;
  private readonly ends: (() => void)[];

  constructor(private readonly options: GroupOptions) {
    const { keeper, join } = options;
    this.lobby = options.lobby;
    keeper.onEffect = (effect) => this.carryOut(effect);
    keeper.ask('join', join).then(
      () => options.joined(),
      () => {
        this.failed = true;
        options.changed();
      },
    );
    this.ends = [
      keeper.view.subscribe((view) => this.viewed(view)),
      keeper.state.subscribe((state) => state !== 'starting' && options.changed()),
    ];
    keeper.tell({ type: 'online', resumed: false });
  }

  get view(): MachineView | null {
    return this.options.keeper.view.current;
  }

  get worker() {
    return this.options.keeper.state.current;
  }

  get self(): string {
    return this.options.join.self;
  }

  /** The secret part of the meeting's link as far as this device knows it, "" when it does not: before it is in the group, the link that it came by. */
  get invite(): string {
    const { view } = this;
    return view && view.linkNumber > 0 ? (view.fragment ?? '') : withoutSeed(this.options.join.fragment);
  }

  get hasLink(): boolean {
    return this.options.join.fragment !== '';
  }

  /**
   * Clear content may be sent and shown: the group says off, and others have
   * answered. Frames leave sealed for a moment longer after a switch off.
   */
  get clear(): boolean {
    return this.worker === 'ok' && this.view?.mode === 'off' && this.view.sending !== 'hold';
  }

  /** Content goes through the group, or not at all. */
  get sealed(): boolean {
    return this.view !== null && this.view.mode !== 'off' && this.view.mode !== 'unknown';
  }

  mediaPort(): MessagePort {
    return this.options.keeper.mediaPort();
  }

  filePort(): MessagePort {
    return this.options.keeper.filePort();
  }

  /** The connection is there (again). */
  online(resumed: boolean): void {
    this.options.keeper.tell({ type: 'online', resumed });
  }

  offline(): void {
    this.options.keeper.tell({ type: 'offline' });
  }

  /** The door is open. What the lobby made fail is tried again at once. */
  admitted(): void {
    if (!this.lobby) return;
    this.lobby = false;
    if (this.view?.phase !== 'joining' && this.view?.phase !== 'waiting') return;
    this.offline();
    this.online(false);
  }

  /** Whom the server names, and what it says of the room. */
  roster(people: Roster['participants'], room: Roster['room']): void {
    this.roomSays(room.e2ee?.on ?? false);
    if (people === this.people) return;
    this.people = people;
    this.options.keeper.tell({
      type: 'roster',
      people: [...people.values()].map(({ id, name, role, leg, disconnected }) => ({
        id, name, host: role === 'host', moderator: role !== 'participant', capable: leg.e2ee ?? false, connected: !disconnected,
      })),
    });
  }

  /** One of the server's words; true when it was about the group. */
  event(event: AnyEvent): boolean {
    const { keeper } = this.options;
    switch (event.type) {
      case 'group.committed':
        keeper.tell({ type: 'committed', ...committed(event.body) });
        return true;
      case 'group.reopened':
        keeper.tell({ type: 'reopened', ...event.body });
        return true;
      case 'group.knocks':
        keeper.tell({
          type: 'knocks',
          knocks: event.body.knocks.map(({ participant, name, keyPackage, proof, lobby }) => ({ participant, name, keyPackage: bytes(keyPackage), proof: bytes(proof), lobby })),
        });
        return true;
      case 'group.messages':
        keeper.tell({ type: 'messages', messages: event.body.messages.map(({ from, message }) => ({ from, message: bytes(message) })) });
        return true;
      default:
        return false;
    }
  }

  /** Asks the group for something; rejects with a RoundelError. */
  async do(command: Command): Promise<void> {
    try {
      await this.options.keeper.ask('do', command);
    } catch (error) {
      throw refusal(error instanceof Error ? error.message : '');
    }
  }

  /** Changes what this device remembers of somebody; resolves when it is kept. */
  async trust(action: TrustAction, id: string): Promise<void> {
    const person = this.view?.people.find((one) => one.id === id);
    if (!person?.inTree) throw new RoundelError('not_found', '');
    await this.options.keeper.ask('trust', { action, name: person.name, device: person.device });
  }

  known(): Promise<KnownDevice[]> {
    return this.options.keeper.ask('known', null);
  }

  async forget(device: Uint8Array): Promise<void> {
    await this.options.keeper.ask('trust', { action: 'forget', name: '', device });
  }

  hostLink(): Promise<string> {
    return this.options.keeper.ask('hostLink', null);
  }

  /** Waits until it is known whether content is sealed, as it is a moment after somebody has come; not without end. */
  async answered(): Promise<void> {
    const { view } = this;
    const coming = view?.phase === 'proving' || (view?.phase === 'alone' && view.people.some(({ self }) => !self));
    if (this.clear || this.sealed || !coming) return;
    const { made, drop } = this.until(() => this.clear || this.sealed, '', ANSWER_TIME);
    await made.catch(() => undefined).finally(drop);
  }

  /** Orders a change of the group and waits until it is made. */
  async order(command: Command, order: string, done: Waiting['done']): Promise<void> {
    const { made, drop } = this.until(done, order, ORDER_TIME);
    made.catch(() => undefined);
    try {
      await this.do(command);
      this.viewed(this.view);
      await made;
    } finally {
      drop();
    }
  }

  close(): void {
    for (const end of this.ends) end();
    for (const wait of [...this.waits]) this.give(wait, new RoundelError('offline', 'The meeting was left.'));
    this.options.keeper.close();
  }

  /** What the server believes of the switch: a host's device tells it when that is wrong. */
  private roomSays(on: boolean): void {
    if (on === this.said) return;
    this.said = on;
    this.options.keeper.tell({ type: 'roomSays', on });
  }

  private viewed(view: MachineView | null): void {
    if (!view) return;
    this.since.look(sinceKeys(view), Date.now());
    for (const wait of this.waits.filter(({ done }) => done(view))) this.give(wait, null);
    this.options.changed();
  }

  /** Resolves when the group is so, rejects when the order of this name failed or after so many ms. */
  private until(done: Waiting['done'], order: string, ms: number): { made: Promise<void>; drop: () => void } {
    let wait: Waiting | undefined;
    const made = new Promise<void>((resolve, reject) => this.waits.push((wait = { done, order, resolve, reject })));
    const timer = setTimeout(() => this.give(wait, new RoundelError('timeout', 'The others did not answer in time.')), ms);
    const drop = () => {
      clearTimeout(timer);
      this.waits = this.waits.filter((one) => one !== wait);
    };
    return { made, drop };
  }

  private give(wait: Waiting | undefined, why: RoundelError | null): void {
    if (!wait || !this.waits.includes(wait)) return;
    this.waits = this.waits.filter((one) => one !== wait);
    if (why) wait.reject(why);
    else wait.resolve();
  }

  // --------------------------------------------------------------- the machine's wishes

  private carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'open':
        this.offer(effect.ref, () => this.options.ask('group.open', { info: toBase64(effect.info) }));
        break;
      case 'commit': {
        const { epoch, commit, welcome, info, added } = effect;
        const body = { epoch, commit: toBase64(commit), info: toBase64(info), ...(welcome.length > 0 ? { welcome: toBase64(welcome) } : {}), ...(added.length > 0 ? { added } : {}) };
        this.offer(effect.ref, () => this.options.ask('group.commit', body));
        break;
      }
      case 'fetch':
        this.fetch();
        break;
      case 'publishInfo':
        this.say('group.info', { epoch: effect.epoch, info: toBase64(effect.info) });
        break;
      case 'refuse':
        this.say('group.refuse', { epoch: effect.epoch });
        break;
      case 'knock':
        this.say('group.knock', { keyPackage: toBase64(effect.keyPackage), ...(effect.proof.length > 0 ? { proof: toBase64(effect.proof) } : {}) });
        break;
      case 'report':
        this.say('e2ee.report', reportOf(effect));
        break;
      case 'post':
        this.say('group.send', { message: toBase64(effect.message), ...(effect.to.length > 0 ? { to: effect.to } : {}) });
        break;
      case 'content':
        this.options.content(effect);
        break;
      case 'notice':
        if (effect.kind === 'failed') this.failedOrder(effect.text);
        this.options.notice(effect);
        break;
    }
  }

  /** What the server refuses is tried again by the machine. */
  private say<T extends RequestType>(type: T, body: RequestBody<T>): void {
    this.options.ask(type, body).catch(() => undefined);
  }

  /** What the server orders. From the lobby nothing can be offered. */
  private offer(ref: number, send: () => Promise<GroupReply>): void {
    const { keeper } = this.options;
    const failed = () => keeper.tell({ type: 'reply', ref, accepted: false, failed: true, missed: [] });
    if (this.lobby) failed();
    else send().then(({ accepted, missed }) => keeper.tell({ type: 'reply', ref, accepted, failed: false, missed: (missed ?? []).map(committed) }), failed);
  }

  private fetch(): void {
    this.options.ask('group.fetch', {}).then(
      ({ exists, epoch, info, queue }) => this.options.keeper.tell({ type: 'groupState', exists, epoch, info: bytes(info), queue: queue || this.lobby }),
      () => undefined, // the machine asks again
    );
  }

  /** "order: why" */
  private failedOrder(text: string): void {
    const [name = '', why = ''] = text.split(': ', 2);
    for (const wait of this.waits.filter(({ order }) => order === name)) this.give(wait, new RoundelError('conflict', why));
  }
}

/** A report as the server takes it. */
export function reportOf({ on, epoch, offer }: Report): RequestBody<'e2ee.report'> {
  return { on, epoch, ...(on && offer ? { offer } : {}) };
}

function committed({ epoch, from, commit, welcome }: GroupCommitted): Omit<GroupCommit, 'type'> {
  return { epoch, from, commit: bytes(commit), welcome: bytes(welcome) };
}

/** What is not base64 is nothing, which the machine refuses. */
function bytes(text: string | undefined): Uint8Array {
  if (!text) return NOTHING;
  try {
    return fromBase64(text);
  } catch {
    return NOTHING;
  }
}

/** The machine's reasons (e2ee/session/commands.go) as codes that the screens have words for. */
function refusal(why: string): RoundelError {
  const code = /host may/.test(why) ? 'forbidden' : /does not allow/.test(why) ? 'not_allowed' : /too long/.test(why) ? 'too_large' : /no such person/.test(why) ? 'not_found' : 'offline';
  return new RoundelError(code, why.replace(/^session: /, ''));
}
