import { sealed, member, stops, type Sealed } from './fake-group';
import { scene } from './fake-meeting';
import { people, person, start } from './people';
import { app, meeting, type Story } from './story';

const ada = 'Ada Lovelace';
const grace = 'Grace Hopper';
const digits = ['4821', '3905', '7416'];
const guest = () => people(5, { 0: { role: 'participant', guest: true }, 1: { role: 'host', guest: false } });
const off: Sealed = { e2ee: { mode: 'off', by: '' } };
const waiting = [
  { id: 'w1', name: 'Joan Clarke', guest: true, since: start },
  { id: 'w2', name: 'Maximiliane Friederike von Hohenlohe', guest: true, since: start },
  { id: 'w3', name: 'Vint Cerf', guest: true, since: start },
];
const join = (outlook: { starts: 'off' | 'on' | 'required'; hasLink?: boolean; card?: 'verified' | 'unverified' | 'forged'; supported?: boolean }) =>
  app({ path: '/j/1234567890', name: ada, outlook: { hasLink: true, card: 'verified', supported: true, ...outlook } });

/** A story's meeting with a group. */
const group = (what: Sealed = {}, ...rest: Parameters<typeof meeting> extends [unknown, ...infer R] ? R : never) => meeting(() => sealed(what), ...rest);

/** Every screen of end-to-end encryption by name. */
export const encryptionStories: Record<string, Story> = {
  'e2ee-off': group(off),
  'e2ee-lock': group(),
  'e2ee-lock-said': group({}, {}, [{ type: 'e2eeOn', name: grace, own: false }]),
  'e2ee-off-said': group(off, {}, [{ type: 'e2eeOff', name: grace, own: false }]),
  'e2ee-ended-said': group(off, {}, [{ type: 'e2eeEnded', name: 'Alan Turing' }]),
  'e2ee-changing': group({ e2ee: { mode: 'turningOn' }, members: { 1: { flipped: false }, 3: { flipped: false } } }),
  'e2ee-joining': group({ e2ee: { phase: 'proving', code: null }, facts: { since: Date.now() } }),
  'e2ee-alone': group({ list: people(1), e2ee: { phase: 'alone' } }),
  'e2ee-doubt-silent': group({ members: { 2: { answering: false } }, facts: { doubts: [{ code: 'silent', who: ['p2'], since: Date.now() - 40_000 }] } }),
  'e2ee-doubt-disagree': group({ facts: { doubts: [{ code: 'disagreement', who: ['p1'], since: start }] } }),
  'e2ee-stopped': group({ e2ee: { stopped: true }, facts: { doubts: [{ code: 'cutOff', who: [], since: start }] } }),
  'e2ee-refused': group({ e2ee: { phase: 'refused' } }),
  'e2ee-exceptions': group({ list: people(5), members: { 2: { verified: 'unverified', digits }, 4: { inTree: false } } }),
  'e2ee-self-unverified': group({ list: guest(), e2ee: { digits, canSwitch: false, whyNot: { code: 'host' } }, members: { 0: { verified: 'unverified', digits } }, facts: { doubts: [{ code: 'self', who: ['p0'], since: start }] } }),
  'e2ee-people': group(
    {
      list: people(7),
      members: {
        1: { marked: true },
        2: { verified: 'unverified', digits },
        3: { notice: { kind: 'newKey' } },
        4: { inTree: false },
        5: { answering: false },
        6: { notice: { kind: 'confusable', like: 'Tim Berners Lee' } },
      },
      e2ee: {},
    },
    { panel: 'people' },
  ),
  'e2ee-people-unannounced': meeting(() => {
    const list = people(3);
    const hidden = person(9);
    return sealed({ list, e2ee: { people: [...list.map((p) => member(p)), member(hidden, { signalled: false })] } });
  }, { panel: 'people' }),
  'e2ee-admit': group(
    { state: { waiting }, e2ee: { waiting: [{ id: 'w1', digits, oldLink: false }, { id: 'w2', digits: ['0093', '1187', '5520'], oldLink: true }, { id: 'w3', digits: [], oldLink: false }] } },
    { panel: 'people' },
  ),
  'e2ee-lobby': group({ list: guest(), e2ee: { phase: 'waiting', digits, hasLink: false }, state: { phase: { name: 'lobby', title: 'Weekly planning', reason: 'lobby' } } }),
  'e2ee-lobby-link': group({ list: guest(), e2ee: { phase: 'knocking', digits, hasLink: false }, state: { phase: { name: 'lobby', title: 'Weekly planning', reason: 'link' } } }),
  'e2ee-lobby-unsupported': meeting(() => scene({ phase: { name: 'lobby', title: 'Weekly planning', reason: 'e2ee' } })),
  'e2ee-unsupported': meeting(() => scene({ phase: { name: 'closed', code: 'e2ee_required', message: '', canRejoin: false } })),
  'e2ee-notices': group({ e2ee: { hasLink: false } }, {}, [
    { type: 'linkChanged', name: grace, own: false },
    { type: 'keyChanged', participant: 'p3', name: 'Alan Turing' },
    { type: 'personUnverified', participant: 'p2', name: 'Katherine Johnson' },
    { type: 'unsupportedRefused', name: 'Joan Clarke' },
  ]),
  'e2ee-turn-on': group(off, { dialog: { name: 'turnOn' } }, [], stops),
  'e2ee-turn-on-nothing': group(off, { dialog: { name: 'turnOn' } }),
  'e2ee-remove': group({}, { dialog: { name: 'remove', id: 'p2' } }),
  'e2ee-turn-off': group({}, { dialog: { name: 'turnOff' } }),
  'e2ee-offer': group({ e2ee: { offer: { id: 'n1', name: 'Joan Clarke', until: Date.now() + 29_000 } } }),
  'e2ee-verify': group({ members: { 1: { marked: true } } }, { dialog: { name: 'verify', id: 'p1' } }),
  'e2ee-verify-new-key': group({ members: { 3: { notice: { kind: 'newKey' } } } }, { dialog: { name: 'verify', id: 'p3' } }),
  'e2ee-verify-like': group({ members: { 3: { notice: { kind: 'confusable', like: 'Alan Tuning' }, remembered: false } } }, { dialog: { name: 'verify', id: 'p3' } }),
  'e2ee-known-device': group({ members: { 1: { marked: true, markedAs: 'Grace' }, 3: { notice: { kind: 'newKey' }, remembered: false } } }),
  'e2ee-host-link': group({}, { dialog: { name: 'hostLink' } }),
  'e2ee-settings': group({}, { dialog: { name: 'meeting' } }),
  'e2ee-settings-off': group(off, { dialog: { name: 'meeting' } }),
  'e2ee-settings-required': group({ e2ee: { required: true, rules: { required: true, admit: 'members', takeover: true, offerToEnd: false } } }, { dialog: { name: 'meeting' } }),
  'e2ee-settings-cohost': group({ e2ee: { host: false } }, { dialog: { name: 'meeting' } }),
  'e2ee-verify-digits': group({ members: { 2: { verified: 'unverified', digits } } }, { dialog: { name: 'verify', id: 'p2' } }),
  'e2ee-verify-code': group({ members: { 2: { verified: 'unverified' } } }, { dialog: { name: 'verify', id: 'p2' } }),
  'e2ee-verify-guest': group({ list: guest(), members: { 2: { verified: 'unverified', digits } } }, { dialog: { name: 'verify', id: 'p2' } }),
  'e2ee-guest': group({ list: guest(), e2ee: { mode: 'off', canSwitch: false, whyNot: { code: 'host' } } }),
  'e2ee-plan': group({ e2ee: { mode: 'off', canSwitch: false, whyNot: { code: 'plan' } } }),
  'e2ee-required': group({ e2ee: { required: true, canSwitch: false, whyNot: { code: 'required' } } }),
  'e2ee-home': app({ info: { user: { id: 'u1', name: ada, role: 'owner' } } }),
  'e2ee-prejoin-on': join({ starts: 'on' }),
  'e2ee-prejoin-required': join({ starts: 'required' }),
  'e2ee-prejoin-off': join({ starts: 'off' }),
  'e2ee-prejoin-off-number': join({ starts: 'off', hasLink: false, card: 'unverified' }),
  'e2ee-prejoin-number': join({ starts: 'required', hasLink: false, card: 'unverified' }),
  'e2ee-prejoin-forged': join({ starts: 'on', card: 'forged' }),
  'e2ee-prejoin-unsupported': join({ starts: 'on', supported: false }),
};
