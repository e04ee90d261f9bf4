import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ChatMessage, MeetingEvent } from '../../room/model';
import { captureText, tell } from './events';
import { fakeScreen } from './fake-screen';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const message: ChatMessage = { key: '1', from: 'a', name: 'Ann', to: '', toName: '', own: false, at: 0, text: 'Hello\nall', file: null, sealed: false };

test.each<[string, MeetingEvent, string[]]>([
  ['a hand is shown', { type: 'handRaised', participant: 'a', name: 'Ann' }, ['Ann raised a hand.']],
  ['being muted is shown', { type: 'muted', kind: 'mic', by: 'a', byName: 'Ann' }, ['Ann muted you.']],
  ['a stopped camera is shown', { type: 'muted', kind: 'camera', by: 'a', byName: 'Ann' }, ['Ann stopped your video.']],
  ['a chat line is shown in one line', { type: 'chat', message }, ['Ann: Hello all']],
  ['a private one says so', { type: 'chat', message: { ...message, to: 'me' } }, ['Ann, privately: Hello all']],
  ['a file is told by its name', { type: 'chat', message: { ...message, text: '', file: { id: 'f', name: 'plan.pdf', type: '', size: 5 } } }, ['Ann sent a file: plan.pdf']],
  ['a private file says so', { type: 'chat', message: { ...message, to: 'me', file: { id: 'f', name: 'plan.pdf', type: '', size: 5 } } }, ['Ann sent you a file privately: plan.pdf']],
  ['own words are no news', { type: 'chat', message: { ...message, own: true } }, []],
  ['joining is only spoken', { type: 'joined', participant: 'a', name: 'Ann' }, []],
  ['the role of others is no news', { type: 'roleChanged', participant: 'a', name: 'Ann', role: 'cohost', own: false }, []],
  ['the own role is', { type: 'roleChanged', participant: 'me', name: 'me', role: 'cohost', own: true }, ['You are a co-host now.']],
  ['a closed chooser is no news', { type: 'captureFailed', kind: 'screen', reason: 'dismissed' }, []],
  ['a failed camera is', { type: 'captureFailed', kind: 'camera', reason: 'inUse' }, ['The camera does not start. Another program may be using it.']],
  ['a lost device is', { type: 'deviceChanged', kind: 'mic', label: '' }, ['A device was disconnected.']],
])('%s', (_name, event, want) => {
  const { screen, notices } = fakeScreen();
  tell(event, screen);
  expect(notices.list.current.map((n) => n.text)).toEqual(want);
});

test('who joins and leaves is spoken', () => {
  const { screen, notices } = fakeScreen();
  tell({ type: 'joined', participant: 'a', name: 'Ann' }, screen);
  expect(notices.announcement.current).toBe('Ann joined.');
  tell({ type: 'left', participant: 'a', name: 'Ann', reason: 'removed' }, screen);
  expect(notices.announcement.current).toBe('Ann was removed.');
});

test('chat is quiet while the chat is open', () => {
  const { screen, notices } = fakeScreen();
  screen.openPanel('chat');
  tell({ type: 'chat', message }, screen);
  expect(notices.list.current).toEqual([]);
});

test('a knock can be answered on the spot', () => {
  const { screen, notices, calls } = fakeScreen();
  tell({ type: 'knock', id: 'w1', name: 'Bob' }, screen);
  notices.list.current[0]?.actions[0]?.run();
  expect(calls).toEqual(['admit w1']);
});

test('nobody is unmuted without a click', () => {
  const { screen, notices, calls } = fakeScreen();
  tell({ type: 'askedToUnmute', by: 'a', byName: 'Ann' }, screen);
  expect(calls).toEqual([]);
  notices.list.current[0]?.actions[0]?.run();
  expect(calls).toEqual(['setMic true']);
});

test('lines go away by themselves, those with a question later', () => {
  const { screen, notices } = fakeScreen();
  tell({ type: 'handRaised', participant: 'a', name: 'Ann' }, screen);
  tell({ type: 'knock', id: 'w1', name: 'Bob' }, screen);
  vi.advanceTimersByTime(6000);
  expect(notices.list.current.map((n) => n.key)).toEqual(['knock-w1']);
  vi.advanceTimersByTime(20_000);
  expect(notices.list.current).toEqual([]);
});

test('the same words twice are spoken twice', () => {
  const { notices } = fakeScreen();
  const heard: string[] = [];
  notices.announcement.subscribe((words) => heard.push(words));
  notices.say('Ann joined.');
  notices.say('Ann joined.');
  expect(new Set(heard).size).toBe(3);
});

test('every problem of every device has words', () => {
  const reasons = ['denied', 'notFound', 'inUse', 'insecure', 'overconstrained', 'unsupported', 'unknown'] as const;
  for (const kind of ['mic', 'camera', 'screen'] as const) {
    for (const reason of reasons) expect(captureText(kind, reason)).toMatch(/\.$/);
  }
});
