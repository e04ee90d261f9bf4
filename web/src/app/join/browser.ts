/** The browsers whose settings differ in where a permission is given back. */
export type BrowserFamily = 'chromium' | 'firefox' | 'safari' | 'other';

/** Which family a user agent string belongs to; only for choosing words of help. */
export function browserFamily(userAgent: string): BrowserFamily {
  if (/Firefox\/|FxiOS\//.test(userAgent)) return 'firefox';
  if (/Chrome\/|Chromium\/|CriOS\/|Edg/.test(userAgent)) return 'chromium';
  if (/Safari\//.test(userAgent)) return 'safari';
  return 'other';
}

/** The id of the sentence that says where to allow the camera and microphone again. */
export const permissionHelp: Record<BrowserFamily, string> = {
  chromium: 'permission-help-chromium',
  firefox: 'permission-help-firefox',
  safari: 'permission-help-safari',
  other: 'permission-help-other',
};
