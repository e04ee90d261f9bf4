import { t } from '../../i18n/text';
import { AUDIO_SLOTS } from '../../media/peer';
import type { E2EEPerson, E2EEView, KnownPerson, Membership } from '../../room/model';
import { markedText, noticeText } from '../meeting/encryption/view';

/** The meeting's group as the shield's panel shows it, and what can be done there. */
export interface GroupPanel {
  view: E2EEView;
  /** opens what makes sure who a person is */
  verify: (id: string) => void;
  /** the security code of that epoch was compared and found equal */
  confirmCode: (epoch: number) => Promise<void>;
  /** the devices that this one remembers */
  known: () => Promise<KnownPerson[]>;
  forget: (key: string) => Promise<void>;
}

/** A cell of the panel's table and the tone of its colour. */
export interface Cell {
  text: string;
  tone: 'strong' | 'weaker' | 'unconfirmed';
}

/**
 * How a participant takes part in the end-to-end encryption. Nothing is green
 * before the switch is through, nor while the shield is in doubt.
 */
export function groupCell(place: Membership, person: E2EEPerson | undefined, mode: E2EEView['mode'], confirmed: boolean): Cell {
  if (place !== 'member') return { text: t(placeWords[place]), tone: confirmed ? 'weaker' : 'unconfirmed' };
  if (!confirmed) return { text: t('source-unconfirmed'), tone: 'unconfirmed' };
  if (mode === 'on' && person?.flipped) return { text: t('member-in'), tone: 'strong' };
  const ready = mode === 'turningOn' && person?.flipped;
  return { text: t(ready ? 'member-ready' : 'member-switching'), tone: 'unconfirmed' };
}

const placeWords: Record<Exclude<Membership, 'member'>, string> = {
  silent: 'member-silent',
  unverified: 'member-unverified',
  unannounced: 'member-unannounced',
  outside: 'member-outside',
};

/** Why a person counts as who they say they are. */
export function verifiedText(person: E2EEPerson | undefined): string {
  if (!person?.inTree) return '';
  if (person.verified === 'unverified') return t('verified-none');
  if (person.notice) return noticeText(person);
  if (person.marked) return markedText(person);
  return t(person.verified === 'confirmed' ? 'verified-host' : 'verified-link');
}

/** A line of the panel's details about the group. */
export interface GroupFact {
  id: 'suite' | 'epoch' | 'host' | 'speech';
  label: string;
  value: string;
}

/** What the details say of the group; this device saw all of it itself. */
export function groupFacts({ suite, epoch, hostAnswered, mode }: E2EEView): GroupFact[] {
  const facts: GroupFact[] = [
    { id: 'suite', label: t('fact-group-suite'), value: suite },
    { id: 'epoch', label: t('fact-group-epoch'), value: String(epoch) },
  ];
  if (hostAnswered !== null) facts.push({ id: 'host', label: t('fact-group-host'), value: t(hostAnswered ? 'fact-yes' : 'fact-no') });
  if (mode !== 'off') facts.push({ id: 'speech', label: t('fact-group-speech'), value: t('fact-group-speech-who', { most: AUDIO_SLOTS }) });
  return facts;
}

/** The code as it goes to the clipboard. */
export function codeText(groups: readonly string[]): string {
  return groups.join(' ');
}
