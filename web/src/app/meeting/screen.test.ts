import { expect, test } from 'vitest';
import { RoundelError } from '../../room/model';
import { tell } from './events';
import { press, type KeyPress } from './shortcuts';
import { fakePerson, fakeScreen } from './fake-screen';

function key(name: string, change: Partial<KeyPress> = {}): KeyPress {
  return { key: name, ctrlKey: false, altKey: false, metaKey: false, defaultPrevented: false, target: null, ...change };
}

/** A target inside an element that matches one of the selectors' parts. */
const inside = (part: string) => ({ closest: (selector: string) => (selector.includes(part) ? {} : null) }) as unknown as EventTarget;

test.each([
  ['m', 'setMic true'],
  ['v', 'setCamera false'],
  ['s', 'startScreen'],
  ['h', 'raiseHand true'],
  ['M', 'setMic true'],
])('%s calls %s', (name, want) => {
  const { screen, calls } = fakeScreen();
  expect(press(key(name), screen)).toBe(true);
  expect(calls).toEqual([want]);
});

test('c and p open their panels, the same key or Escape closes them', () => {
  const { screen } = fakeScreen();
  press(key('c'), screen);
  expect(screen.ui.current.panel).toBe('chat');
  press(key('p'), screen);
  expect(screen.ui.current.panel).toBe('people');
  press(key('p'), screen);
  expect(screen.ui.current.panel).toBe('none');
  press(key('c'), screen);
  press(key('Escape'), screen);
  expect(screen.ui.current.panel).toBe('none');
});

test.each<[string, KeyPress]>([
  ['with a modifier', key('m', { ctrlKey: true })],
  ['while typing', key('m', { target: inside('textarea') })],
  ['in a dialog', key('Escape', { target: inside('role="dialog"') })],
  ['when something else took it', key('m', { defaultPrevented: true })],
  ['that means nothing', key('q')],
])('no key acts %s', (_name, event) => {
  const { screen, calls } = fakeScreen();
  expect(press(event, screen)).toBe(false);
  expect(calls).toEqual([]);
});

test('single keys can be turned off, Escape stays', () => {
  const { screen, calls, preferences } = fakeScreen();
  preferences.set({ shortcuts: false });
  expect(press(key('m'), screen)).toBe(false);
  expect(press(key('Escape'), screen)).toBe(true);
  expect(calls).toEqual(['setChatOpen false']);
});

test('the chat counts as open only while it is', () => {
  const { screen, calls } = fakeScreen();
  screen.chatWith('a');
  screen.openPanel('people');
  expect(calls).toEqual(['setChatOpen true', 'setChatOpen false']);
  expect(screen.ui.current.chatTo).toBe('a');
});

test('turning a device on or off is remembered for the next meeting', () => {
  const { screen, preferences } = fakeScreen();
  screen.toggleMic();
  screen.toggleCamera();
  expect(preferences.values.current).toMatchObject({ micOn: true, cameraOn: false });
});

test('a raised hand goes down again', () => {
  const { screen, calls } = fakeScreen({ participants: [fakePerson('me', { hand: 5 })] });
  screen.toggleHand();
  expect(calls).toEqual(['raiseHand false']);
});

test('a failed action is told', async () => {
  const { screen, notices } = fakeScreen({}, new RoundelError('forbidden', 'Only the host can do that.'));
  screen.toggleMic();
  await Promise.resolve();
  await Promise.resolve();
  expect(notices.list.current.map((n) => n.text)).toEqual(['Only the host can do that.']);
  notices.clear();
});

test('a knock that was answered elsewhere and a request that was met go away', () => {
  const { screen, state, notices } = fakeScreen({ waiting: [{ id: 'w1', name: 'Bob', guest: true, since: 0 }] });
  tell({ type: 'knock', id: 'w1', name: 'Bob' }, screen);
  tell({ type: 'askedToUnmute', by: 'a', byName: 'Ann' }, screen);
  screen.settleNotices();
  expect(notices.list.current.map((n) => n.key)).toEqual(['knock-w1', 'asked']);
  state.set({ ...state.current, waiting: [], self: { ...state.current.self, mic: { state: 'on' } } });
  screen.settleNotices();
  expect(notices.list.current).toEqual([]);
});

test('the invitation is a link to this server', () => {
  expect(fakeScreen().screen.inviteLink()).toBe('https://meet.example/j/1234567890');
});
