/** The languages that the client speaks; English is complete and the fallback. */
export const locales = ['en'] as const;
export type Locale = (typeof locales)[number];

const rightToLeft = new Set(['ar', 'fa', 'he', 'ur', 'yi']);

/** The first of the wanted languages that is spoken here, by its main subtag. */
export function pickLocale(wanted: readonly string[], spoken: readonly Locale[] = locales): Locale {
  for (const tag of wanted) {
    const main = tag.toLowerCase().split('-')[0];
    const found = spoken.find((locale) => locale === main);
    if (found) return found;
  }
  return 'en';
}

/** The direction in which a language is written. */
export function direction(locale: string): 'ltr' | 'rtl' {
  return rightToLeft.has(locale.split('-')[0] ?? '') ? 'rtl' : 'ltr';
}
