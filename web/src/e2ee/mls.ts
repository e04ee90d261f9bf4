/**
 * What the page and the mls worker say to each other. The worker runs the
 * machine of e2ee/session, which has the group's keys; none of them is here. The
 * names are those of e2ee/wasm. Times are ms since 1970.
 */
import type { E2EEOutlook } from '../room/e2ee-view';
import type { FileNote } from './file-protocol';

/** The server's word, and what the page knows of the connection. */
export type GroupEvent =
  | { type: 'online'; resumed: boolean }
  | { type: 'offline' }
  | { type: 'groupState'; exists: boolean; epoch: number; info: Uint8Array; queue: boolean }
  | GroupCommit
  | { type: 'reply'; ref: number; accepted: boolean; failed: boolean; missed: Omit<GroupCommit, 'type'>[] }
  | { type: 'reopened'; epoch: number; without: string }
  | { type: 'knocks'; knocks: { participant: string; name: string; keyPackage: Uint8Array; proof: Uint8Array; lobby: boolean }[] }
  | { type: 'messages'; messages: { from: string; message: Uint8Array }[] }
  | { type: 'roomSays'; on: boolean }
  | { type: 'roster'; people: { id: string; name: string; host: boolean; moderator: boolean; capable: boolean; connected: boolean }[] };

export interface GroupCommit {
  type: 'committed';
  epoch: number;
  from: string;
  commit: Uint8Array;
  welcome: Uint8Array;
}

/** What the person wants. */
export type Command =
  | { type: 'switchE2EE'; on: boolean }
  | ({ type: 'configure' } & GroupSettings)
  | { type: 'admitKnock'; id: string }
  | { type: 'confirmPerson'; id: string }
  | { type: 'confirmCode'; epoch: number }
  | { type: 'removePerson'; id: string; ban: boolean }
  | { type: 'grantHost'; id: string }
  | { type: 'revokeHost'; id: string }
  | { type: 'sendChat'; text: string; to: string }
  | { type: 'sendReaction'; text: string }
  | { type: 'raiseHand'; up: boolean }
  | { type: 'rename'; name: string };

/** Settings of the meeting in the signed state; absent ones stay. */
export interface GroupSettings {
  lobby?: boolean;
  locked?: boolean;
  /** only ever from false to true */
  required?: boolean;
  admit?: 'hosts' | 'members';
  takeover?: 'none' | 'longest-present';
  unsupported?: 'refuse' | 'end-e2ee-and-notify';
}

/** What the machine wants of the page, in its order. The rest of its effects stay in the worker. */
export type Effect =
  | { type: 'open'; ref: number; info: Uint8Array }
  | { type: 'fetch' }
  | { type: 'commit'; ref: number; epoch: number; commit: Uint8Array; welcome: Uint8Array; info: Uint8Array; added: string[] }
  | { type: 'publishInfo'; epoch: number; info: Uint8Array }
  | { type: 'refuse'; epoch: number }
  | { type: 'knock'; keyPackage: Uint8Array; proof: Uint8Array }
  | { type: 'post'; message: Uint8Array; to: string[] }
  | ({ type: 'report' } & Report)
  | ({ type: 'content' } & Content)
  | ({ type: 'notice' } & Notice);

/** What a member has sent. */
export interface Content {
  kind: 'chat' | 'reaction' | 'hand' | 'name' | 'file';
  /** participant whose leaf signed it */
  from: string;
  at: number;
  private: boolean;
  id: Uint8Array;
  text: string;
  up: boolean;
  /** of kind file; its key is with the file worker */
  file?: FileNote;
}

/** How the group has switched, for the server. */
export interface Report {
  on: boolean;
  epoch: number;
  /** a host wants to be asked before somebody is sent away who cannot take part */
  offer: boolean;
}

export interface Notice {
  kind: 'switchedOn' | 'switchedOff' | 'hostAdded' | 'hostRemoved' | 'tookOver' | 'removed' | 'banned' | 'joinedMeantime' | 'failed' | 'rejoined';
  who: string;
  by: string;
  text: string;
}

export interface CodeView {
  epoch: number;
  digits: string[];
  emoji: { symbol: string; name: string }[];
}

export interface PersonView {
  id: string;
  name: string;
  /** the name is their own word */
  nameSigned: boolean;
  leaf: number;
  device: Uint8Array;
  self: boolean;
  host: boolean;
  rooted: boolean;
  inTree: boolean;
  signalled: boolean;
  connected: boolean;
  standing: 'link' | 'confirmed' | 'unverified';
  answering: boolean;
  flipped: boolean;
  hand: boolean;
  disagreeing: boolean;
  /** what this device remembers of them; absent for who has not said a name in the group, and for oneself */
  known?: Recognition;
}

/** What this device's memory says of a name and a device (session.Judgement). */
export interface Recognition {
  /** changed: the name is known with another device; confused: it looks like one that is */
  seen: 'known' | 'new' | 'changed' | 'confused';
  /** confused: the known name */
  like: string;
  /** the name by which the device is remembered, "" for a new one */
  as: string;
  /** the device was verified, under that name */
  verified: boolean;
}

/** A device that is remembered. */
export interface KnownDevice {
  name: string;
  device: Uint8Array;
  verified: boolean;
}

/** What can be done to the memory of one device: verify remembers it as well. */
export type TrustAction = 'remember' | 'verify' | 'doubt' | 'forget';

/** The machine's picture of the group, without what the page may not have. */
export interface MachineView {
  phase: 'joining' | 'waiting' | 'knocking' | 'proving' | 'alone' | 'in' | 'refused';
  reason: string;
  online: boolean;
  mode: 'unknown' | 'off' | 'turningOn' | 'on' | 'turningOff';
  by: string;
  lock: boolean;
  doubts: { kind: 'refused' | 'cutOff' | 'disagreement' | 'notInTree' | 'unverified' | 'self' | 'silent' | 'offline'; who: string[] }[];
  epoch: number;
  suite: number;
  codes: CodeView[];
  people: PersonView[];
  waiting: { id: string; name: string; digits: string; link: boolean; oldLink: boolean; lobby: boolean; may: boolean; banned: boolean; failed: boolean }[];
  digits: string;
  host: boolean;
  canSwitch: boolean;
  canAdmit: boolean;
  hostAnswers: boolean;
  required: boolean;
  lobby: boolean;
  locked: boolean;
  admitMembers: boolean;
  takeover: boolean;
  offerToEnd: boolean;
  linkNumber: number;
  /** there is somebody to remember */
  learns: boolean;
  /** this device has the root key's seed; the worker adds it */
  seed?: boolean;
  /** of the current link; absent when this device does not have it */
  fragment?: string;
  pending: number;
  sending: 'hold' | 'clear' | 'seal';
}

/** What this device joins with. */
export interface JoinGroup {
  meeting: string;
  self: string;
  name: string;
  card: Uint8Array;
  /** of the link, "" without it */
  fragment: string;
  /** profile: the same device key in every meeting */
  device: 'profile' | 'meeting';
}

/** What a new meeting's card is to say. */
export interface NewCard {
  meeting: string;
  starts: E2EEOutlook['starts'];
  lobby: boolean;
  locked: boolean;
  takeover: boolean;
}

/** What is asked of the worker, and what it answers. */
export interface Asks {
  /** the seed stays in the worker's store on this device */
  create: { body: NewCard; reply: { card: Uint8Array; fragment: string } };
  join: { body: JoinGroup; reply: null };
  do: { body: Command; reply: null };
  /** the fragment of the host link as it is now, "" when this device has no seed */
  hostLink: { body: null; reply: string };
  /** the devices that this one remembers */
  known: { body: null; reply: KnownDevice[] };
  trust: { body: { action: TrustAction; name: string; device: Uint8Array }; reply: null };
}

export type Ask = keyof Asks;

/** Page to worker. */
export type ToMLS =
  | { type: 'module'; module: WebAssembly.Module }
  | { type: 'ping'; id: number }
  | { [A in Ask]: { type: 'ask'; id: number; what: A; body: Asks[A]['body'] } }[Ask]
  | { type: 'event'; event: GroupEvent }
  /** the way to a new media worker */
  | { type: 'media'; port: MessagePort }
  /** the way to a new file worker */
  | { type: 'files'; port: MessagePort };

/** Worker to page. */
export type FromMLS =
  | { type: 'ready' }
  | { type: 'pong'; id: number }
  | { type: 'answer'; id: number; value: Asks[Ask]['reply'] }
  /** why not, as e2ee/session says it */
  | { type: 'refusal'; id: number; why: string }
  | { type: 'effect'; effect: Effect }
  | { type: 'view'; view: MachineView }
  /** the machine has ended; nothing can go on */
  | { type: 'broken'; message: string };
