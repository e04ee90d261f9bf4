import type { ParticipantView, Role } from '../src/room/model';
import { personPicture } from './picture';

const names = [
  'Ada Lovelace', 'Grace Hopper', 'Katherine Johnson', 'Alan Turing', 'Hedy Lamarr', 'Radia Perlman', 'Tim Berners-Lee',
  'Margaret Hamilton', 'Claude Shannon', 'Mary Jackson', 'Edsger Dijkstra', 'Barbara Liskov', 'عمر الخيام', '李明', 'Frances Allen',
  'Annie Easley', 'Donald Knuth', 'Evelyn Boyd Granville', 'Joan Clarke', 'Karen Spärck Jones', 'Ken Thompson',
  'Maximiliane Friederike von Hohenlohe-Waldenburg', 'Adele Goldberg', 'Niklaus Wirth', 'Jean Sammet', 'Vint Cerf',
];

export const start = Date.now() - 754_000;

/** Somebody in the meeting; every third has no camera, every second is muted. */
export function person(i: number, change: Partial<ParticipantView> = {}): ParticipantView {
  const camera = i % 3 !== 2;
  return {
    id: `p${i}`,
    name: names[i % names.length] ?? 'Someone',
    role: (i === 0 ? 'host' : 'participant') as Role,
    guest: i > 3,
    self: i === 0,
    joinedAt: start + i * 1000,
    hand: null,
    live: { mic: i % 2 === 0, camera, screen: false, screenAudio: false },
    speaking: false,
    disconnected: false,
    quality: 3,
    qualityReason: '',
    camera: { stream: camera && typeof document !== 'undefined' ? personPicture(i + 1) : null, paused: false },
    screen: { stream: null, paused: false },
    ...change,
  };
}

/** The first `count` of them. */
export function people(count: number, changes: Record<number, Partial<ParticipantView>> = {}): ParticipantView[] {
  return Array.from({ length: count }, (_, i) => person(i, changes[i]));
}
