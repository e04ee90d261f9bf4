import type { ParticipantView } from '../../../room/model';

/** Oneself first, then raised hands by time, then host, co-hosts and the rest by name. */
export function peopleOrder(participants: readonly ParticipantView[]): ParticipantView[] {
  return [...participants].sort(
    (a, b) =>
      Number(b.self) - Number(a.self) ||
      (a.hand ?? late) - (b.hand ?? late) ||
      rank[a.role] - rank[b.role] ||
      a.name.localeCompare(b.name),
  );
}

const late = Number.MAX_SAFE_INTEGER; // no hand goes after every hand
const rank = { host: 0, cohost: 1, participant: 2 } as const;
