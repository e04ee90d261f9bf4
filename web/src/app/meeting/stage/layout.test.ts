import { expect, test } from 'vitest';
import type { ParticipantView } from '../../../room/model';
import { arrange, wants, type LayoutInput } from './layout';

function person(id: string, change: Partial<ParticipantView> = {}): ParticipantView {
  return {
    id,
    name: id,
    role: 'participant',
    guest: false,
    self: id === 'me',
    joinedAt: 0,
    hand: null,
    live: { mic: true, camera: true, screen: false, screenAudio: false },
    speaking: false,
    disconnected: false,
    quality: 3,
    qualityReason: '',
    camera: { stream: null, paused: false },
    screen: { stream: null, paused: false },
    ...change,
  };
}

const sharing = { live: { mic: true, camera: true, screen: true, screenAudio: false } };

function input(change: Partial<LayoutInput> = {}): LayoutInput {
  return {
    participants: [person('me'), person('a'), person('b')],
    mode: 'grid',
    pinned: '',
    spotlight: '',
    activeSpeaker: 'a',
    page: 0,
    area: { width: 1264, height: 668 },
    ...change,
  };
}

const mainKey = (i: LayoutInput) => arrange(i).tiles.find((t) => t.main)?.key;

test('in the grid everyone is alike, oneself last', () => {
  const layout = arrange(input());
  expect(layout.staged).toBe(false);
  expect(layout.tiles.map((t) => t.key)).toEqual(['a:camera', 'b:camera', 'me:camera']);
});

test('alone, one fills the stage in every mode', () => {
  const alone = input({ participants: [person('me')], mode: 'speaker', pinned: 'me:camera', spotlight: 'me' });
  expect(arrange(alone)).toMatchObject({ staged: false, pages: 1 });
});

test.each<[string, Partial<LayoutInput>, string | undefined]>([
  ['the active speaker in the speaker layout', { mode: 'speaker' }, 'a:camera'],
  ['the first other while nobody has spoken', { mode: 'speaker', activeSpeaker: '' }, 'a:camera'],
  ['a shared screen in any layout', { participants: [person('me'), person('a'), person('b', sharing)] }, 'b:screen'],
  ['not the own screen: that would be a mirror of mirrors', { participants: [person('me', sharing), person('a')] }, undefined],
  ['the spotlight before the screen', { spotlight: 'a', participants: [person('me'), person('a'), person('b', sharing)] }, 'a:camera'],
  ['the own pin before the spotlight', { spotlight: 'a', pinned: 'b:camera' }, 'b:camera'],
  ['no pin of somebody who left', { pinned: 'gone:camera' }, undefined],
])('large is %s', (_name, change, want) => {
  expect(mainKey(input(change))).toBe(want);
});

test('more than fit go on further pages, and a page beyond the end is the last one', () => {
  const participants = [person('me'), ...Array.from({ length: 60 }, (_, i) => person(`p${i}`))];
  const area = { width: 304, height: 500 };
  const first = arrange(input({ participants, area }));
  expect(first.pages).toBe(8);
  expect(first.tiles).toHaveLength(8);
  const last = arrange(input({ participants, area, page: 99 }));
  expect(last.page).toBe(7);
  expect(last.tiles.map((t) => t.key)).toContain('me:camera');
});

test('a strip with pages leaves room for their buttons', () => {
  const participants = [person('me'), ...Array.from({ length: 12 }, (_, i) => person(`p${i}`))];
  const layout = arrange(input({ participants, mode: 'speaker' }));
  const lowest = Math.max(...layout.tiles.filter((t) => !t.main).map((t) => t.rect.y + t.rect.height));
  expect(layout.pages).toBeGreaterThan(1);
  expect(lowest).toBeLessThanOrEqual(668 - 52);
});

test('on a tall stage the strip lies below', () => {
  const layout = arrange(input({ mode: 'speaker', area: { width: 304, height: 500 } }));
  const main = layout.tiles.find((t) => t.main);
  expect(main?.rect.width).toBe(304);
  expect(layout.tiles.filter((t) => !t.main).every((t) => t.rect.y > (main?.rect.height ?? 0))).toBe(true);
});

test('wanted are the visible videos of others, largest first, in device pixels', () => {
  const participants = [
    person('me'),
    person('a', { live: { mic: true, camera: false, screen: false, screenAudio: false } }),
    person('b', sharing),
  ];
  const layout = arrange(input({ participants }));
  const list = wants(layout, participants, 2);
  expect(list.map((w) => `${w.participant}:${w.kind}`)).toEqual(['b:screen', 'b:camera']);
  const screen = layout.tiles.find((t) => t.key === 'b:screen');
  expect(list[0]?.pixels).toBe(Math.round((screen?.rect.width ?? 0) * (screen?.rect.height ?? 0) * 4));
});

test('below a strip with pages there is room for their buttons too', () => {
  const participants = [person('me'), ...Array.from({ length: 12 }, (_, i) => person(`p${i}`))];
  const layout = arrange(input({ participants, mode: 'speaker', area: { width: 304, height: 500 } }));
  const lowest = Math.max(...layout.tiles.map((t) => t.rect.y + t.rect.height));
  expect(layout.pages).toBeGreaterThan(1);
  expect(lowest).toBeLessThanOrEqual(500 - 52);
  expect(layout.pager.y + layout.pager.height).toBe(500);
});

test('below a grid with pages there is room for their buttons too', () => {
  const participants = [person('me'), ...Array.from({ length: 48 }, (_, i) => person(`p${i}`))];
  const layout = arrange(input({ participants, area: { width: 752, height: 776 } }));
  const lowest = Math.max(...layout.tiles.map((t) => t.rect.y + t.rect.height));
  expect(layout.pages).toBeGreaterThan(1);
  expect(lowest).toBeLessThanOrEqual(776 - 52);
  const one = arrange(input({ area: { width: 752, height: 776 } }));
  expect(Math.max(...one.tiles.map((t) => t.rect.y + t.rect.height))).toBeGreaterThan(776 - 52);
});
