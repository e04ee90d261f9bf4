import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ShieldView } from '../room/model';
import type { GroupFacts } from './group';
import { shieldOf, shieldOfConnection, type ShieldInput, type ShieldLeg } from './shield';

type Dated<T> = Omit<T, 'since'> & { since: string };
type GroupInput = Dated<Omit<GroupFacts, 'doubts' | 'people'>> & { doubts: Dated<GroupFacts['doubts'][number]>[]; people: Dated<GroupFacts['people'][number]>[] };

interface Case {
  name: string;
  input: Omit<ShieldInput, 'now' | 'legs' | 'group'> & {
    now: string;
    legs: (Omit<ShieldLeg, 'missingSince'> & { missingSince: string | null })[];
    group?: GroupInput;
  };
  want: unknown;
}

const file = JSON.parse(readFileSync(new URL('../../../core/shield/testdata/cases.json', import.meta.url), 'utf8')) as {
  sentences: string[];
  cases: Case[];
};

function inputOf({ input }: Case): ShieldInput {
  return {
    ...input,
    now: Date.parse(input.now),
    legs: input.legs.map((leg) => ({ ...leg, missingSince: leg.missingSince === null ? null : Date.parse(leg.missingSince) })),
    group: input.group ? groupOf(input.group) : null,
  };
}

function groupOf(group: GroupInput): GroupFacts {
  return { ...dated(group), doubts: group.doubts.map(dated), people: group.people.map(dated) };
}

function dated<T extends { since: string }>(entry: T): Omit<T, 'since'> & { since: number } {
  return { ...entry, since: Date.parse(entry.since) };
}

/** Times are numbers here and RFC 3339 in the file that Go reads too. */
function withTimes(view: ShieldView): unknown {
  const time = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z');
  return {
    ...view,
    exceptions: view.exceptions.map((e) => ({ ...e, since: time(e.since) })),
    rows: view.rows.map((r) => ({ ...r, since: time(r.since) })),
  };
}

describe('shieldOf', () => {
  it.each(file.cases.map((c) => [c.name, c] as const))('%s', (_, c) => {
    expect(withTimes(shieldOf(inputOf(c)))).toEqual(c.want);
  });

  it('shows only sentences of the list', () => {
    const shown = new Set(file.cases.map((c) => shieldOf(inputOf(c)).sentence.id));
    expect([...shown].sort()).toEqual(file.sentences);
  });
});

describe('shieldOfConnection', () => {
  it.each([
    ['strong', { version: 'TLS 1.3', suite: 'TLS_AES_128_GCM_SHA256' }, 'check', 'shield-connection'],
    ['weaker', { version: 'TLS 1.2', suite: 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA' }, 'exclamation', 'shield-exclamation'],
    ['none', null, 'doubt', 'shield-doubt-offline'],
  ] as const)('%s', (_, signalling, state, words) => {
    const view = shieldOfConnection(signalling);
    expect(view.state).toBe(state);
    expect(view.sentence.id).toBe(words);
    expect(view.rows).toEqual([]);
  });
});
