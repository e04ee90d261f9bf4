/**
 * The mls worker: has the keys of the meeting's group. The page hands it the
 * server's words and the person's wishes and gets back what to send and what to
 * show; keys go to media workers over ports of their own, and nowhere else.
 */
import { FilePort } from './file-port';
import { withoutSeed } from './invite-link';
import { DeviceStore, sign, type DeviceKey } from './device-store';
import { startMachines, value, type Machine, type MachineCommand, type MachineEffect, type Machines } from './machine';
import { MediaPorts } from './media-ports';
import type { Asks, FromMLS, JoinGroup, NewCard, ToMLS } from './mls';

/** The worker's global scope as far as it is used; TypeScript's own needs another lib than the page's. */
interface Scope {
  onmessage: ((event: MessageEvent<ToMLS>) => void) | null;
  postMessage(message: FromMLS): void;
}

const scope = globalThis as unknown as Scope;
const store = new DeviceStore();
const media = new MediaPorts((epoch) => machine && step((m) => value(m.handle(Date.now(), { type: 'mediaFlipped', epoch }))));
const files = new FilePort((file, to) => command({ type: 'offerFile', file, to }));
let begin: (module: WebAssembly.Module) => void = () => undefined;
/** what is asked before the program has come waits for it */
const machines = new Promise<WebAssembly.Module>((resolve) => (begin = resolve)).then((module) => startMachines(module, () => broken('the machine has ended')));
let machine: Machine | null = null;
let device: DeviceKey | null = null;
/** the meeting's id */
let joined = '';
/** this device has the meeting's root key */
let seed = false;
/** somebody is being remembered */
let learning = false;
let timer: ReturnType<typeof setTimeout> | undefined;
/** The picture is dear: while others' messages pour in, only so often, ms. What is sent by other rules is shown at once. */
const PICTURE = 50;
const picture = { changed: false, urgent: false, shown: -Infinity, later: undefined as ReturnType<typeof setTimeout> | undefined };
/** what came before the machine was made */
const early: ((m: Machine) => unknown)[] = [];

machines.then(() => scope.postMessage({ type: 'ready' }), broken);

scope.onmessage = ({ data }) => {
  switch (data.type) {
    case 'module':
      begin(data.module);
      break;
    case 'ping':
      scope.postMessage({ type: 'pong', id: data.id });
      break;
    case 'event': {
      const { event } = data;
      step((m) => value(m.handle(Date.now(), event)));
      break;
    }
    case 'media':
      media.add(data.port);
      break;
    case 'files':
      files.add(data.port);
      break;
    case 'ask':
      answer(data).then(
        (value) => scope.postMessage({ type: 'answer', id: data.id, value }),
        (error: unknown) => scope.postMessage({ type: 'refusal', id: data.id, why: message(error) }),
      );
      break;
  }
};

async function answer(ask: Extract<ToMLS, { type: 'ask' }>): Promise<Asks[keyof Asks]['reply']> {
  const program = await machines;
  switch (ask.what) {
    case 'create':
      return create(program, ask.body);
    case 'join':
      await join(program, ask.body);
      return null;
    case 'do': {
      const why = command(ask.body);
      if (why) throw new Error(why);
      return null;
    }
    case 'hostLink':
      return hostLink();
    case 'known':
      return value(program.trust('list', '', undefined));
    case 'trust': {
      const { action, name, device } = ask.body;
      await remember(program, () => value(program.trust(action, name, device)));
      return null;
    }
  }
}

async function create(program: Machines, wish: NewCard): Promise<Asks['create']['reply']> {
  const { hostFragment, fragment } = value(program.newMeeting());
  const { meeting, starts, lobby, locked, takeover } = wish;
  const { card } = value(
    program.signCard(hostFragment, {
      meetingId: meeting, version: 1, lobby, locked, required: starts === 'required', e2ee: starts !== 'off', takeover: takeover ? 'longest-present' : '',
    }),
  );
  await store.keepRoot(meeting, hostFragment);
  return { card, fragment };
}

async function join(program: Machines, wish: JoinGroup): Promise<void> {
  if (machine) throw new Error('this worker has a meeting already');
  const { meeting, self, name, card } = wish;
  device = await store.device(wish.device === 'profile' ? 'profile' : meeting);
  loadTrust(program, await store.trust());
  const fragment = withSeed(wish.fragment, await store.root(meeting));
  machine = value(program.open({ meetingId: meeting, self, name, card, fragment, device: device.publicKey }, Date.now()));
  joined = media.meeting = meeting;
  seed = seedOf(fragment) !== '';
  for (const run of early.splice(0)) step(run);
  step(() => undefined);
  // A host link that fits the card makes this one of the host's devices.
  if (seedOf(wish.fragment)) await store.keepRoot(meeting, wish.fragment);
}

/** The link's fragment with the seed that this device has, if any: the link may be a newer one than that of the root's making. */
function withSeed(fragment: string, root: string | null): string {
  if (!root || fragment === '') return root ?? fragment;
  return `${withoutSeed(fragment)}.h.${seedOf(root)}`;
}

function seedOf(fragment: string): string {
  return fragment.split('.')[4] ?? '';
}

/** The host link that is valid now: bans change the link. */
async function hostLink(): Promise<string> {
  const root = await store.root(joined);
  if (!machine || !root) return '';
  const { fragment } = value(machine.view());
  return fragment ? withSeed(fragment, root) : '';
}

/** Takes over what this device has kept of others. What cannot be read is as good as nothing. */
function loadTrust(program: Machines, kept: Uint8Array | undefined): void {
  try {
    value(program.trust('load', '', kept));
  } catch {
    value(program.trust('load', '', undefined));
  }
}

/** Changes the memory of others, on top of what other tabs have put there, and shows the result. */
async function remember(program: Machines, change: () => Uint8Array): Promise<void> {
  await store.changeTrust((kept) => {
    loadTrust(program, kept);
    return change();
  });
  step((m) => show(m));
}

/** Sends the picture, and remembers who is in it for the first time. */
function show(m: Machine): void {
  clearTimeout(picture.later);
  Object.assign(picture, { changed: false, urgent: false, shown: performance.now(), later: undefined });
  const view = value(m.view());
  scope.postMessage({ type: 'view', view: { ...view, seed } });
  if (!view.learns || learning || (view.phase !== 'in' && view.phase !== 'alone')) return;
  learning = true;
  void machines
    .then((program) => remember(program, () => value(m.learn())))
    .catch(broken)
    .finally(() => (learning = false));
}

/** Shows what has changed, or soon. */
function showSoon(m: Machine): void {
  if (!picture.changed) return;
  const wait = picture.shown + PICTURE - performance.now();
  if (picture.urgent || wait <= 0) show(m);
  else picture.later ??= setTimeout(() => step((due) => picture.changed && show(due)), wait);
}

/** Has the machine carry out a wish, and shows what became of it; returns "" or why not. */
function command(wish: MachineCommand): string {
  let why = 'session: not in the meeting yet';
  picture.urgent = true;
  if (machine) step((m) => (why = value(m.do(Date.now(), wish))));
  return why;
}

/** Lets the machine do one thing and carries out what it wants then. */
function step(run: (m: Machine) => unknown): void {
  const m = machine;
  if (!m) {
    early.push(run);
    return;
  }
  try {
    run(m);
    for (let list = value(m.take()); list.length > 0; list = value(m.take())) for (const effect of list) carryOut(m, effect);
    showSoon(m);
    clearTimeout(timer);
    const next = value(m.next());
    if (next > 0) timer = setTimeout(() => step((due) => value(due.tick(Date.now()))), Math.max(0, next - Date.now()));
  } catch (error) {
    broken(error);
  }
}

function carryOut(m: Machine, effect: MachineEffect): void {
  switch (effect.type) {
    case 'sign':
      void signed(effect.ref, effect.message);
      break;
    case 'epoch':
      media.epoch(effect);
      break;
    case 'send':
      media.send(effect.mode, effect.epoch);
      picture.urgent = true;
      break;
    case 'receive':
      media.receive(effect.mode, effect.until, effect.from);
      break;
    case 'viewChanged':
      picture.changed = true;
      break;
    case 'content': {
      if (picture.changed) show(m); // it may be of somebody new
      const { file, ...content } = effect;
      scope.postMessage({ type: 'effect', effect: file ? { ...content, file: files.note(effect.from, file) } : content });
      break;
    }
    case 'notice':
      if (picture.changed) show(m);
      scope.postMessage({ type: 'effect', effect });
      break;
    default:
      scope.postMessage({ type: 'effect', effect });
  }
}

async function signed(ref: number, text: Uint8Array): Promise<void> {
  if (!device) return;
  const signature = await sign(device, text);
  step((m) => value(m.handle(Date.now(), { type: 'signed', ref, signature })));
}

/** Nothing leaves any more, and the page is told. */
function broken(error: unknown): void {
  media.stop();
  clearTimeout(timer);
  clearTimeout(picture.later);
  machine = null;
  scope.postMessage({ type: 'broken', message: message(error) });
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

// A panic in the program ends up here.
globalThis.addEventListener?.('error', (event) => broken(event.message));
