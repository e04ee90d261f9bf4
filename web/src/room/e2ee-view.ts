/**
 * What the screens know of a meeting's end-to-end encryption: a part of
 * src/room/model.ts, which exports all of it. Plain data; where it says "the
 * group", the server has no say.
 */

/** How far this device has come into the meeting's group. */
export type GroupPhase =
  | 'joining'
  | 'knocking'
  /** there is nothing to come into yet */
  | 'waiting'
  /** inside; nobody has answered yet, so nothing is sent */
  | 'proving'
  | 'in'
  | 'alone'
  /** out of it for good */
  | 'refused';

/** How a person's device came to be trusted: it knew the link, or a host confirmed it. */
export type Verified = 'link' | 'confirmed' | 'unverified';

/** The same for all members of an epoch; to be compared aloud. */
export interface SecurityCode {
  /** six groups of five */
  digits: string[];
  emoji: { char: string; name: string }[];
}

/** One member of the group, or somebody the server announces as a participant. */
export interface E2EEPerson {
  participant: string;
  /** as they said it in the group */
  name: string;
  self: boolean;
  /** by the group's signed state, not by the server's word */
  host: boolean;
  verified: Verified;
  /** someone at this device compared with them before */
  marked: boolean;
  /** the name they had then, if it was another one; else "" */
  markedAs: string;
  /** this device remembers theirs under the name they have */
  remembered: boolean;
  /** fingerprint of the device key, in groups */
  device: string[];
  /** the twelve digits to compare by phone while unverified, in groups; empty when this device did not see them */
  digits: string[];
  /** has a leaf, and with it the keys */
  inTree: boolean;
  /** the server announces them */
  signalled: boolean;
  answering: boolean;
  /** sends nothing in clear any more */
  flipped: boolean;
  notice: KeyNotice | null;
}

/** What this device remembers and finds different: a new key for a known name, or a name like a known one. */
export type KeyNotice = { kind: 'newKey' } | { kind: 'confusable'; like: string };

/** A device that this one remembers. */
export interface KnownPerson {
  name: string;
  /** fingerprint of the device key, in groups */
  device: string[];
  verified: boolean;
  /** names the entry for forgetPerson() */
  key: string;
}

/** What the group has signed of the meeting's rules. */
export interface GroupRules {
  /** encryption cannot be turned off */
  required: boolean;
  /** who lets people in while the lobby is on */
  admit: 'hosts' | 'members';
  /** whoever has been here longest becomes host when no host is left */
  takeover: boolean;
  /** a host is asked whether encryption ends when a device without support comes */
  offerToEnd: boolean;
}

/** Somebody in the lobby as the group sees them. */
export interface E2EEWaiting {
  /** as in `MeetingState.waiting` */
  id: string;
  /** twelve digits in groups, the same on the newcomer's screen; empty for one with the link */
  digits: string[];
  /** has a link that was replaced meanwhile */
  oldLink: boolean;
}

/** Why this person cannot turn it on or off. `name`: of the group that locked it. */
export type WhyNot =
  | { code: 'host' | 'plan' | 'admin' | 'required' | 'busy' | 'outside' }
  | { code: 'group'; name: string };

/** A newcomer whose device cannot take part, offered to a host who allowed such offers. */
export interface E2EEOffer {
  id: string;
  name: string;
  /** without an answer the newcomer is refused then */
  until: number;
}

/** End-to-end encryption as this device knows it. */
export interface E2EEView {
  /** off also while it is not known yet */
  mode: 'off' | 'turningOn' | 'on' | 'turningOff';
  /** who switched last, as they said in the group; "" for nobody */
  by: string;
  phase: GroupPhase;
  /** the group's cipher suite by its full name */
  suite: string;
  epoch: number;
  /** null while there is none to compare */
  code: SecurityCode | null;
  /** codes of the last two minutes, the newest first */
  earlier: { epoch: number; code: SecurityCode }[];
  /** an answer came from a host whose right goes back to the link; null without a link to tell by */
  hostAnswered: boolean | null;
  people: E2EEPerson[];
  waiting: E2EEWaiting[];
  /** the own twelve digits in groups, while this person is unverified; else empty */
  digits: string[];
  /** most people are silent, so this device stopped sending */
  stopped: boolean;
  canSwitch: boolean;
  /** null while `canSwitch` */
  whyNot: WhyNot | null;
  /** the meeting may not be held without */
  required: boolean;
  /** this device may change the rules: it is a host's by the signed state */
  host: boolean;
  /** this device has the link that makes others hosts */
  hostLink: boolean;
  rules: GroupRules;
  /** this device has the link's secret and can hand it on */
  hasLink: boolean;
  offer: E2EEOffer | null;
}

/** What ends when end-to-end encryption is turned on. */
export interface E2EEStop {
  /** participant: somebody whose device cannot take part; kinds that are not known here are shown by their name */
  kind: 'phone' | 'sip' | 'h323' | 'stream' | 'recording' | 'captions' | 'participant' | (string & {});
  /** a caller's number as it may be shown, a person, a destination; or "" */
  name: string;
  since: number;
}

export interface InviteLink {
  url: string;
  /** without it people get in only by the lobby */
  secret: boolean;
}

/** What happens to the meeting's encryption, told once. */
export type E2EEEvent =
  | { type: 'e2eeOn'; name: string; own: boolean }
  | { type: 'e2eeOff'; name: string; own: boolean }
  /** a host let it end for a device without support */
  | { type: 'e2eeEnded'; name: string }
  /** older links reach only the lobby now */
  | { type: 'linkChanged'; name: string; own: boolean }
  /** a known name came with another device */
  | { type: 'keyChanged'; participant: string; name: string }
  /** a name that looks like a known one came with another device */
  | { type: 'nameConfusable'; participant: string; name: string; like: string }
  | { type: 'personUnverified'; participant: string; name: string }
  | { type: 'personConfirmed'; participant: string; name: string; by: string }
  /** hosts: a device without support was turned away */
  | { type: 'unsupportedRefused'; name: string };

/** What is known of a meeting's encryption before joining: from its signed card and the link. */
export interface E2EEOutlook {
  starts: 'off' | 'on' | 'required';
  /** the address came with the link's secret */
  hasLink: boolean;
  /** forged: the card's signature does not fit the link */
  card: 'verified' | 'unverified' | 'forged';
  /** this browser can take part */
  supported: boolean;
}

/** A participant's place in the group, the worst first. */
export type Membership =
  /** announced by the server, not in the group: gets no keys */
  | 'outside'
  /** in the group, not announced by the server */
  | 'unannounced'
  | 'unverified'
  /** does not answer */
  | 'silent'
  | 'member';
