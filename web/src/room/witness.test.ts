import { expect, it } from 'vitest';
import type { EngineState } from '../media/engine';
import type { GroupFacts } from '../shield/group';
import { joinedAs, participant } from './fake-socket';
import { enter } from './roster';
import { Witness } from './witness';

const engine: EngineState = { connection: 'up', own: null, transforms: 'ok', videoSlots: 9 };
const person = (id: string, inTree: boolean) => ({ participant: id, name: id, inTree, verified: 'link', answering: true, flipped: true, notice: '', since: 0 }) as GroupFacts['people'][number];
const group = (people: GroupFacts['people'], mode: GroupFacts['mode'] = 'on'): GroupFacts => ({ mode, phase: 'in', since: 0, worker: 'ok', doubts: [], people });

function exceptions(disconnected: boolean, inTree: boolean, mode?: GroupFacts['mode']) {
  const roster = enter(joinedAs('me', { participants: [participant('me'), participant('ben', { disconnected })] }));
  const view = new Witness().view(roster, true, null, engine, group([person('me', true), person('ben', inTree)], mode));
  return [view.exceptions.filter((one) => one.participant === 'ben').length, view.rows.some((row) => row.participant === 'ben')];
}

it.each([
  ['is there without keys', false, false, 'on', [1, true]],
  ['has lost the connection and was taken out of the group', true, false, 'on', [0, true]],
  ['has lost the connection and still has keys', true, true, 'on', [0, true]],
  ['has lost the connection while nothing is encrypted', true, false, 'off', [0, true]],
] as const)('who %s', (_name, disconnected, inTree, mode, want) => {
  expect(exceptions(disconnected, inTree, mode)).toEqual(want);
});
