import type { Signalling } from '../api/wire';
import type { EngineState } from '../media/engine';
import type { GroupFacts } from '../shield/group';
import { shieldOf, shieldOfConnection, type ShieldLeg } from '../shield/shield';
import type { Participant } from '../api/wire';
import type { ShieldView } from './model';
import type { Roster } from './roster';

/**
 * Gathers what the shield is computed from: the legs that the server reports,
 * what this client sees itself, and since when something is missing.
 */
export class Witness {
  private readonly missing = new Map<string, number>();
  private last: ShieldView = shieldOfConnection(null);
  private text = JSON.stringify(this.last);

  /** The shield now; the same object while nothing changed. */
  view(roster: Roster | null, connected: boolean, signalling: Signalling | null, engine: EngineState, group: GroupFacts | null): ShieldView {
    const now = Date.now();
    const view = roster
      ? shieldOf({
          now,
          self: roster.self,
          connected,
          own: {
            transforms: engine.connection === 'none' ? '' : engine.transforms,
            dtls: engine.own?.dtls ?? '',
            suite: engine.own?.suite ?? '',
            srtp: engine.own?.srtp ?? '',
          },
          legs: this.legs(roster, now),
          group,
        })
      : shieldOfConnection(connected ? signalling : null);
    const text = JSON.stringify(view);
    if (text !== this.text) {
      this.text = text;
      this.last = view;
    }
    return this.last;
  }

  private legs(roster: Roster, now: number): ShieldLeg[] {
    for (const id of this.missing.keys()) if (!roster.participants.has(id)) this.missing.delete(id);
    return [...roster.participants.values()].map((participant) => ({
      participant: participant.id,
      name: participant.name,
      disconnected: participant.disconnected,
      missingSince: this.missingSince(participant, now),
      leg: participant.leg,
    }));
  }

  private missingSince(participant: Participant, now: number): number | null {
    const { id, leg, live, disconnected } = participant;
    const missing = !disconnected && leg.media === null && Object.values(live).some(Boolean);
    if (!missing) {
      this.missing.delete(id);
      return null;
    }
    const since = this.missing.get(id) ?? now;
    this.missing.set(id, since);
    return since;
  }
}
