import { t } from '../../../i18n/text';
import type { E2EEPerson, E2EEView, E2EEWaiting, ParticipantView, WhyNot } from '../../../room/model';
import { peopleOrder } from '../people/order';

/** Why the switch is not this person's, in one sentence; "" when it is. */
export function whyNotText(why: WhyNot | null): string {
  if (!why) return '';
  return why.code === 'group' ? t('enc-why-group', { name: why.name }) : t(whyNotWords[why.code]);
}

const whyNotWords: Record<Exclude<WhyNot['code'], 'group'>, string> = {
  host: 'enc-why-host',
  plan: 'enc-why-plan',
  admin: 'enc-why-admin',
  required: 'enc-why-required',
  busy: 'enc-why-busy',
  outside: 'enc-why-outside',
};

/** Whether the switch would turn encryption off. */
export function isOn(e2ee: E2EEView): boolean {
  return e2ee.mode === 'on' || e2ee.mode === 'turningOn';
}

/** A word beside a person's name in the list; `tone` is its colour. */
export interface Mark {
  text: string;
  tone: 'warn' | 'ok';
}

/** What the group says of a participant that others should see at once. */
export function marksOf(id: string, e2ee: E2EEView | null): Mark[] {
  if (!e2ee) return [];
  const person = personOf(id, e2ee);
  if (!person?.inTree) return e2ee.mode === 'off' ? [] : [{ text: t('person-outside'), tone: 'warn' }];
  const marks: Mark[] = [];
  // While encryption is off nothing depends on whose device it is.
  if (person.notice && e2ee.mode !== 'off') marks.push({ text: noticeText(person), tone: 'warn' });
  if (person.verified === 'unverified') marks.push({ text: t('person-unverified'), tone: 'warn' });
  else if (person.marked) marks.push({ text: markedText(person), tone: 'ok' });
  return marks;
}

/** That this person was verified at this device, and under which name if it was another one. */
export function markedText({ markedAs }: E2EEPerson): string {
  return markedAs === '' ? t('person-marked') : t('person-marked-as', { name: markedAs });
}

/** What this device's memory warns of, in a few words; "" for nothing. */
export function noticeText({ notice }: E2EEPerson): string {
  if (!notice) return '';
  return notice.kind === 'newKey' ? t('person-new-key') : t('person-like', { like: notice.like });
}

/** The group's entry for a participant. */
export function personOf(id: string, e2ee: E2EEView | null): E2EEPerson | undefined {
  return e2ee?.people.find((person) => person.participant === id);
}

/** Who is shown where in the list of people. */
export interface PeopleLists {
  present: ParticipantView[];
  /** in the group, but their devices do not answer: not counted as present */
  silent: ParticipantView[];
  /** in the group, and the server did not announce them */
  unannounced: E2EEPerson[];
}

/**
 * The list of people: the group's members joined with what the server says of them.
 * Without a group it is what the server says.
 */
export function peopleLists(participants: readonly ParticipantView[], e2ee: E2EEView | null): PeopleLists {
  const sorted = peopleOrder(participants);
  if (!e2ee) return { present: sorted, silent: [], unannounced: [] };
  const quiet = new Set(e2ee.people.filter((p) => p.inTree && !p.answering && !p.self).map((p) => p.participant));
  const announced = new Set(participants.map((p) => p.id));
  return {
    present: sorted.filter((p) => !quiet.has(p.id)),
    silent: sorted.filter((p) => quiet.has(p.id)),
    unannounced: e2ee.people.filter((p) => p.inTree && !announced.has(p.participant)),
  };
}

/** What to compare before letting somebody in; "" for one who came with the link. */
export function waitingText(waiting: E2EEWaiting | undefined): string {
  if (!waiting || waiting.digits.length === 0) return '';
  const digits = waiting.digits.join('\u00a0');
  return t(waiting.oldLink ? 'waiting-old-link' : 'waiting-digits', { digits });
}

/** A line about the own place in the encryption that stays until it is settled. */
export function standingText(e2ee: E2EEView): string {
  if (e2ee.phase === 'refused') return t('enc-banner-refused');
  if (e2ee.stopped) return t('enc-banner-stopped');
  if (e2ee.phase === 'proving') return t('enc-banner-proving');
  return e2ee.phase === 'in' || e2ee.phase === 'alone' ? '' : t('enc-banner-entering');
}
