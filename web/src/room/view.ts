import { QualityLossDown, QualityLossUp, QualityNarrow, QualityRoundTrip, QualitySilent, type Participant } from '../api/wire';
import { videoKey, type Videos } from '../media/bindings';
import { instant } from './clock';
import type { Kind, ParticipantView, QualityReason, VideoView } from './model';
import { isLive, type Roster } from './roster';

/** What this client knows of itself better than the server's last word. */
export interface OwnView {
  live: Record<Kind, boolean>;
  speaking: boolean;
  camera: MediaStream | null;
  screen: MediaStream | null;
}

const REASONS: readonly QualityReason[] = [QualityLossUp, QualityLossDown, QualityNarrow, QualityRoundTrip, QualitySilent];
const NO_VIDEO: VideoView = { stream: null, paused: false };

/** Builds the participants' views and keeps the identity of those that did not change. */
export class ParticipantViews {
  private last = new Map<string, ParticipantView>();
  private list: ParticipantView[] = [];

  /** The views in the order of joining; the same array when nothing changed. heard: who speaks, in place of the server's word. */
  build(roster: Roster | null, videos: Videos, heard: ReadonlySet<string> | null, own: OwnView): ParticipantView[] {
    const next = new Map<string, ParticipantView>();
    for (const participant of roster?.participants.values() ?? []) {
      const self = participant.id === roster?.self;
      const view = self ? ownView(participant, own) : otherView(heard ? { ...participant, speaking: heard.has(participant.id) } : participant, videos);
      const before = this.last.get(participant.id);
      next.set(participant.id, before && equal(before, view) ? before : view);
    }
    this.last = next;
    const list = [...next.values()];
    if (list.length !== this.list.length || list.some((view, i) => view !== this.list[i])) this.list = list;
    return this.list;
  }
}

function otherView(participant: Participant, videos: Videos): ParticipantView {
  const video = (kind: 'camera' | 'screen') => (isLive(participant, kind) && videos.get(videoKey(participant.id, kind))) || NO_VIDEO;
  return { ...base(participant), camera: video('camera'), screen: video('screen') };
}

function ownView(participant: Participant, own: OwnView): ParticipantView {
  return {
    ...base(participant),
    self: true,
    live: own.live,
    speaking: own.speaking,
    camera: own.camera ? { stream: own.camera, paused: false } : NO_VIDEO,
    screen: own.screen ? { stream: own.screen, paused: false } : NO_VIDEO,
  };
}

function base(participant: Participant): Omit<ParticipantView, 'camera' | 'screen'> {
  const { id, name, role, guest, speaking, disconnected } = participant;
  return {
    id,
    name,
    role,
    guest,
    self: false,
    joinedAt: instant(participant.joinedAt),
    hand: participant.hand ? instant(participant.hand) : null,
    live: {
      mic: isLive(participant, 'mic'),
      camera: isLive(participant, 'camera'),
      screen: isLive(participant, 'screen'),
      screenAudio: isLive(participant, 'screenAudio'),
    },
    speaking: speaking && isLive(participant, 'mic'),
    disconnected,
    quality: quality(participant.quality),
    qualityReason: reason(participant),
  };
}

function quality(n: number): ParticipantView['quality'] {
  return n === 1 || n === 2 || n === 3 ? n : 0;
}

/** A reason that this client knows; a good connection has none. */
function reason({ quality, qualityReason }: Participant): QualityReason | '' {
  return quality === 1 || quality === 2 ? (REASONS.find((known) => known === qualityReason) ?? '') : '';
}

function equal(a: ParticipantView, b: ParticipantView): boolean {
  return shallow(
    { ...a, live: null, camera: null, screen: null },
    { ...b, live: null, camera: null, screen: null },
  ) && shallow(a.live, b.live) && shallow(a.camera, b.camera) && shallow(a.screen, b.screen);
}

/** Whether two flat objects of one type have the same values. */
export function shallow<T extends object>(a: T, b: T): boolean {
  return (Object.keys(a) as (keyof T)[]).every((key) => Object.is(a[key], b[key]));
}
