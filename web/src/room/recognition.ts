import type { PersonView } from '../e2ee/mls';
import type { E2EEEvent } from './e2ee-view';
import { hex, noticeOf } from './group-view';

/** Warns of each device that is not what this one remembers, once in a visit. */
export class Recognition {
  private readonly told = new Set<string>();

  /** What to warn of since the last look. */
  look(people: readonly PersonView[]): E2EEEvent[] {
    const events: E2EEEvent[] = [];
    for (const person of people) {
      const notice = noticeOf(person);
      const key = `${hex(person.device)} ${person.name}`;
      if (!notice || this.told.has(key)) continue;
      this.told.add(key);
      const who = { participant: person.id, name: person.name };
      events.push(notice.kind === 'newKey' ? { type: 'keyChanged', ...who } : { type: 'nameConfusable', ...who, like: notice.like });
    }
    return events;
  }
}
