import { SRTPAES128CM, SRTPAES128GCM, SRTPAES256GCM } from '../api/wire';
import type { Grade, ShieldException } from '../room/model';
import type { ShieldLeg } from './shield';

/** Versions that know authenticated encryption (RFC 5246, RFC 8446, RFC 6347, RFC 9147). */
const STRONG_VERSIONS = new Set(['TLS 1.2', 'TLS 1.3', 'DTLS 1.2', 'DTLS 1.3']);

/** Known and out of use (RFC 8996). */
const OLD_VERSIONS = new Set(['TLS 1.0', 'TLS 1.1', 'DTLS 1.0']);

/** AEAD suites with forward secrecy (RFC 8446, B.4; RFC 5289; RFC 7905). */
const STRONG_SUITES = new Set([
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
]);

/** AEAD protection profiles (RFC 7714, 14.2). */
const STRONG_SRTP = new Set([SRTPAES128GCM, SRTPAES256GCM]);

/** The profiles of RFC 5764, 4.1.2 that encrypt. */
const WEAKER_SRTP = new Set([SRTPAES128CM, 'SRTP_AES128_CM_HMAC_SHA1_32']);

/** What is weaker about a leg, in the order of its parts. Media that is not up yet is no exception. */
export function exceptionsOf({ participant, name, leg }: ShieldLeg): ShieldException[] {
  const found: ShieldException[] = [];
  const add = (part: ShieldException['part'], grade: Grade, suite: string) => {
    if (grade !== 'weaker' && grade !== 'unknown') return;
    found.push({ participant, name, kind: leg.kind, grade, part, suite, since: Date.parse(leg.since) });
  };
  add('signalling', ...gradeTLS(leg.signalling.version, leg.signalling.suite));
  if (leg.media) {
    add('dtls', ...gradeTLS(leg.media.dtls, leg.media.suite));
    add('srtp', gradeSRTP(leg.media.srtp), leg.media.srtp);
  }
  return found;
}

/** The grade of a version and a suite, and the name of the worse one. */
function gradeTLS(version: string, suite: string): [Grade, string] {
  if (OLD_VERSIONS.has(version)) return ['weaker', version];
  if (!STRONG_VERSIONS.has(version)) return ['unknown', version];
  if (STRONG_SUITES.has(suite)) return ['strong', suite];
  const known = (suite.startsWith('TLS_') && suite.includes('_CBC_')) || suite.startsWith('TLS_RSA_WITH_AES_');
  return [known ? 'weaker' : 'unknown', suite];
}

function gradeSRTP(profile: string): Grade {
  if (STRONG_SRTP.has(profile)) return 'strong';
  return WEAKER_SRTP.has(profile) ? 'weaker' : 'unknown';
}
