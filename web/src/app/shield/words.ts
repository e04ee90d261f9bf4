import { t } from '../../i18n/text';
import type { Grade, Sentence, ShieldFact, ShieldException, ShieldRow, ShieldState } from '../../room/model';

/** The one or two words beside the icon. */
export function stateWord(state: ShieldState): string {
  return t(stateWords[state]);
}

const stateWords: Record<ShieldState, string> = {
  check: 'shield-word-check',
  exclamation: 'shield-word-exclamation',
  changing: 'shield-word-changing',
  lock: 'shield-word-lock',
  doubt: 'shield-word-doubt',
};

/** The panel's first sentence. */
export function sentenceText({ id, args }: Sentence): string {
  const waits = args['more'] ? 'more' : 'named';
  return t(id, { ...args, named: args['name'] ? 'yes' : 'no', waits: args['names'] ? waits : 'nobody' });
}

/** How good a connection is, in words, or what is not clear about a person. */
export function gradeText(grade: Grade | ShieldException['grade']): string {
  return t(gradeWords[grade]);
}

const gradeWords: Record<Grade | ShieldException['grade'], string> = {
  strong: 'grade-strong',
  weaker: 'grade-weaker',
  unknown: 'grade-unknown',
  pending: 'grade-pending',
  unverified: 'grade-unverified',
  newKey: 'grade-new-key',
  confusable: 'grade-confusable',
  outside: 'grade-outside',
};

/**
 * A participant's grade as the table says it, and the tone of its colour. While
 * the shield cannot confirm the picture nothing is said in the present, and no
 * grade keeps its colour: the last report is all there is.
 */
export function gradeCell(grade: Grade, confirmed: boolean): { text: string; tone: Grade | 'unconfirmed' } {
  if (confirmed) return { text: gradeText(grade), tone: grade };
  const said = grade === 'pending' ? gradeText(grade) : t('grade-last', { grade: gradeText(grade) });
  return { text: said, tone: 'unconfirmed' };
}

/** Who vouches for a row of the table. */
export function sourceText(source: ShieldRow['source'], confirmed: boolean): string {
  if (!confirmed) return t('source-unconfirmed');
  return t(source === 'self' ? 'source-self' : 'source-server');
}

/** Which of a person's connections is the weak one. */
export function partText(part: ShieldException['part']): string {
  return t(partWords[part]);
}

const partWords: Record<ShieldException['part'], string> = {
  signalling: 'part-signalling',
  dtls: 'part-dtls',
  srtp: 'part-srtp',
  identity: 'part-identity',
  group: 'part-group',
};

/** What a line of the details is about. */
export function factText(fact: ShieldFact['fact']): string {
  return t(factWords[fact]);
}

const factWords: Record<ShieldFact['fact'], string> = {
  'signalling.version': 'fact-signalling-version',
  'signalling.suite': 'fact-signalling-suite',
  'media.dtls': 'fact-media-dtls',
  'media.suite': 'fact-media-suite',
  'media.srtp': 'fact-media-srtp',
  transforms: 'fact-transforms',
};

/** A fact's value as people read it: the names of standards stay as they are. */
export function valueText(fact: ShieldFact['fact'], value: string | null): string {
  if (value === null) return '';
  if (fact !== 'transforms') return value;
  return t(transformWords[value] ?? 'transforms-starting');
}

const transformWords: Record<string, string> = {
  ok: 'transforms-ok',
  starting: 'transforms-starting',
  dead: 'transforms-dead',
};

/** How a person takes part. */
export function kindText(kind: ShieldRow['kind']): string {
  return t(kindWords[kind]);
}

const kindWords: Record<ShieldRow['kind'], string> = { web: 'kind-web', sdk: 'kind-sdk', '': 'kind-leaf' };

const gradeOrder: Record<Grade, number> = { unknown: 0, weaker: 1, pending: 2, strong: 3 };

/** The rows by name, or the worst connections first. */
export function sortRows(rows: readonly ShieldRow[], by: 'name' | 'grade'): ShieldRow[] {
  const names = (a: ShieldRow, b: ShieldRow) => a.name.localeCompare(b.name);
  const grades = (a: ShieldRow, b: ShieldRow) => gradeOrder[a.grade] - gradeOrder[b.grade] || names(a, b);
  return [...rows].sort(by === 'name' ? names : grades);
}
