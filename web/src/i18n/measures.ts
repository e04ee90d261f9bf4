import { currentLocale } from './text';

/** A share as "12%", "1.5%" below ten; digits bounds what stands behind the point. Some is never shown as none. */
export function percent(share: number, digits?: number, locale: string = currentLocale()): string {
  const most = digits ?? (share < 0.1 ? 1 : 0);
  const least = 10 ** -(2 + most);
  const shown = share > 0 && share < least ? least : share;
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: most }).format(shown);
}

/** "42 ms", as the language has it. */
export function milliseconds(ms: number, locale: string = currentLocale()): string {
  return new Intl.NumberFormat(locale, { style: 'unit', unit: 'millisecond', maximumFractionDigits: 0 }).format(ms);
}

/** How much passes: "480 kb/s", "1.5 Mb/s", as the language has it. */
export function bitRate(bits: number, locale: string = currentLocale()): string {
  const mega = bits >= 1e6;
  const unit = mega ? 'megabit-per-second' : 'kilobit-per-second';
  return new Intl.NumberFormat(locale, { style: 'unit', unit, maximumFractionDigits: mega ? 1 : 0 }).format(bits / (mega ? 1e6 : 1e3));
}

/** "a, b and c", as the language has it. */
export function conjunction(parts: readonly string[], locale: string = currentLocale()): string {
  return new Intl.ListFormat(locale, { type: 'conjunction' }).format(parts);
}
