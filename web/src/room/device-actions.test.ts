import { expect, it } from 'vitest';
import type { ReplyBody, RequestBody, RequestType } from '../api/wire';
import type { Command, KnownDevice, MachineView } from '../e2ee/mls';
import { DeviceActions } from './device-actions';
import type { MeetingGroup } from './group';
import { RoundelError } from './model';

const view = (change: Partial<MachineView> = {}) =>
  ({ mode: 'on', epoch: 7, required: false, admitMembers: false, takeover: false, offerToEnd: false, ...change }) as MachineView;

/** Actions over a group that carries out what it is told and writes it down. */
function actions(start: MachineView, known: KnownDevice[] = [], link = '') {
  const said: unknown[] = [];
  const group = {
    view: start,
    do: async (command: Command) => void said.push(command),
    trust: async (action: string, id: string) => void said.push([action, id]),
    known: async () => known,
    forget: async (device: Uint8Array) => void said.push(['forget', ...device]),
    hostLink: async () => link,
    order: async (command: Command, name: string, done: (view: MachineView) => boolean) => {
      said.push([name, command]);
      if (command.type !== 'configure') return;
      const { required, admit, takeover, unsupported } = command;
      Object.assign(group.view, {
        ...(required ? { required } : {}),
        ...(admit ? { admitMembers: admit === 'members' } : {}),
        ...(takeover ? { takeover: takeover === 'longest-present' } : {}),
        ...(unsupported ? { offerToEnd: unsupported === 'end-e2ee-and-notify' } : {}),
      });
      said.push(done(group.view));
    },
  };
  class Acting extends DeviceActions {
    protected readonly number = '1234567890';
    protected readonly group = group as unknown as MeetingGroup;
    protected async ask<T extends RequestType>(type: T, body: RequestBody<T>): Promise<ReplyBody<T>> {
      said.push([type, body]);
      return {} as ReplyBody<T>;
    }
  }
  return { acting: new Acting(), said };
}

it.each([
  [{ takeover: true }, { takeover: 'longest-present' }],
  [{ takeover: false }, { takeover: 'none' }],
  [{ required: true }, { required: true }],
] as const)('rules %j go into the signed state, and nothing but them', async (rules, settings) => {
  const { acting, said } = actions(view());
  await acting.setRules(rules);
  expect(said).toEqual([['settings', { type: 'configure', ...settings }], true]);
});

it.each([['members', true], ['hosts', false]] as const)('who admits goes into the signed state, then to the door of the server: %s', async (admit, membersAdmit) => {
  const { acting, said } = actions(view());
  await acting.setRules({ admit });
  expect(said).toEqual([['settings', { type: 'configure', admit }], true, ['room.settings', { membersAdmit }]]);
});

it('nobody takes back that encryption cannot be turned off', async () => {
  const { acting, said } = actions(view({ required: true }));
  await expect(acting.setRules({ required: false })).rejects.toBeInstanceOf(RoundelError);
  expect(said).toEqual([]);
});

it('tells the server whether a host wants to be asked, while there is something to end', async () => {
  const on = actions(view());
  await on.acting.setRules({ offerToEnd: true });
  expect(on.said.at(-1)).toEqual(['e2ee.report', { on: true, epoch: 7, offer: true }]);
  await on.acting.setRules({ offerToEnd: false });
  expect(on.said.at(-1)).toEqual(['e2ee.report', { on: true, epoch: 7 }]);
  const off = actions(view({ mode: 'off' }));
  await off.acting.setRules({ offerToEnd: true });
  expect(off.said.length).toBe(2);
});

it('marks, remembers, lists and forgets devices', async () => {
  const { acting, said } = actions(view(), [
    { name: 'Ben', device: Uint8Array.of(0xab, 1), verified: false },
    { name: 'Ada', device: Uint8Array.of(2), verified: true },
  ]);
  await acting.markVerified('p1', true);
  await acting.markVerified('p1', false);
  await acting.rememberPerson('p1');
  expect(said.splice(0)).toEqual([['verify', 'p1'], ['doubt', 'p1'], ['remember', 'p1']]);
  const list = await acting.knownPeople();
  expect(list.map(({ name, verified, key }) => [name, verified, key])).toEqual([['Ada', true, '02'], ['Ben', false, 'ab01']]);
  await acting.forgetPerson('ab01');
  await acting.forgetPerson('nobody');
  expect(said).toEqual([['forget', 0xab, 1]]);
});

it('has a host link only where the seed is', async () => {
  Object.assign(globalThis, { location: { origin: 'https://meet.example' } });
  expect(await actions(view()).acting.hostLink()).toBe('');
  expect(await actions(view(), [], '1.s.r.h.seed').acting.hostLink()).toBe('https://meet.example/j/1234567890#1.s.r.h.seed');
});

it('a code that is too old is said to be', async () => {
  const { acting } = actions(view());
  Object.assign(acting, { group: { do: () => Promise.reject(new RoundelError('not_allowed', '')) } });
  await expect(acting.confirmCode(3)).rejects.toMatchObject({ code: 'code_old' });
});
