import { expect, it } from 'vitest';
import type { PersonView, Recognition as Known } from '../e2ee/mls';
import { noticeOf } from './group-view';
import { Recognition } from './recognition';

const known = (change: Partial<Known> = {}): Known => ({ seen: 'known', like: '', as: 'Ada', verified: false, ...change });
const person = (id: string, name: string, key: number, what?: Known) => ({ id, name, device: Uint8Array.of(key), ...(what ? { known: what } : {}) }) as PersonView;

it.each([
  ['known', null],
  ['new', null],
  ['changed', { kind: 'newKey' }],
  ['confused', { kind: 'confusable', like: 'Ann' }],
] as const)('a device that is %s', (seen, want) => {
  expect(noticeOf({ known: known({ seen, like: seen === 'confused' ? 'Ann' : '' }) })).toEqual(want);
});

it('warns once of each device and name', () => {
  const recognition = new Recognition();
  const ada = person('a', 'Ada', 1, known({ seen: 'changed' }));
  expect(recognition.look([ada, person('b', 'Ben', 2, known()), person('me', 'Me', 3)])).toEqual([{ type: 'keyChanged', participant: 'a', name: 'Ada' }]);
  expect(recognition.look([ada])).toEqual([]);
  // The same device after a reload, and another device of that name.
  expect(recognition.look([{ ...ada, id: 'a2' }])).toEqual([]);
  expect(recognition.look([person('x', 'Ada', 4, known({ seen: 'changed' })), person('y', 'Adа', 5, known({ seen: 'confused', like: 'Ada' }))])).toEqual([
    { type: 'keyChanged', participant: 'x', name: 'Ada' },
    { type: 'nameConfusable', participant: 'y', name: 'Adа', like: 'Ada' },
  ]);
});
