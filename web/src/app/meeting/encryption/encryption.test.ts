import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { E2EEEvent, E2EEPerson, E2EEStop, E2EEView, WhyNot } from '../../../room/model';
import { RoundelError } from '../../../room/model';
import { tell } from '../events';
import { fakePerson, fakeScreen } from '../fake-screen';
import { copyInvite } from '../invite';
import { personActions } from '../people/person-actions';
import { stopLines } from './stops';
import { isOn, marksOf, peopleLists, standingText, waitingText, whyNotText } from './view';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function member(participant: string, change: Partial<E2EEPerson> = {}): E2EEPerson {
  return {
    participant, name: participant, self: participant === 'me', host: false, verified: 'link', marked: false, markedAs: '', remembered: false, device: [], digits: [],
    inTree: true, signalled: true, answering: true, flipped: true, notice: null, ...change,
  };
}

function group(change: Partial<E2EEView> = {}): E2EEView {
  return {
    mode: 'on', by: '', phase: 'in', suite: '', epoch: 1, code: null, earlier: [], hostAnswered: null, people: [member('me'), member('a')],
    waiting: [], digits: [], stopped: false, canSwitch: true, whyNot: null, required: false, host: true, hostLink: false,
    rules: { required: false, admit: 'hosts', takeover: false, offerToEnd: false }, hasLink: true, offer: null, ...change,
  };
}

const stop = (kind: string, name = ''): E2EEStop => ({ kind, name, since: 0 });

test.each<[string, E2EEStop[], string[]]>([
  ['nothing', [], []],
  ['two callers', [stop('phone', '+49 30 ••• 12'), stop('phone', '+44 20 ••• 88')], ['2 phone callers leave: +49 30 ••• 12, +44 20 ••• 88']],
  ['more callers than a line bears', ['1', '2', '3', '4'].map((n) => stop('phone', n)), ['4 phone callers leave: 1, 2, 3, …']],
  ['callers without a number', [stop('phone'), stop('phone')], ['2 phone callers leave']],
  ['room systems of both kinds', [stop('sip', 'Oak'), stop('h323', 'Elm')], ['2 room systems leave: Oak, Elm']],
  ['a recording, whoever began it', [stop('recording', 'Ada')], ['The recording ends and is saved']],
  ['captions', [stop('captions')], ['Captions and the transcript by the server end']],
  ['a person', [stop('participant', 'Bob')], ['1 person leaves, whose device cannot take part: Bob']],
  ['what is not known here', [stop('hologram', 'Studio 2'), stop('hologram')], ['Studio 2 ends', 'hologram ends']],
  ['people go first', [stop('recording'), stop('stream', 'example.org'), stop('phone', '1')], ['1 phone caller leaves: 1', 'The live stream ends: example.org', 'The recording ends and is saved']],
])('what stops: %s', (_name, stops, want) => {
  expect(stopLines(stops)).toEqual(want);
});

test.each<[WhyNot | null, string]>([
  [null, ''],
  [{ code: 'host' }, 'Only a host can turn it on or off.'],
  [{ code: 'plan' }, 'Your plan can join end-to-end encrypted meetings, but not start them. Ask your administrator.'],
  [{ code: 'admin' }, 'Locked by your account administrator.'],
  [{ code: 'group', name: 'Sales' }, 'Locked by group Sales.'],
  [{ code: 'required' }, 'Encryption cannot be turned off in this meeting.'],
])('why not: %j', (why, want) => {
  expect(whyNotText(why)).toBe(want);
});

test('the switch turns off what is on or about to be', () => {
  expect((['off', 'turningOn', 'on', 'turningOff'] as const).map((mode) => isOn(group({ mode })))).toEqual([false, true, true, false]);
});

test.each<[string, E2EEView | null, string[]]>([
  ['without a group', null, []],
  ['a member', group(), []],
  ['nobody the group knows', group({ people: [] }), ['Not end-to-end encrypted']],
  ['without a leaf', group({ people: [member('a', { inTree: false })] }), ['Not end-to-end encrypted']],
  ['without a leaf while it is off', group({ mode: 'off', people: [] }), []],
  ['unverified', group({ people: [member('a', { verified: 'unverified' })] }), ['Not verified']],
  ['unverified, whatever this device remembers', group({ people: [member('a', { verified: 'unverified', marked: true })] }), ['Not verified']],
  ['verified by this person', group({ people: [member('a', { marked: true })] }), ['Verified by you']],
  ['verified under another name', group({ people: [member('a', { marked: true, markedAs: 'Ann' })] }), ['Verified by you as Ann']],
  ['with a new key', group({ people: [member('a', { notice: { kind: 'newKey' } })] }), ['Another device than before']],
  ['with a new key while it is off', group({ mode: 'off', people: [member('a', { notice: { kind: 'newKey' } })] }), []],
  ['with a confusable name', group({ people: [member('a', { notice: { kind: 'confusable', like: 'Ann' } })] }), ['Looks like Ann, another device']],
])('marks of somebody %s', (_name, e2ee, want) => {
  expect(marksOf('a', e2ee).map((mark) => mark.text)).toEqual(want);
});

test('the list of people is the group joined with what the server says', () => {
  const participants = [fakePerson('me'), fakePerson('a'), fakePerson('b'), fakePerson('c')];
  const e2ee = group({ people: [member('me', { answering: false }), member('a'), member('b', { answering: false }), member('x', { signalled: false }), member('y', { inTree: false })] });
  const lists = peopleLists(participants, e2ee);
  expect(lists.present.map((p) => p.id)).toEqual(['me', 'a', 'c']);
  expect(lists.silent.map((p) => p.id)).toEqual(['b']);
  expect(lists.unannounced.map((p) => p.participant)).toEqual(['x']);
  const without = peopleLists(participants, null);
  expect([without.present.length, without.silent.length, without.unannounced.length]).toEqual([4, 0, 0]);
});

test('who waits without the link is compared by phone', () => {
  expect(waitingText(undefined)).toBe('');
  expect(waitingText({ id: 'w', digits: [], oldLink: false })).toBe('');
  expect(waitingText({ id: 'w', digits: ['1234', '5678', '9012'], oldLink: false })).toBe('Without the link. Compare by phone: 1234\u00a05678\u00a09012');
  expect(waitingText({ id: 'w', digits: ['1234', '5678', '9012'], oldLink: true })).toMatch(/^With an old link\./);
});

test.each<[string, Partial<E2EEView>, string]>([
  ['inside', {}, ''],
  ['alone', { phase: 'alone' }, ''],
  ['not answered', { phase: 'proving' }, 'Waiting for somebody to confirm the meeting’s encryption. Nothing is sent until then.'],
  ['on the way in', { phase: 'waiting' }, 'Joining the meeting’s encryption. Nothing is sent until then.'],
  ['out of it', { phase: 'refused', stopped: true }, 'This device is out of the meeting’s encryption, so nothing is sent. Leave and join again.'],
  ['no longer sending', { stopped: true }, 'Most people have not confirmed for a minute, so this device stopped sending. It goes on when they answer.'],
])('where this device stands: %s', (_name, change, want) => {
  expect(standingText(group(change))).toBe(want);
});

test.each<[E2EEEvent, string, boolean]>([
  [{ type: 'e2eeOn', name: 'Ann', own: false }, 'Ann turned on end-to-end encryption.', false],
  [{ type: 'e2eeOn', name: 'me', own: true }, 'You turned on end-to-end encryption.', false],
  [{ type: 'e2eeOff', name: 'Ann', own: false }, 'Ann turned off end-to-end encryption. The server can process the meeting from now on.', true],
  [{ type: 'e2eeEnded', name: 'Bob' }, 'End-to-end encryption ended because Bob joined from a device that does not support it.', true],
])('a switch is said across the top: %j', (event, text, stays) => {
  const { screen, notices } = fakeScreen();
  tell(event, screen);
  expect(screen.ui.current.banner?.text).toBe(text);
  expect(notices.announcement.current).toBe(text);
  vi.advanceTimersByTime(60_000);
  expect(screen.ui.current.banner !== null).toBe(stays);
});

test('a later switch replaces the banner, and its time', () => {
  const { screen } = fakeScreen();
  tell({ type: 'e2eeOn', name: 'Ann', own: false }, screen);
  tell({ type: 'e2eeOff', name: 'Ann', own: false }, screen);
  vi.advanceTimersByTime(60_000);
  expect(screen.ui.current.banner?.tone).toBe('warn');
  screen.hideBanner();
  expect(screen.ui.current.banner).toBeNull();
});

test.each<[E2EEEvent, RegExp]>([
  [{ type: 'keyChanged', participant: 'a', name: 'Ann' }, /^Ann is here with another device than before\./],
  [{ type: 'nameConfusable', participant: 'a', name: 'Amm', like: 'Ann' }, /looks like Ann/],
  [{ type: 'personUnverified', participant: 'a', name: 'Ann' }, /^Ann joined without the link/],
])('who is not clear can be verified from the line: %j', (event, text) => {
  const { screen, notices } = fakeScreen();
  tell(event, screen);
  const [line] = notices.list.current;
  expect(line?.text).toMatch(text);
  line?.actions[0]?.run();
  expect(screen.ui.current.dialog).toEqual({ name: 'verify', id: 'a' });
});

test('a person who was confirmed is no longer asked about', () => {
  const { screen, notices } = fakeScreen();
  tell({ type: 'personUnverified', participant: 'a', name: 'Ann' }, screen);
  tell({ type: 'personConfirmed', participant: 'a', name: 'Ann', by: 'Bob' }, screen);
  expect(notices.list.current.map((n) => n.text)).toEqual(['Bob verified Ann.']);
});

test('members of the group can be verified, oneself and outsiders not', () => {
  const { screen, state } = fakeScreen({ e2ee: group({ people: [member('me'), member('a'), member('b', { inTree: false })] }) });
  const has = (id: string) => personActions(fakePerson(id), state.current.self, screen).some((action) => action.id === 'verify');
  expect([has('me'), has('a'), has('b'), has('c')]).toEqual([false, true, false, false]);
});

test.each([
  [true, 'The link is copied. It carries the meeting’s secret, so send it only to those you invite.'],
  [false, 'The link is copied, without the meeting’s secret, which this device does not have. Whoever opens it waits until somebody lets them in.'],
])('the invitation with its secret: %s', async (secret, want) => {
  const copied: string[] = [];
  vi.stubGlobal('navigator', { clipboard: { writeText: async (text: string) => void copied.push(text) } });
  const { screen, notices } = fakeScreen({ e2ee: group() });
  screen.meeting.inviteLink = async () => ({ url: 'https://meet.example/j/1#x', secret });
  await copyInvite(screen);
  expect(copied).toEqual(['https://meet.example/j/1#x']);
  expect(notices.list.current.map((n) => n.text)).toEqual([want]);
  vi.unstubAllGlobals();
});

test('an invitation that cannot be made is told, not copied without its secret', async () => {
  const copied: string[] = [];
  vi.stubGlobal('navigator', { clipboard: { writeText: async (text: string) => void copied.push(text) } });
  const { screen, notices } = fakeScreen({ e2ee: group() }, new RoundelError('timeout', ''));
  await copyInvite(screen);
  expect(copied).toEqual([]);
  expect(notices.list.current[0]?.text).toBe('The server did not answer in time. Try again.');
  vi.unstubAllGlobals();
});
