import type { Kind, Signalling, Waiting } from '../api/wire';
import type { Videos } from '../media/bindings';
import type { EngineState } from '../media/engine';
import { ScreenShare } from '../media/screen';
import { ActiveSpeaker } from '../media/speaking';
import type { GroupFacts } from '../shield/group';
import type { Chat } from './chat';
import type { E2EEView } from './e2ee-view';
import type { Connection, DevicesState, FilesView, LocalTrack, MeetingState, Phase, SelfView } from './model';
import type { Roster } from './roster';
import { ParticipantViews, shallow } from './view';
import { Witness } from './witness';

/** All that the screens' picture of a meeting is made from. */
export interface Sources {
  phase: Phase;
  missing: string[];
  signalling: Connection['signalling'];
  lostAt: number | null;
  seatEndsAt: number | null;
  /** how the server says this client is connected to it */
  facts: Signalling | null;
  roster: Roster | null;
  /** the roster with the people's own words in place of the server's */
  shown: Roster | null;
  waiting: readonly Waiting[];
  /** why somebody with a seat is not let into the group yet */
  shut: 'link' | 'lobby' | null;
  /** the own name */
  name: string;
  /** there is a group, so the own name is one's own word */
  grouped: boolean;
  chat: Chat;
  files: FilesView;
  devices: DevicesState;
  /** the own ones */
  tracks: Record<Kind, MediaStreamTrack | null>;
  screen: { state: LocalTrack; stream: MediaStream | null };
  speaking: boolean;
  /** who is heard speaking in sealed sound; null while the server says who speaks */
  heard: ReadonlySet<string> | null;
  unheard: boolean;
  engine: EngineState;
  videos: Videos;
  audioBlocked: boolean;
  group: GroupFacts | null;
  e2ee: E2EEView | null;
}

/** Builds what the screens draw, and keeps the identity of the parts that did not change. */
export class Projection {
  private readonly views = new ParticipantViews();
  private readonly stage = new ActiveSpeaker();
  private readonly witness = new Witness();

  build(from: Sources, before: MeetingState | undefined): MeetingState {
    const { roster, engine } = from;
    const participants = this.views.build(from.shown, from.videos, from.heard, {
      live: liveOf(from.tracks),
      speaking: from.speaking,
      camera: from.devices.preview,
      screen: from.screen.stream,
    });
    const speaking = participants.filter((p) => !p.self && p.speaking).map((p) => p.id);
    return {
      phase: phaseOf(from, before),
      connection: keep(before?.connection, {
        signalling: from.signalling,
        media: engine.connection,
        lostAt: from.lostAt,
        seatEndsAt: from.seatEndsAt,
      }),
      missing: from.missing,
      room: roster ? keep(before?.room ?? undefined, { ...roster.room, startedAt: Date.parse(roster.room.startedAt) }) : null,
      self: keep(before?.self, selfView(from)),
      participants,
      activeSpeaker: this.stage.update(speaking, (id) => roster?.participants.has(id) ?? false, Date.now()),
      waiting: waitingView(from, before),
      chat: keep(before?.chat, from.chat),
      files: from.files,
      audioBlocked: from.audioBlocked,
      videoSlots: engine.videoSlots,
      shield: this.witness.view(roster, from.signalling === 'up', from.facts, engine, from.group),
      e2ee: from.e2ee,
    };
  }
}

function selfView({ roster, name, grouped, devices, screen, unheard }: Sources): SelfView {
  const own = roster?.participants.get(roster.self);
  const role = own?.role ?? 'participant';
  return {
    id: roster?.self ?? '',
    name: grouped ? name : (own?.name ?? name),
    role,
    moderates: role !== 'participant',
    mic: devices.micTrack,
    camera: devices.cameraTrack,
    screen: screen.state,
    canShareScreen: ScreenShare.possible(),
    speakingWhileMuted: unheard,
  };
}

/** A seat is of no use while the group's door is shut. */
function phaseOf({ phase, shut, roster }: Sources, before: MeetingState | undefined): Phase {
  if (phase.name !== 'in' || shut === null) return phase;
  const waiting = { name: 'lobby', title: roster?.room.title ?? '', reason: shut } as const;
  return before?.phase.name === 'lobby' && shallow(before.phase, waiting) ? before.phase : waiting;
}

function liveOf(tracks: Record<Kind, MediaStreamTrack | null>): Record<Kind, boolean> {
  const { mic, camera, screen, screenAudio } = tracks;
  return { mic: mic !== null, camera: camera !== null, screen: screen !== null, screenAudio: screenAudio !== null };
}

function waitingView({ waiting }: Sources, before: MeetingState | undefined): MeetingState['waiting'] {
  const next = waiting.map((w) => ({ ...w, since: Date.parse(w.since) }));
  return before && JSON.stringify(before.waiting) === JSON.stringify(next) ? before.waiting : next;
}

/** The earlier object when both have the same values, so that watchers of a part see no change. */
function keep<T extends object>(before: T | undefined, next: T): T {
  return before && shallow(before, next) && shallow(next, before) ? before : next;
}
