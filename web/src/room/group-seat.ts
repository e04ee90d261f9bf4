import { FeatureE2EE, type Participant, type Relayed, type ReplyBody, type RequestBody, type RequestType, type Waiting } from '../api/wire';
import { canTakePart } from '../e2ee/able';
import { fromBase64 } from '../e2ee/base64';
import { meetingOf } from '../e2ee/card';
import type { Keeper } from '../e2ee/keeper';
import type { Content, JoinGroup, Notice } from '../e2ee/mls';
import type { GroupFacts } from '../shield/group';
import type { E2EEEvent, E2EEOffer, E2EEView } from './e2ee-view';
import { MeetingGroup } from './group';
import { factsOf, knocksOf, viewOf } from './group-view';
import { RoundelError } from './model';
import { Recognition } from './recognition';
import type { Roster } from './roster';

/** What the server is told of a person whose name the group may keep to itself. */
export const HIDDEN = 'Guest';

/** Clear messages that wait for this device to know whether they may be shown. */
const MOST_HELD = 500;
/** How long the group may take to add somebody who has the link, before they are told that they wait, ms. */
const PATIENCE = 3000;
/** How long a right that was not given is waited for before it is asked for again, ms. */
const RIGHT_AGAIN = 10_000;

export interface GroupSeatOptions {
  keeper: () => Keeper;
  /** of the link, "" without it */
  fragment: string;
  ask<T extends RequestType>(type: T, body: RequestBody<T>): Promise<ReplyBody<T>>;
  /** something that screens see has changed */
  changed(): void;
  content(content: Content): void;
  notice(notice: Notice): void;
  /** somebody who has a seat waits to be let into the group */
  knocked(id: string, name: string): void;
  /** something about a person's device that this one remembers otherwise */
  event(event: E2EEEvent): void;
  /** the worker has this device's part, and what the link said of it */
  joined(): void;
  /** the keys' worker is dead: nobody can tell the media worker to stop any more */
  stop(): void;
  /** the meeting's link has changed; fragment: of the new one */
  relinked(fragment: string): void;
  /** a clear message may be shown */
  clear(relayed: Relayed, old: boolean): void;
}

/** The meeting's group over all seats of one visit: made when a seat comes with a card, anew with every new participant id. */
export class GroupSeat {
  group: MeetingGroup | null = null;
  facts: GroupFacts | null = null;
  view: E2EEView | null = null;
  private readonly recognition = new Recognition();
  private able = false;
  private offer: E2EEOffer | null = null;
  private named = false;
  private stopped = false;
  private name = '';
  /** the secret part of the newest link, "" for who came without one */
  private link: string;
  /** whom this person has let in before they knocked at the group */
  private readonly expected = new Set<string>();
  private told = new Set<string>();
  /** who is to be host in the group, or no longer, and when that was last asked of it */
  private readonly rights = new Map<string, { host: boolean; asked: number }>();
  private offerEnds: ReturnType<typeof setTimeout> | undefined;
  private held: { relayed: Relayed; old: boolean }[] = [];

  constructor(private readonly options: GroupSeatOptions) {
    this.link = options.fragment;
  }

  /** Finds out what this browser can do; before the first seat. */
  async prepare(name: string): Promise<void> {
    this.able = await canTakePart();
    this.name = name;
  }

  features(): string[] {
    return this.able ? [FeatureE2EE] : [];
  }

  /** The name for the server: who has the link tells the group alone, until it is clear that nothing is encrypted. */
  announced(): string {
    return this.able && this.options.fragment ? HIDDEN : this.name;
  }

  /** A seat, or a place in the lobby, with this card. Throws when the card cannot be the one that the link promises. */
  enter(card: string | undefined, self: string, at: { room: string | null; device: JoinGroup['device'] }): void {
    const lobby = at.room === null;
    if (!card) {
      if (this.options.fragment && this.able) throw new RoundelError('card', 'The server does not have this meeting’s card, which the link promises.');
      return;
    }
    if (!this.able) return;
    const bytes = fromBase64(card);
    const meeting = meetingOf(bytes);
    if (meeting === null || (at.room !== null && at.room !== meeting)) throw new RoundelError('card', 'The card that the server shows is not this meeting’s.');
    if (this.group?.self === self) {
      if (!lobby) this.group.admitted();
      return;
    }
    this.leave();
    this.named = this.options.fragment === '';
    this.group = new MeetingGroup({
      keeper: this.options.keeper(),
      ask: this.options.ask,
      join: { meeting, self, name: this.name, card: bytes, fragment: this.link, device: at.device },
      lobby,
      changed: () => this.changed(),
      content: this.options.content,
      notice: this.options.notice,
      joined: this.options.joined,
    });
    this.changed();
  }

  /** Why a person who has a seat is not let into the group yet; null when nothing keeps them. */
  get shut(): 'link' | 'lobby' | null {
    const view = this.group?.view;
    if (view?.phase !== 'knocking') return null;
    if (view.digits !== '') return 'link';
    return Date.now() - (this.facts?.since ?? Date.now()) > PATIENCE ? 'lobby' : null;
  }

  /** Who waits, by the server's list and by the group's, with the names that only the group can read. */
  waiting(listed: readonly Waiting[]): Waiting[] {
    const { group } = this;
    const knocks = new Map(knocksOf(group?.view ?? null).map((one) => [one.id, one]));
    const named = listed.map((one) => ({ ...one, name: knocks.get(one.id)?.name || one.name }));
    const seated = [...knocks.values()].filter(({ id, lobby }) => !lobby && !listed.some((one) => one.id === id));
    const since = (id: string) => new Date(group?.since.of(`waiting ${id}`) ?? Date.now()).toISOString();
    return [...named, ...seated.map(({ id, name }) => ({ id, name, guest: true, since: since(id) }))];
  }

  /** What the group calls somebody who is in it or waits; "" when it does not know. */
  nameOf(id: string): string {
    const view = this.group?.view;
    return view?.people.find((one) => one.id === id)?.name || view?.waiting.find((one) => one.id === id)?.name || '';
  }

  /** Somebody is let in by the server who may not have knocked at the group yet. */
  expect(id: string): void {
    this.expected.add(id);
  }

  /** This person has given or taken a right; the group gives it as soon as it can. The server's word alone gives none. */
  entitle(id: string, host: boolean): void {
    this.rights.set(id, { host, asked: 0 });
    if (this.group) this.giveRights(this.group);
  }

  leave(): void {
    clearTimeout(this.offerEnds);
    const { group } = this;
    this.group = this.facts = this.view = this.offer = null;
    this.held = [];
    this.told = new Set();
    this.expected.clear();
    this.rights.clear();
    this.stopped = false;
    group?.close();
  }

  async rename(name: string): Promise<void> {
    this.name = name;
    await this.group?.do({ type: 'rename', name });
  }

  /** A clear message is shown when the group says that nothing is encrypted; before that it waits. */
  relayed(relayed: Relayed, old = false): void {
    if (!this.group || this.group.clear) this.options.clear(relayed, old);
    else if (!this.group.sealed && this.held.length < MOST_HELD) this.held.push({ relayed, old });
  }

  /** Somebody whose device cannot take part waits for an answer; without one they are sent away. */
  offered(offer: E2EEOffer): void {
    clearTimeout(this.offerEnds);
    this.offer = offer;
    this.offerEnds = setTimeout(() => this.settleOffer(offer.id, false), Math.max(0, offer.until - Date.now()));
    this.changed();
  }

  /** The offer is answered, or its time is over. */
  settleOffer(id: string, ended: boolean): void {
    const { offer } = this;
    if (offer?.id !== id) return;
    clearTimeout(this.offerEnds);
    this.offer = null;
    if (!ended) this.options.event({ type: 'unsupportedRefused', name: offer.name });
    this.changed();
  }

  /** The people with what they say of themselves in the group in place of the server's word. */
  people(roster: Roster): Roster {
    const rows = this.group?.view?.people;
    if (!rows) return roster;
    const participants = new Map(roster.participants);
    for (const row of rows) {
      const person = participants.get(row.id);
      if (person) participants.set(row.id, this.inOwnWords(person, row));
    }
    return { ...roster, participants };
  }

  private inOwnWords(person: Participant, row: { self: boolean; name: string; nameSigned: boolean; hand: boolean; id: string }): Participant {
    const name = row.self ? this.name : row.nameSigned ? row.name : person.name;
    const since = new Date(this.group?.since.of(`hand ${row.id}`) ?? 0).toISOString();
    return { ...person, name, hand: this.group?.sealed ? (row.hand ? since : null) : person.hand };
  }

  private changed(): void {
    const { group } = this;
    if (!group) return;
    this.facts = factsOf(group.view, group.worker, group.failed, group.since);
    this.view = viewOf(group.view, group.failed, this.options.fragment !== '', this.offer);
    // While encryption is off nothing depends on whose device it is.
    if (group.sealed) for (const event of this.recognition.look(group.view?.people ?? [])) this.options.event(event);
    if (group.worker === 'dead' && !this.stopped) {
      this.stopped = true;
      this.options.stop();
    }
    this.follow(group.view?.fragment ?? '');
    if (group.sealed) this.held = [];
    if (group.clear) this.settle();
    this.lookAtKnocks(group);
    this.giveRights(group);
    this.options.changed();
  }

  /**
   * A ban changes the link; who has the old one reaches only the lobby. Whoever came
   * without a link keeps none: theirs would have a root that nobody vouched for.
   */
  private follow(fragment: string): void {
    if (this.link === '' || fragment === '' || linkNumber(fragment) <= linkNumber(this.link)) return;
    this.link = fragment;
    this.options.relinked(fragment);
  }

  private giveRights(group: MeetingGroup): void {
    if (!group.view?.host) return;
    for (const [id, right] of this.rights) {
      const person = group.view.people.find((one) => one.id === id);
      if (person?.inTree && person.host === right.host) this.rights.delete(id);
      else if (person?.inTree && Date.now() - right.asked > RIGHT_AGAIN) {
        right.asked = Date.now();
        group.do({ type: right.host ? 'grantHost' : 'revokeHost', id }).catch(() => undefined);
      }
    }
  }

  private lookAtKnocks(group: MeetingGroup): void {
    const knocks = knocksOf(group.view);
    for (const { id, name, lobby } of knocks) {
      if (this.expected.delete(id)) group.do({ type: 'admitKnock', id }).catch(() => undefined);
      else if (!lobby && !this.told.has(id)) this.options.knocked(id, name);
    }
    this.told = new Set(knocks.map(({ id }) => id));
  }

  /** Nothing is encrypted: what waited is shown, and the server may know the name. */
  private settle(): void {
    for (const { relayed, old } of this.held.splice(0)) this.options.clear(relayed, old);
    if (this.named) return;
    this.named = true;
    this.options.ask('self.name', { name: this.name }).catch(() => undefined);
  }
}

function linkNumber(fragment: string): number {
  return Number.parseInt(fragment, 10);
}
