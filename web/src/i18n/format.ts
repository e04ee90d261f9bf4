import { currentLocale } from './text';

/** "14:05" or "2:05 PM", as the language has it. */
export function clock(at: number, locale: string = currentLocale()): string {
  return new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' }).format(at);
}

/** "12 Mar 2026, 14:05" in the manner of the language. */
export function dateTime(at: number, locale: string = currentLocale()): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(at);
}

/** How large: "5 bytes", "1.5 MB", as the language has it. Steps are of 1024, as most systems show files. */
export function fileSize(bytes: number, locale: string = currentLocale()): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  const digits = step === 0 || bytes / 1024 ** step >= 100 ? 0 : 1;
  return new Intl.NumberFormat(locale, { style: 'unit', unit: units[step] ?? 'byte', unitDisplay: step === 0 ? 'long' : 'short', maximumFractionDigits: digits }).format(bytes / 1024 ** step);
}

/** How long: "4:05", "1:04:05". Negative spans count as none. */
export function duration(ms: number): string {
  const all = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** A meeting number as people read it aloud, "123 456 7890", on one line. */
export function groupDigits(number: string): string {
  return /^\d{10}$/.test(number) ? `${number.slice(0, 3)}\u00a0${number.slice(3, 6)}\u00a0${number.slice(6)}` : number;
}
