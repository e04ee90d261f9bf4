import { SignalPath, type AnyEvent, type Joined, type Kind, type Lobby, type MediaAnswer, type MediaOffer, type ReplyBody, type RequestBody, type RequestType, type Signalling, type Welcome } from '../api/wire';
import { AudioOut } from '../media/audio-out';
import { CODEC_KEY, preferredCodec } from '../media/codecs';
import type { CaptureDevices } from '../media/devices';
import { MediaEngine } from '../media/engine';
import { NetworkWatch } from '../media/network-watch';
import { ScreenShare } from '../media/screen';
import { Voice } from '../media/voice';
import { FileCarrier } from '../e2ee/file-carrier';
import { dropSeed, keepInvite } from '../e2ee/invite-link';
import type { Content, Notice } from '../e2ee/mls';
import { CLIENT } from './client';
import { Conversation } from './conversation';
import { RoundelError, type Connection, type Meeting, type MeetingEvent, type MeetingState, type Phase, type WantView } from './model';
import { MeetingFiles } from './files';
import type { MeetingOptions } from './meeting-options';
import { GroupActions } from './group-actions';
import type { MeetingGroup } from './group';
import { GroupSeat } from './group-seat';
import { LateNames } from './late-names';
import { closed, missingAbilities, refused } from './phases';
import { Projection } from './projection';
import { apply, enter, isCrowd, nameOf, type Roster } from './roster';
import { Session } from './session';
import { openWebSocket } from './signal-connection';
import { Store, type Readable } from './store';
import { Telling } from './telling';
import { shallow } from './view';
import { startFileWorker, startKeeper, startTransforms } from './workers';

/** How often what only time changes is looked at, ms. */
const TICK = 500;
/** How soon after the end of encryption those come in who waited for it, ms. */
const WAITED_FOR = 3000;

/** Makes a meeting. It is silent until join(). */
export function createMeeting(options: MeetingOptions): Meeting & { readonly engine: MediaEngine } {
  return new LiveMeeting(options);
}

class LiveMeeting extends GroupActions implements Meeting {
  readonly state: Readable<MeetingState>;
  readonly engine: MediaEngine;
  readonly files: MeetingFiles;
  readonly network: NetworkWatch;
  private readonly view: Store<MeetingState>;
  protected readonly number: string;
  private readonly session: Session;
  private readonly seat: GroupSeat;
  private readonly devices: CaptureDevices;
  private readonly audio = new AudioOut();
  private readonly screen = new ScreenShare();
  private readonly voice: Voice;
  private readonly talk: Conversation;
  private readonly carrier: FileCarrier;
  private readonly telling: Telling;
  private readonly projection = new Projection();
  private readonly lateNames = new LateNames((id) => this.seat.nameOf(id), (event) => this.announce(event));
  private readonly missing = missingAbilities();
  private readonly listeners = new Set<(event: MeetingEvent) => void>();
  /** undone by close() */
  private readonly ends: (() => void)[] = [];
  private phase: Phase = { name: 'idle' };
  private signalling: Connection['signalling'] = 'none';
  private lostAt: number | null = null;
  private seatEndsAt: number | null = null;
  private facts: Signalling | null = null;
  private signedIn = false;
  private recognise = false;
  private roster: Roster | null = null;
  private name = '';
  /** what was on when the seat ended, for rejoin() */
  private before = { mic: false, camera: false };
  private stale = false;
  /** the seat's secret */
  private secret = '';
  /** the group whose keys the carrier gets */
  private carried: MeetingGroup | null = null;
  /** when encryption was last turned off */
  private endedAt = 0;

  constructor(options: MeetingOptions) {
    super();
    const storage = options.storage ?? localStorage;
    this.devices = options.devices;
    this.number = options.number;
    const ask = this.ask.bind(this);
    this.talk = new Conversation(
      { self: () => this.roster?.self ?? '', ownName: () => this.name, nameOf: (id) => this.nameInGroup(id) },
      (event) => this.tellEvent(event),
      () => this.touch(),
    );
    this.carrier = new FileCarrier(options.fileWorker ?? startFileWorker, () => this.group?.filePort() ?? null);
    this.files = new MeetingFiles({
      carrier: this.carrier,
      ask,
      place: () => (this.phase.name === 'in' ? { number: this.number, seat: this.secret } : null),
      self: () => this.roster?.self ?? '',
      nameOf: (id) => this.nameInGroup(id),
      sealing: (to) => this.sealing(to),
      message: (key) => this.talk.message(key),
      sent: (file, to) => this.talk.sentFile(file, to),
      changed: () => this.touch(),
    });
    this.telling = new Telling({
      ask,
      inside: () => this.phase.name === 'in',
      tracks: () => this.ownTracks(),
      layers: () => this.engine.layers.current,
      speaking: () => this.voice.speaking.current && (!this.group || this.group.clear || isCrowd(this.roster)),
      wantSlots: (count) => this.engine.wantSlots(count),
    });
    this.seat = new GroupSeat({
      keeper: options.keeper ?? startKeeper,
      fragment: options.fragment ?? '',
      ask,
      changed: () => {
        this.lateNames.look();
        this.grouped();
      },
      stop: () => this.engine.close(),
      content: (content) => this.opened(content),
      notice: (notice) => this.noticed(notice),
      knocked: (id, name) => this.tellEvent({ type: 'knock', id, name }),
      event: (event) => this.tellEvent(event),
      joined: () => dropSeed(options.seats ?? sessionStorage, options.number),
      relinked: (fragment) => keepInvite(options.seats ?? sessionStorage, options.number, fragment),
      clear: (relayed, old) => this.talk.relayed(relayed, old),
    });
    this.session = new Session({
      features: () => this.seat.features(),
      url: options.url ?? `wss://${location.host}${SignalPath}`,
      number: options.number,
      client: options.client ?? CLIENT,
      open: options.open ?? openWebSocket,
      storage: options.seats ?? sessionStorage,
      listener: {
        welcomed: (welcome) => this.welcomed(welcome),
        lobby: (lobby) => this.waiting(lobby),
        joined: (joined) => this.joined(joined),
        event: (event) => this.happened(event),
        lost: (seatEndsAt) => this.lost(seatEndsAt),
        ended: (code, message) => this.over(closed(code, message)),
      },
    });
    this.engine = new MediaEngine({
      negotiate: (offer: MediaOffer): Promise<MediaAnswer> => this.session.request('media.offer', offer),
      relay: () => this.session.request('media.relay', {}),
      report: (report) => void this.session.request('media.report', report).catch(() => undefined),
      // A worker that has a port to the group lets nothing pass before its word.
      transforms: () => (options.transforms ?? startTransforms)(this.group?.mediaPort() ?? null),
      audio: this.audio,
      codec: preferredCodec(storage.getItem(CODEC_KEY)),
    });
    this.network = new NetworkWatch(this.engine, () => this.state.current);
    this.voice = new Voice(this.devices.rms, this.devices.mic);
    this.view = new Store(this.project());
    this.state = this.view;
    this.follow();
  }

  onEvent(run: (event: MeetingEvent) => void): () => void {
    this.listeners.add(run);
    return () => this.listeners.delete(run);
  }

  // ------------------------------------------------------------ coming and going

  async join({ name, passcode, recognise = this.recognise }: { name: string; passcode?: string; recognise?: boolean }): Promise<void> {
    if (this.missing.length > 0) throw new RoundelError('unsupported', 'This browser cannot join a meeting.');
    this.name = name;
    this.recognise = recognise;
    this.signalling = 'connecting';
    this.enterPhase({ name: 'joining' });
    try {
      await this.seat.prepare(name);
      await this.session.join(this.seat.announced(), passcode);
    } catch (error) {
      const failure = asRoundelError(error);
      this.signalling = 'none';
      const next = refused(failure);
      if (next) this.over(next);
      else this.enterPhase({ name: 'idle' });
      if (!next) throw failure;
    }
  }

  retryWithPasscode(passcode: string): Promise<void> {
    return this.join({ name: this.name, passcode });
  }

  async rejoin(): Promise<void> {
    const { mic, camera } = this.before;
    await Promise.all([mic && this.devices.setMic(true), camera && this.devices.setCamera(true)]);
    await this.join({ name: this.name });
  }

  async leave(): Promise<void> {
    const left = this.session.leave();
    this.over(closed('left', ''));
    await left;
  }

  close(): void {
    this.session.drop();
    this.engine.close();
    this.seat.leave();
    this.files.close();
    this.screen.stop();
    this.voice.close();
    this.devices.close();
    this.telling.close();
    this.lateNames.close();
    for (const end of this.ends.splice(0)) end();
    this.listeners.clear();
  }

  // ---------------------------------------------------------------- own devices

  setMic(on: boolean): Promise<void> {
    return this.devices.setMic(on);
  }

  setCamera(on: boolean): Promise<void> {
    return this.devices.setCamera(on);
  }

  async startScreen(): Promise<void> {
    const reason = await this.screen.start();
    if (reason && reason !== 'dismissed') this.tellEvent({ type: 'captureFailed', kind: 'screen', reason });
  }

  async stopScreen(): Promise<void> {
    this.screen.stop();
  }

  async setDevices({ mic, camera, speaker }: { mic?: string; camera?: string; speaker?: string }): Promise<void> {
    if (mic !== undefined) await this.devices.pickMic(mic);
    if (camera !== undefined) await this.devices.pickCamera(camera);
    if (speaker !== undefined) await this.devices.pickSpeaker(speaker);
  }

  unblockAudio(): Promise<void> {
    return this.audio.unblock();
  }

  setWants(wants: WantView[]): void {
    this.telling.setWants(wants);
  }

  setChatOpen(open: boolean): void {
    this.talk.setOpen(open);
  }

  async rename(name: string): Promise<void> {
    await this.seat.rename(name);
    if (!this.group || this.group.clear) await this.ask('self.name', { name });
    this.name = name;
    this.session.rename(this.seat.announced());
    this.touch();
  }

  // ---------------------------------------------------------- what the server says

  protected ask<T extends RequestType>(type: T, body: RequestBody<T>): Promise<ReplyBody<T>> {
    return this.session.request(type, body);
  }

  protected get group(): MeetingGroup | null {
    return this.seat.group;
  }

  protected expect(id: string): void {
    for (const waiting of this.roster?.waiting ?? []) if (id === '' || waiting.id === id) this.seat.expect(waiting.id);
  }

  protected entitle(id: string, host: boolean): void {
    this.seat.entitle(id, host);
  }

  protected settleOffer(id: string, ended: boolean): void {
    this.seat.settleOffer(id, ended);
  }

  /** Takes part in the group of a meeting that has a card; false when the card cannot be believed. */
  private enterGroup(card: string | undefined, self: string, room: string | null): boolean {
    try {
      this.seat.enter(card, self, { room, device: this.signedIn || this.recognise ? 'profile' : 'meeting' });
      return true;
    } catch (error) {
      this.session.drop();
      this.over(closed('card', asRoundelError(error).message));
      return false;
    }
  }

  private welcomed(welcome: Welcome): void {
    this.facts = welcome.signalling;
    this.signedIn = welcome.user !== null;
    this.signalling = 'up';
    this.touch();
  }

  private waiting(lobby: Lobby): void {
    this.lostAt = this.seatEndsAt = null;
    if (!this.enterGroup(lobby.card, lobby.self, null)) return;
    this.enterPhase({ name: 'lobby', title: lobby.title, reason: lobby.reason === 'host' || lobby.reason === 'e2ee' ? lobby.reason : 'lobby' });
  }

  private joined(joined: Joined): void {
    const back = this.lostAt !== null;
    const first = this.roster === null;
    const known = this.group?.self === joined.self;
    if (!this.enterGroup(joined.card, joined.self, joined.room.id)) return;
    this.roster = enter(joined);
    this.secret = joined.seat;
    this.group?.roster(this.roster.participants, this.roster.room);
    if (back && known) this.group?.online(joined.resumed);
    this.lostAt = this.seatEndsAt = null;
    // After a resumption what was missed comes as events.
    if (!joined.resumed) for (const relayed of joined.history) this.seat.relayed(relayed, first || this.talk.reading);
    this.engine.bind(joined.slots);
    if (joined.resumed) this.engine.resume();
    else {
      this.telling.fresh();
      void this.engine.start().then(() => this.telling.tracks());
    }
    this.enterPhase({ name: 'in' });
    this.telling.all();
    if (back) this.tellEvent({ type: 'connectionBack' });
    // A seat from before a reload has the name of then.
    const seated = joined.participants.find((p) => p.id === joined.self)?.name ?? this.name;
    if (!this.group && first && seated !== this.name) void this.rename(this.name).catch(() => undefined);
  }

  private happened(event: AnyEvent): void {
    if (this.group?.event(event) || !this.roster) return;
    const { roster, events } = apply(this.roster, event);
    this.roster = roster;
    this.group?.roster(roster.participants, roster.room);
    for (const one of events) {
      this.tellEvent(one);
      if (one.type === 'joined') this.endedFor(one.participant, one.name);
    }
    void this.telling.speaking(); // a crowd may have come together, or gone
    switch (event.type) {
      case 'media.slots':
        this.engine.bind(roster.slots);
        break;
      case 'media.layersWanted':
        // A connection that is closing refuses; the next one hears anew.
        this.engine.wantLayers(event.body.kind, event.body.rids).catch(() => undefined);
        break;
      case 'media.muted':
        this.mutedBy(event.body.kind, event.body.by);
        break;
      case 'media.asked':
        this.tellEvent({ type: 'askedToUnmute', by: event.body.by, byName: nameOf(roster, event.body.by) });
        break;
      case 'relay':
        this.seat.relayed(event.body);
        break;
      case 'e2ee.unsupported':
        this.seat.offered({ id: event.body.id, name: event.body.name, until: Date.parse(event.body.until) });
        break;
    }
    this.touch();
  }

  private mutedBy(kind: Kind, by: string): void {
    this.telling.stopped(kind);
    if (kind === 'mic') void this.devices.setMic(false);
    else if (kind === 'camera') void this.devices.setCamera(false);
    else this.screen.stop();
    this.tellEvent({ type: 'muted', kind, by, byName: nameOf(this.roster, by) });
  }

  // -------------------------------------------------------------- what the group says

  /** The group, or what is known of it, is another one. */
  private grouped(): void {
    const { group, carrier } = this;
    if (group !== this.carried) carrier.regrouped();
    this.carried = group;
    if (group?.sealed || group?.clear) {
      const by = group.view?.by ?? '';
      const own = by !== '' && by === group.self;
      this.talk.turn(group.sealed, by && !own ? this.nameInGroup(by) : '', own);
    }
    this.files.look();
    void this.telling.speaking();
    this.touch();
  }

  private opened(content: Content): void {
    // The keys are kept by the worker that carries files, also when the group is left.
    if (content.kind === 'file') this.carrier.ready();
    this.talk.opened(content);
  }

  private nameInGroup(id: string): string {
    return this.group?.view?.people.find((person) => person.id === id)?.name ?? nameOf(this.roster, id);
  }

  protected sent(content: Parameters<Conversation['sent']>[0]): void {
    this.talk.sent(content);
  }

  private noticed({ kind, by, who }: Notice): void {
    const host = who || by;
    if (kind === 'banned') this.linkChanged(by);
    if (kind !== 'switchedOn' && kind !== 'switchedOff') return;
    this.endedAt = kind === 'switchedOff' ? Date.now() : 0;
    const own = host === this.roster?.self;
    this.tellEvent({ type: kind === 'switchedOn' ? 'e2eeOn' : 'e2eeOff', name: own ? this.name : this.nameInGroup(host), own });
  }

  /** Who comes in right behind the end of encryption with a device that cannot take part is why it ended. */
  private endedFor(id: string, name: string): void {
    const capable = this.roster?.participants.get(id)?.leg.e2ee ?? false;
    if (!capable && Date.now() - this.endedAt < WAITED_FOR) this.tellEvent({ type: 'e2eeEnded', name });
  }

  /** The link of before leads only to the lobby now. */
  private linkChanged(by: string): void {
    const own = by === this.roster?.self;
    this.tellEvent({ type: 'linkChanged', name: own ? this.name : this.nameInGroup(by), own });
  }

  private lost(seatEndsAt: number | null): void {
    this.signalling = 'lost';
    this.group?.offline();
    this.lostAt = Date.now();
    this.seatEndsAt = seatEndsAt;
    this.tellEvent({ type: 'connectionLost' });
    this.touch();
  }

  /** The seat is gone, or was not given. */
  private over(phase: Phase): void {
    this.before = { mic: this.devices.mic.current !== null, camera: this.devices.camera.current !== null };
    this.signalling = 'none';
    this.lostAt = this.seatEndsAt = null;
    this.telling.forget();
    this.engine.close();
    this.seat.leave();
    this.screen.stop();
    if (phase.name === 'closed') {
      this.devices.release();
      this.roster = null;
      this.talk.clear();
      this.files.clear();
    }
    this.enterPhase(phase);
  }

  // ------------------------------------------------------------- what we tell it

  /** Keeps the connection's tracks and the server's knowledge of them as the devices are. */
  private follow(): void {
    const { devices, engine, screen } = this;
    this.ends.push(
      devices.mic.subscribe((track) => this.track('mic', track)),
      devices.camera.subscribe((track) => this.track('camera', track)),
      screen.shared.subscribe((shared) => {
        this.track('screen', shared?.video ?? null);
        this.track('screenAudio', shared?.audio ?? null);
      }),
      screen.state.subscribe(() => this.touch()),
      devices.state.subscribe(({ speaker }) => {
        void this.audio.setSpeaker(speaker);
        this.touch();
      }),
      devices.onEvent((event) => this.tellEvent(event)),
      engine.state.subscribe(() => this.touch()),
      engine.videos.subscribe(() => this.touch()),
      engine.heard.subscribe(() => this.touch()),
      engine.layers.subscribe(() => this.telling.layers()),
      this.audio.blocked.subscribe(() => this.touch()),
      this.voice.speaking.subscribe(() => {
        this.touch();
        void this.telling.speaking();
      }),
      this.voice.unheard.subscribe(() => this.touch()),
    );
    this.watchPage();
    const tick = setInterval(() => this.phase.name === 'in' && this.touch(), TICK);
    this.ends.push(() => clearInterval(tick));
  }

  /** The page or the network comes back: look at once instead of waiting for a timer. */
  private watchPage(): void {
    const shown = () => document.visibilityState === 'visible' && this.session.nudge();
    const online = () => {
      this.session.nudge();
      this.engine.restart();
    };
    document.addEventListener('visibilitychange', shown);
    window.addEventListener('online', online);
    this.ends.push(() => {
      document.removeEventListener('visibilitychange', shown);
      window.removeEventListener('online', online);
    });
  }

  private track(kind: Kind, track: MediaStreamTrack | null): void {
    // A connection that is closing refuses; the next one gets the track anyway.
    this.engine.setTrack(kind, track).catch(() => undefined);
    this.telling.tracks();
    this.touch();
  }

  private ownTracks(): Record<Kind, MediaStreamTrack | null> {
    const shared = this.screen.shared.current;
    return {
      mic: this.devices.mic.current,
      camera: this.devices.camera.current,
      screen: shared?.video ?? null,
      screenAudio: shared?.audio ?? null,
    };
  }

  // ------------------------------------------------------------ what screens see

  private tellEvent(event: MeetingEvent): void {
    if (this.group) this.lateNames.pass(event);
    else this.announce(event);
  }

  private announce(event: MeetingEvent): void {
    for (const run of [...this.listeners]) run(event);
  }

  private enterPhase(phase: Phase): void {
    this.phase = phase;
    this.touch();
  }

  /** Something changed; the state is built once for all changes of this turn. */
  private touch(): void {
    if (this.stale) return;
    this.stale = true;
    queueMicrotask(() => {
      this.stale = false;
      const next = this.project();
      if (!shallow(next, this.view.current)) this.view.set(next);
    });
  }

  private project(): MeetingState {
    const { roster, seat, engine, voice } = this;
    return this.projection.build(
      {
        phase: this.phase,
        missing: this.missing,
        signalling: this.signalling,
        lostAt: this.lostAt,
        seatEndsAt: this.seatEndsAt,
        facts: this.facts,
        roster,
        shown: roster && seat.people(roster),
        waiting: seat.waiting(roster?.waiting ?? []),
        shut: seat.shut,
        name: this.name,
        grouped: seat.group !== null,
        chat: this.talk.chat,
        files: this.files.view,
        devices: this.devices.state.current,
        tracks: this.ownTracks(),
        screen: { state: this.screen.state.current, stream: this.screen.shared.current?.stream ?? null },
        speaking: voice.speaking.current,
        heard: this.group?.sealed ? engine.heard.current : null,
        unheard: voice.unheard.current,
        engine: engine.state.current,
        videos: engine.videos.current,
        audioBlocked: this.audio.blocked.current,
        group: seat.facts,
        e2ee: seat.view,
      },
      this.view?.current,
    );
  }
}

function asRoundelError(error: unknown): RoundelError {
  return error instanceof RoundelError ? error : new RoundelError('internal', String(error));
}
