import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LateNames } from './late-names';
import type { MeetingEvent } from './model';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function make() {
  const names = new Map<string, string>();
  const told: MeetingEvent[] = [];
  return { names, told, late: new LateNames((id) => names.get(id) ?? '', (event) => told.push(event)) };
}

const joined = (name: string): MeetingEvent => ({ type: 'joined', participant: 'ben', name });

test('somebody comes in when their name has come', async () => {
  const { names, told, late } = make();
  late.pass(joined('Guest'));
  late.look();
  expect(told).toEqual([]);
  names.set('ben', 'Ben');
  late.look();
  expect(told).toEqual([joined('Ben')]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told).toHaveLength(1);
});

test('nobody is kept from sight for want of a name', async () => {
  const { told, late } = make();
  late.pass({ type: 'knock', id: 'ben', name: 'Guest' });
  await vi.advanceTimersByTimeAsync(3999);
  expect(told).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(told).toEqual([{ type: 'knock', id: 'ben', name: 'Guest' }]);
});

test('what is known is used at once, and other notices do not wait', () => {
  const { names, told, late } = make();
  late.pass(joined('Ben the Second'));
  late.pass({ type: 'left', participant: 'cleo', name: 'Guest', reason: 'left' });
  names.set('dan', 'Dan');
  late.pass({ type: 'left', participant: 'dan', name: 'Guest', reason: 'lost' });
  expect(told).toMatchObject([{ name: 'Ben the Second' }, { name: 'Guest' }, { name: 'Dan', reason: 'lost' }]);
});

test('a meeting that is over tells nothing more', async () => {
  const { told, late } = make();
  late.pass(joined('Guest'));
  late.close();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told).toEqual([]);
});
