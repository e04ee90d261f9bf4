/**
 * What every description must hold in every meeting, encrypted end to end or
 * not, so that a switch changes nothing in the connection: Opus with constant
 * bit rate and without silence suppression, for the size of a packet would tell
 * what is said, and nothing that carries sound levels or payload past the
 * transform.
 */

const LEVELS = /^a=extmap:\S+ urn:ietf:params:rtp-hdrext:(?:ssrc|csrc)-audio-level\b.*\r?\n/gim;

/**
 * The offer as it goes to the server. Browsers offer sound levels and describe
 * Opus without these two parameters; what is not offered cannot be answered.
 */
export function constantOffer(sdp: string): string {
  const [session = '', ...sections] = sdp.replace(LEVELS, '').split(/(?=^m=)/m);
  return session + sections.map(constantOpus).join('');
}

/** What is wrong with a description, one line each; an empty list is a good one. */
export function faultsOf(sdp: string): string[] {
  const faults: string[] = [];
  for (const section of sdp.split(/\r?\nm=/).slice(1)) {
    const port = section.split(' ')[1];
    if (port === '0') continue;
    if (/^a=rtpmap:\d+ (red|ulpfec|flexfec)/im.test(section)) faults.push('redundancy outside the transform');
    if (section.search(LEVELS) >= 0) faults.push('sound levels in the clear');
    if (section.startsWith('audio')) faults.push(...faultsOfSound(section));
  }
  return [...new Set(faults)];
}

function faultsOfSound(section: string): string[] {
  const codecs = [...section.matchAll(/^a=rtpmap:(\d+) ([^/]+)\//gim)];
  const opus = codecs.filter(([, , name]) => name?.toLowerCase() === 'opus');
  const faults: string[] = [];
  if (opus.length === 0) faults.push('sound without Opus');
  else if (codecs.length > opus.length) faults.push('sound by another codec beside Opus');
  for (const [, payload = ''] of opus) {
    const parameters = parametersOf(section, payload);
    if (parameters.get('cbr') !== '1') faults.push('Opus without constant bit rate');
    if ((parameters.get('usedtx') ?? '0') !== '0') faults.push('Opus with silence suppression');
  }
  return faults;
}

/** The format parameters of a payload type (RFC 7587, 6.1); where one stands twice, the bad one counts. */
function parametersOf(section: string, payload: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const [, line = ''] of section.matchAll(new RegExp(`^a=fmtp:${payload} (.*)$`, 'gim'))) {
    for (const part of line.trim().split(';')) {
      const [name = '', value = ''] = part.trim().toLowerCase().split('=');
      const before = parameters.get(name);
      parameters.set(name, before === undefined || before === value ? value : 'contradiction');
    }
  }
  return parameters;
}

/** Writes cbr=1 and usedtx=0 into the format parameters of every Opus of an m-line. */
function constantOpus(section: string): string {
  let out = section;
  for (const [line, payload] of section.matchAll(/^a=rtpmap:(\d+) opus\/.*\r?\n/gim)) {
    const format = new RegExp(`^(a=fmtp:${payload} )(.*?)(\\r?)$`, 'im');
    if (!format.test(out)) out = out.replace(line, `${line}a=fmtp:${payload} cbr=1;usedtx=0\r\n`);
    else out = out.replace(format, (_, head: string, list: string, end: string) => `${head}${constantFormat(list)}${end}`);
  }
  return out;
}

function constantFormat(list: string): string {
  const others = list.split(';').filter((part) => part.trim() && !/^\s*(cbr|usedtx)\s*(=|$)/i.test(part));
  return [...others, 'cbr=1', 'usedtx=0'].join(';');
}
