import type { Leg, Media } from '../src/api/wire';
import type { ParticipantView, ShieldView } from '../src/room/model';
import type { GroupFacts } from '../src/shield/group';
import { NOTHING_SEEN, shieldOf, type ShieldLeg } from '../src/shield/shield';

const media: Media = {
  dtls: 'DTLS 1.2',
  suite: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  srtp: 'SRTP_AEAD_AES_256_GCM',
  candidate: 'host',
  protocol: 'udp',
};

const signalling = { version: 'TLS 1.3', suite: 'TLS_AES_128_GCM_SHA256' };

/** The real shield over invented facts. `weak` is the index of somebody with an older cipher. */
export function fakeShield(participants: ParticipantView[], options: { weak?: number; connected?: boolean; group?: GroupFacts } = {}): ShieldView {
  const legs = participants.map((p, i): ShieldLeg => ({
    participant: p.id,
    name: p.name,
    disconnected: false,
    missingSince: null,
    leg: leg(i === options.weak, p.joinedAt),
  }));
  return shieldOf({
    now: Date.now(),
    self: 'p0',
    connected: options.connected ?? true,
    own: { ...NOTHING_SEEN, transforms: 'ok', dtls: media.dtls, suite: media.suite, srtp: media.srtp },
    legs,
    group: options.group ?? null,
  });
}

function leg(weak: boolean, since: number): Leg {
  return {
    kind: weak ? 'sdk' : 'web',
    client: weak ? 'roundelctl 0.1.0' : 'roundel-web 0.1.0',
    since: new Date(since).toISOString(),
    signalling,
    media: weak ? { ...media, srtp: 'SRTP_AES128_CM_HMAC_SHA1_80' } : media,
  };
}
