import { FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle';
import english from './en.ftl?raw';
import type { Locale } from './locale';

export type Args = Record<string, string | number>;

const fallback = makeBundle('en', english);
let bundle = fallback;

/** Languages beyond English, each a file of its own that loads when it is chosen. */
const others = import.meta.glob<string>(['./*.ftl', '!./en.ftl'], { query: '?raw', import: 'default' });

/** Loads a language; what it lacks is said in English. To be awaited before the first screen. */
export async function useLocale(locale: Locale): Promise<void> {
  const load = others[`./${locale}.ftl`];
  bundle = load ? makeBundle(locale, await load()) : fallback;
}

/** The locale that dates and numbers are written in. */
export function currentLocale(): string {
  return bundle.locales[0] ?? 'en';
}

/** Whether there is a message of this id. */
export function hasText(id: string): boolean {
  return bundle.hasMessage(id) || fallback.hasMessage(id);
}

/** The message of an id with its arguments filled in; the id itself when there is none. */
export function t(id: string, args: Args = {}): string {
  const from = bundle.hasMessage(id) ? bundle : fallback;
  const pattern = from.getMessage(id)?.value;
  if (!pattern) return id;
  const shown: Record<string, FluentVariable> = {};
  for (const [name, value] of Object.entries(args)) {
    shown[name] = typeof value === 'string' ? isolate(value) : value;
  }
  const errors: Error[] = [];
  return from.formatPattern(pattern, shown, errors);
}

const rtlLetters = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u;

/** Keeps a right-to-left name from reordering the sentence around it (UAX #9, FSI and PDI). */
function isolate(value: string): string {
  return rtlLetters.test(value) ? `\u2068${value}\u2069` : value;
}

function makeBundle(locale: string, source: string): FluentBundle {
  const made = new FluentBundle(locale, { useIsolating: false });
  made.addResource(new FluentResource(source));
  return made;
}
