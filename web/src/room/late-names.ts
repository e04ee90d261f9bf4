import { HIDDEN } from './group-seat';
import type { MeetingEvent } from './model';

/** How long a notice waits for the name that its person tells the group, ms. */
const WAIT = 4000;

/** The id of the person that a notice names. */
function whoOf(event: MeetingEvent): string | null {
  if (!('name' in event) || event.name !== HIDDEN) return null;
  if ('participant' in event) return event.participant;
  return 'id' in event ? event.id : null;
}

/**
 * Notices about people whose name the server does not have. Who has the link
 * tells the group alone, a moment after the server has announced them: the notice
 * of their coming waits for it, the others take what is known by then.
 */
export class LateNames {
  private waiting: { event: MeetingEvent; timer: ReturnType<typeof setTimeout> }[] = [];

  /** nameOf: what the group knows, HIDDEN or "" while it does not. */
  constructor(
    private readonly nameOf: (id: string) => string,
    private readonly tell: (event: MeetingEvent) => void,
  ) {}

  /** Tells it now, or when the name is there. */
  pass(event: MeetingEvent): void {
    const named = this.named(event);
    if (named) this.tell(named);
    else if (event.type === 'joined' || event.type === 'knock') this.hold(event);
    else this.tell(event);
  }

  /** Names may have come. */
  look(): void {
    for (const one of [...this.waiting]) {
      const named = this.named(one.event);
      if (named) this.release(one, named);
    }
  }

  close(): void {
    for (const { timer } of this.waiting.splice(0)) clearTimeout(timer);
  }

  private hold(event: MeetingEvent): void {
    const one = { event, timer: setTimeout(() => this.release(one, event), WAIT) };
    this.waiting.push(one);
  }

  private release(one: (typeof this.waiting)[number], event: MeetingEvent): void {
    clearTimeout(one.timer);
    this.waiting = this.waiting.filter((other) => other !== one);
    this.tell(event);
  }

  /** The event with the name that is known; null while there is none. */
  private named(event: MeetingEvent): MeetingEvent | null {
    const who = whoOf(event);
    if (who === null) return event;
    const name = this.nameOf(who);
    return name === '' || name === HIDDEN ? null : ({ ...event, name } as MeetingEvent);
  }
}
