/**
 * What the screens know of a meeting: plain data in stores and methods that a
 * person's actions call. Nothing here draws anything or holds a sentence: what
 * happened is told by typed codes, and Fluent has the words.
 *
 * Make them with `createDevices()` (src/media/devices.ts) for the pre-join
 * screen and `createMeeting({ number, devices })` (src/room/meeting.ts).
 * Times are milliseconds since 1970 by this machine's clock unless said otherwise.
 */
import type { Reactions, Code as ServerCode, Kind, LegKind, Media, Role, Settings, SettingsChange, Signalling } from '../api/wire';
import type { E2EEEvent, E2EEStop, E2EEView, GroupRules, InviteLink, KnownPerson, Membership } from './e2ee-view';
import type { ChatFile, Files, FilesView } from './file-view';
import type { NetworkView, QualityReason } from './network-view';
import type { Readable } from './store';

export type * from './e2ee-view';
export type * from './file-view';
export type * from './network-view';
export type { Kind, Role, Settings } from '../api/wire';
export { Reactions as REACTIONS } from '../api/wire';
export type { Readable } from './store';

/** The kinds that are shown. */
export type VideoKind = 'camera' | 'screen';

/** A code of core/meeting, or one of the client's own. */
export type Code =
  | ServerCode
  /** client: the server did not answer in time */
  | 'timeout'
  /** client: nobody else has confirmed the meeting's encryption yet, or nobody else is there, so nothing is sent */
  | 'unanswered'
  /** client: there is no connection now */
  | 'offline'
  /** client: this browser lacks what a meeting needs (see `MeetingState.missing`), or the meeting has no such thing */
  | 'unsupported';

/**
 * What every rejected promise of this model holds. `message` is the server's
 * English sentence, to be shown only for a code the screens do not know.
 */
export class RoundelError extends Error {
  constructor(readonly code: Code | string, message: string) {
    super(message);
    this.name = 'RoundelError';
  }
}

// ---------------------------------------------------------------- the meeting

/** Where this person stands. The in-meeting screen stays while `connection` is lost. */
export type Phase =
  | { name: 'idle' }
  | { name: 'joining' }
  /** the meeting wants a passcode; `wrong` after a failed try */
  | { name: 'passcode'; wrong: boolean }
  /** `reason` is host while the meeting waits for its host, e2ee while a host is asked whether encryption ends for this device, link for who came without the link and has to be added by somebody */
  | { name: 'lobby'; title: string; reason: 'lobby' | 'host' | 'e2ee' | 'link' }
  | { name: 'in' }
  /** over; `canRejoin` says whether a "Rejoin" button makes sense. `left`: the person's own doing */
  | { name: 'closed'; code: Code | 'left' | string; message: string; canRejoin: boolean };

/** The two connections to the server. */
export interface Connection {
  signalling: 'none' | 'connecting' | 'up' | 'lost';
  media: 'none' | 'connecting' | 'up' | 'interrupted' | 'failed';
  /** when signalling or media was lost, or null while all is well */
  lostAt: number | null;
  /** when the seat of a lost signalling connection ends, or null */
  seatEndsAt: number | null;
}

/** One person in the meeting, oneself included. */
export interface ParticipantView {
  id: string;
  name: string;
  role: Role;
  guest: boolean;
  /** this is the person at this screen */
  self: boolean;
  joinedAt: number;
  /** when the hand went up, or null */
  hand: number | null;
  /** kinds that are published and not muted */
  live: Record<Kind, boolean>;
  /** coarse flag with hysteresis */
  speaking: boolean;
  /** the seat is kept, the connection is lost */
  disconnected: boolean;
  /** 0 unknown, 1 poor, 2 fair, 3 good */
  quality: 0 | 1 | 2 | 3;
  /** why it is not good; "" where nobody says */
  qualityReason: QualityReason | '';
  /** stream to put into a <video> (muted: sound plays by the engine), or null while nothing comes */
  camera: VideoView;
  screen: VideoView;
}

/** One video of one person. */
export interface VideoView {
  stream: MediaStream | null;
  /** the server holds it back for lack of bandwidth */
  paused: boolean;
  /**
   * present when the stream played somebody else before: the RTP timestamp of
   * this person's first frame (null where the browser does not tell it). Earlier
   * frames must not be shown.
   */
  from?: number | null;
}

/** Fields that change; absent ones stay. */
export type SettingsPatch = SettingsChange;

export interface RoomView {
  id: string;
  number: string;
  title: string;
  startedAt: number;
  settings: Settings;
  /** participant id, or "" */
  spotlight: string;
}

export interface WaitingView {
  id: string;
  name: string;
  guest: boolean;
  since: number;
}

export interface ChatMessage {
  /** unique within this client, stable across a reconnect */
  key: string;
  from: string;
  name: string;
  /** "" for everyone, else the one recipient's participant id */
  to: string;
  toName: string;
  /** sent by this person */
  own: boolean;
  at: number;
  /** plain text; "" with a file */
  text: string;
  file: ChatFile | null;
  /** it came or went through the group: the server could not read it */
  sealed: boolean;
}

/** Says in the chat that from here on it is end-to-end encrypted, or no longer. */
export interface ChatTurn {
  key: string;
  turn: 'on' | 'off';
  at: number;
  /** who did it; "" where it was so before this person came */
  name: string;
  own: boolean;
}

export type ChatEntry = ChatMessage | ChatTurn;

/** State of one of the own tracks. */
export type LocalTrack =
  | { state: 'off' }
  | { state: 'starting' }
  | { state: 'on' }
  | { state: 'failed'; reason: CaptureProblem };

/** The own side: what is sent, as opposed to what others see of it. */
export interface SelfView {
  id: string;
  name: string;
  role: Role;
  /** role is host or cohost */
  moderates: boolean;
  mic: LocalTrack;
  camera: LocalTrack;
  screen: LocalTrack;
  /** the browser can share a screen at all */
  canShareScreen: boolean;
  /** sound comes in while the microphone is muted: "You are muted" hint */
  speakingWhileMuted: boolean;
}

/** Everything the meeting's screens draw. A new object on every change; unchanged parts keep their identity. */
export interface MeetingState {
  phase: Phase;
  connection: Connection;
  /** names of browser abilities that are needed and absent; the meeting cannot start */
  missing: string[];
  room: RoomView | null;
  self: SelfView;
  /** self included; in the order of joining */
  participants: ParticipantView[];
  /** participant id of who spoke last (never self while others are there), or "" */
  activeSpeaker: string;
  /** the lobby, for those who may admit */
  waiting: WaitingView[];
  chat: { messages: ChatEntry[]; unread: number };
  /** files on their way out, and those that come */
  files: FilesView;
  /** the browser refuses to play sound until a click: offer a button that calls unblockAudio() */
  audioBlocked: boolean;
  /** how many videos the server can send at once now; more by setWants */
  videoSlots: number;
  shield: ShieldView;
  /** null while the meeting has no group: then nothing of it is on any screen */
  e2ee: E2EEView | null;
}

/** One video that the layout shows, most wanted first in a list. */
export interface WantView {
  participant: string;
  kind: VideoKind;
  /** width × height in device pixels of its place */
  pixels: number;
}

/** Things that happen once: for banners, sounds and announcements, not for state. */
export type MeetingEvent =
  | { type: 'reaction'; participant: string; name: string; emoji: string; own: boolean }
  | { type: 'chat'; message: ChatMessage }
  | { type: 'joined'; participant: string; name: string }
  /** e2ee: their device could not take part when encryption was turned on */
  | { type: 'left'; participant: string; name: string; reason: 'left' | 'removed' | 'lost' | 'e2ee' }
  | { type: 'knock'; id: string; name: string }
  | { type: 'handRaised'; participant: string; name: string }
  /** a moderator stopped an own track */
  | { type: 'muted'; kind: Kind; by: string; byName: string }
  /** a moderator asks to unmute: offer a button that calls setMic(true) */
  | { type: 'askedToUnmute'; by: string; byName: string }
  | { type: 'roleChanged'; participant: string; name: string; role: Role; own: boolean }
  | { type: 'hostChanged'; participant: string; name: string; own: boolean }
  | { type: 'screenStarted'; participant: string; name: string }
  | { type: 'screenStopped'; participant: string; name: string; own: boolean }
  | { type: 'settingsChanged'; settings: Settings }
  | { type: 'connectionLost' }
  | { type: 'connectionBack' }
  /** a device in use went away and another (label, "" for none) took over */
  | { type: 'deviceChanged'; kind: 'mic' | 'camera' | 'speaker'; label: string }
  | { type: 'captureFailed'; kind: 'mic' | 'camera' | 'screen'; reason: CaptureProblem }
  | E2EEEvent;

/** One of REACTIONS. */
export type Reaction = (typeof Reactions)[number];

/** A meeting from the join button to the end. Every promise rejects with a RoundelError. */
export interface Meeting {
  readonly state: Readable<MeetingState>;
  /** The own network, read every two seconds while somebody subscribes. */
  readonly network: Readable<NetworkView>;
  /** Calls run for each event until the returned function is called. */
  onEvent(run: (event: MeetingEvent) => void): () => void;

  /** Connects and asks for a seat, with the same device key as in other meetings if `recognise`; resolves when in, in the lobby, or at the passcode (see phase). */
  join(options: { name: string; passcode?: string; recognise?: boolean }): Promise<void>;
  /** After phase passcode: asks again with the same name. */
  retryWithPasscode(passcode: string): Promise<void>;
  /** After phase closed with canRejoin: the same name again. */
  rejoin(): Promise<void>;
  leave(): Promise<void>;
  /** Leaves at once and frees everything; the object is dead afterwards. The screen calls it when it goes. */
  close(): void;

  setMic(on: boolean): Promise<void>;
  setCamera(on: boolean): Promise<void>;
  /** Opens the browser's own chooser; must be called from a click. */
  startScreen(): Promise<void>;
  stopScreen(): Promise<void>;
  /** Device ids as in DevicesState; applies on the fly. */
  setDevices(choice: { mic?: string; camera?: string; speaker?: string }): Promise<void>;
  /** To be called from a click after audioBlocked. */
  unblockAudio(): Promise<void>;
  /** Replaces the whole list of wanted videos, most wanted first. Cheap: it sends only changes. */
  setWants(wants: WantView[]): void;

  /** to: one participant's id, or absent for everyone. */
  sendChat(text: string, to?: string): Promise<void>;
  readonly files: Files;
  /** While open, new messages do not count as unread. */
  setChatOpen(open: boolean): void;
  react(emoji: Reaction): Promise<void>;
  raiseHand(up: boolean): Promise<void>;
  rename(name: string): Promise<void>;

  /** Absent id: everyone who waits. */
  admit(id?: string): Promise<void>;
  deny(id?: string): Promise<void>;
  mute(id: string): Promise<void>;
  muteAll(): Promise<void>;
  askUnmute(id: string): Promise<void>;
  stopVideo(id: string): Promise<void>;
  stopScreenOf(id: string): Promise<void>;
  lowerHand(id: string): Promise<void>;
  remove(id: string, options?: { ban?: boolean }): Promise<void>;
  setRole(id: string, role: 'cohost' | 'participant'): Promise<void>;
  transferHost(id: string): Promise<void>;
  updateSettings(patch: SettingsPatch): Promise<void>;
  /** "" ends the spotlight. */
  spotlight(id: string): Promise<void>;
  endForAll(): Promise<void>;

  /** What would end if end-to-end encryption were turned on now. Changes nothing. */
  previewE2EE(): Promise<E2EEStop[]>;
  /** Resolves when the group has taken the switch; `e2ee.mode` says how far it is. */
  setE2EE(on: boolean): Promise<void>;
  /** Hosts: this person read the newcomer's digits out, and they were the same. */
  confirmPerson(id: string): Promise<void>;
  /** Remembers on this device only whether a person's device was compared. */
  markVerified(id: string, verified: boolean): Promise<void>;
  /** Remembers a person's device by their name, so that this device no longer warns of it. */
  rememberPerson(id: string): Promise<void>;
  /** The devices that this one remembers, by name. */
  knownPeople(): Promise<KnownPerson[]>;
  /** Forgets one of knownPeople(). Who is here is met anew. */
  forgetPerson(key: string): Promise<void>;
  /** The security code of that epoch was compared, and it was the same. */
  confirmCode(epoch: number): Promise<void>;
  /** The answer to `e2ee.offer`: whether encryption ends for everyone. */
  answerOffer(id: string, end: boolean): Promise<void>;
  /** Hosts: changes rules that the group signs; resolves when they hold. */
  setRules(rules: Partial<GroupRules>): Promise<void>;
  /** The link that makes the person's other devices hosts, "" when this device does not have it. */
  hostLink(): Promise<string>;
  /** The invitation, with the link's secret when this device has it. */
  inviteLink(): Promise<InviteLink>;
}

// ------------------------------------------------------------------ the shield

/** changing and lock are made only from what the meeting's group proves. */
export type ShieldState = 'check' | 'exclamation' | 'changing' | 'lock' | 'doubt';

/** A Fluent id (the list is in core/shield/testdata/cases.json) with its arguments. */
export interface Sentence {
  id: string;
  args: Record<string, string | number>;
}

/** How good one connection is. pending: not known yet. */
export type Grade = 'strong' | 'weaker' | 'unknown' | 'pending';

/** A connection that is weaker than the rest, or a person whose place in the group is not clear. */
export interface ShieldException {
  participant: string;
  name: string;
  /** what kind of client: picks the icon; "" for a leaf that nobody announced */
  kind: LegKind | '';
  /** unverified: joined without the link; newKey, confusable: this device remembers otherwise; outside: announced by the server, but not in the group */
  grade: 'weaker' | 'unknown' | 'unverified' | 'newKey' | 'confusable' | 'outside';
  /** which of its connections, or its place in the group */
  part: 'signalling' | 'dtls' | 'srtp' | 'identity' | 'group';
  /** IANA name, or "" when the server names none */
  suite: string;
  /** when the leg entered; by the server's clock */
  since: number;
}

/** One participant's line in the panel's table. */
export interface ShieldRow {
  participant: string;
  name: string;
  self: boolean;
  /** "" for a leaf that nobody announced */
  kind: LegKind | '';
  client: string;
  since: number;
  grade: Grade;
  signalling: Signalling;
  /** null until the media connection is up */
  media: Media | null;
  /** self: this client saw it too; server: reported by the server */
  source: 'self' | 'server';
  /** absent while the meeting has no group */
  group?: Membership;
}

/** One fact of the own connection in the panel's details: who says so. */
export interface ShieldFact {
  fact: 'signalling.version' | 'signalling.suite' | 'media.dtls' | 'media.suite' | 'media.srtp' | 'transforms';
  /** what this client saw itself, or null where the browser does not tell */
  own: string | null;
  /** what the server reported, or null */
  reported: string | null;
  /** both are there and differ */
  differs: boolean;
}

/** The shield: icon and colour by state, first sentence, and the panel's lists. */
export interface ShieldView {
  state: ShieldState;
  sentence: Sentence;
  exceptions: ShieldException[];
  rows: ShieldRow[];
  facts: ShieldFact[];
}

// ----------------------------------------------------------------- the devices

/** Why there is no microphone, camera or screen. */
export type CaptureProblem =
  /** the person or a policy said no; `denied` stays until it is changed in the browser's settings */
  | 'denied'
  /** the question was closed without an answer: asking again makes sense */
  | 'dismissed'
  | 'notFound'
  | 'inUse'
  /** the page has no secure origin: browsers give no devices */
  | 'insecure'
  /** the chosen device cannot do what was asked; the default one may */
  | 'overconstrained'
  | 'unsupported'
  | 'unknown';

export interface DeviceOption {
  id: string;
  /** "" until permission is given */
  label: string;
}

/** What the browser says of one permission; prompt: it will ask. */
export type Permission = 'unknown' | 'prompt' | 'granted' | 'denied';

export interface DevicesState {
  mics: DeviceOption[];
  cameras: DeviceOption[];
  /** empty where the browser cannot choose (then canPickSpeaker is false) */
  speakers: DeviceOption[];
  canPickSpeaker: boolean;
  /** ids in use or chosen; "" for the browser's default */
  mic: string;
  camera: string;
  speaker: string;
  micPermission: Permission;
  cameraPermission: Permission;
  /** wanted on, and what came of it */
  micTrack: LocalTrack;
  cameraTrack: LocalTrack;
  /** the own picture (mirror it on screen), or null */
  preview: MediaStream | null;
}

/** The own devices: before the meeting by itself, within it through Meeting.setMic and the like. */
export interface Devices {
  readonly state: Readable<DevicesState>;
  /** loudness of the microphone, 0 to 1, about 15 times a second while someone subscribes */
  readonly level: Readable<number>;
  /** Lists devices and reads permissions; asks nothing. */
  refresh(): Promise<void>;
  /** Opens or closes capture; problems show in state, never as a rejection. Off stops the camera's light. */
  setMic(on: boolean): Promise<void>;
  setCamera(on: boolean): Promise<void>;
  /** Chooses and remembers; switches on the fly. */
  pickMic(id: string): Promise<void>;
  pickCamera(id: string): Promise<void>;
  pickSpeaker(id: string): Promise<void>;
  /** A short test sound on the chosen speaker. */
  testSpeaker(): Promise<void>;
  /** Stops all capture. The meeting's close() does it as well. */
  close(): void;
}
