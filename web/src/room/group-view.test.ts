import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { knock, machineView, member } from './fake-keeper';
import { Since, factsOf, knocksOf, sinceKeys, viewOf } from './group-view';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('Since', () => {
  it('keeps the first moment of what lasts and forgets what ends', () => {
    const since = new Since();
    since.look(['phase in', 'hand ben'], 1000);
    since.look(['phase in'], 2000);
    since.look(['phase in', 'hand ben'], 3000);
    expect([since.of('phase in'), since.of('hand ben')]).toEqual([1000, 3000]);
  });

  it('follows phase, doubts, people, hands and those who wait', () => {
    const view = machineView({
      doubts: [{ kind: 'silent', who: ['ben'] }],
      people: [member('ben', { answering: false }), member('cleo', { hand: true })],
      waiting: [knock('dan')],
    });
    expect(sinceKeys(view)).toEqual(['phase in', 'waiting dan', 'doubt silent', 'person ben', 'silent ben', 'person cleo', 'hand cleo']);
  });
});

describe('who has to be let in by hand', () => {
  const seated = knock('seated', { lobby: false });
  const without = knock('without', { lobby: false, link: false, digits: '0001 0002 0003' });
  const cases: [string, Parameters<typeof machineView>[0], string[]][] = [
    ['nobody, for one who may not', { canAdmit: false, waiting: [knock('lobby'), without] }, []],
    ['who is in the lobby, and who has no link', { waiting: [knock('lobby'), seated, without] }, ['lobby', 'without']],
    ['everyone while the group has a lobby', { lobby: true, waiting: [seated, without] }, ['seated', 'without']],
    ['everyone while it is locked', { locked: true, waiting: [seated] }, ['seated']],
    ['nobody who cannot be added', { waiting: [knock('broken', { failed: true })] }, []],
  ];
  it.each(cases)('%s', (_name, change, ids) => {
    expect(knocksOf(machineView({ canAdmit: true, ...change })).map(({ id }) => id)).toEqual(ids);
  });
});

describe('what the shield gets', () => {
  const since = new Since();
  it('is a refusal when there is no machine', () => {
    expect(factsOf(null, 'ok', true, since)).toMatchObject({ mode: 'unknown', phase: 'refused', people: [] });
    expect(factsOf(null, 'starting', false, since)).toMatchObject({ mode: 'unknown', phase: 'joining', worker: 'starting' });
  });

  it('counts silence from its beginning, not from the person’s coming', () => {
    since.look(['person ben'], 1000);
    since.look(['person ben', 'silent ben'], 5000);
    const facts = factsOf(machineView({ people: [member('ben', { answering: false, standing: 'unverified' })] }), 'ok', false, since);
    expect(facts.people).toMatchObject([{ participant: 'ben', since: 5000, answering: false, verified: 'unverified' }]);
  });
});

describe('what the screens get', () => {
  it('is off and without people before the machine has said anything', () => {
    expect(viewOf(null, false, true, null)).toMatchObject({ mode: 'off', phase: 'joining', canSwitch: false, whyNot: { code: 'outside' }, hasLink: true });
  });

  const reasons: [string, Parameters<typeof machineView>[0], unknown][] = [
    ['no host', {}, { code: 'host' }],
    ['still on the way', { host: true, phase: 'proving' }, { code: 'outside' }],
    ['required', { host: true, required: true, mode: 'on' }, { code: 'required' }],
    ['being turned off', { host: true, canSwitch: true, mode: 'turningOff' }, { code: 'busy' }],
    ['nobody has answered', { host: true, canSwitch: false }, { code: 'busy' }],
    ['nothing', { host: true, canSwitch: true }, null],
  ];
  it.each(reasons)('keeps from switching: %s', (_name, change, whyNot) => {
    expect(viewOf(machineView(change), false, true, null)).toMatchObject({ whyNot, canSwitch: whyNot === null });
  });

  it('has the code, those before it, and digits in groups', () => {
    const code = (epoch: number) => ({ epoch, digits: ['00001'], emoji: [{ symbol: '🐝', name: 'bee' }] });
    const view = viewOf(machineView({ codes: [code(5), code(4)], digits: '0001 0002 0003', waiting: [knock('dan', { digits: '4 5', oldLink: true })] }), false, false, null);
    expect(view.code?.emoji).toEqual([{ char: '🐝', name: 'bee' }]);
    expect(view.earlier.map(({ epoch }) => epoch)).toEqual([4]);
    expect(view.digits).toEqual(['0001', '0002', '0003']);
    expect(view.waiting).toEqual([{ id: 'dan', digits: ['4', '5'], oldLink: true }]);
    expect(view.hostAnswered).toBeNull();
  });

  it('says by name who switched, and when this device cut itself off', () => {
    const view = viewOf(machineView({ by: 'ben', people: [member('ben')], doubts: [{ kind: 'cutOff', who: [] }] }), false, true, null);
    expect([view.by, view.stopped, view.hostAnswered]).toEqual(['BEN', true, true]);
  });
});
