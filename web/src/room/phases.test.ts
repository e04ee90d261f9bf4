import { describe, expect, it } from 'vitest';
import { RoundelError } from './model';
import { closed, missingAbilities, refused } from './phases';

describe('phases', () => {
  it.each([
    ['passcode_required', { name: 'passcode', wrong: false }],
    ['passcode_wrong', { name: 'passcode', wrong: true }],
    ['locked', { name: 'closed', code: 'locked', message: 'm', canRejoin: true }],
    ['banned', { name: 'closed', code: 'banned', message: 'm', canRejoin: false }],
    ['not_found', { name: 'closed', code: 'not_found', message: 'm', canRejoin: false }],
    ['e2ee_required', { name: 'closed', code: 'e2ee_required', message: 'm', canRejoin: true }],
    ['offline', null],
    ['rate_limited', null],
    ['invalid', null],
  ])('after a refusal with %s', (code, want) => expect(refused(new RoundelError(code, 'm'))).toEqual(want));

  it.each([
    ['left', true],
    ['removed', true],
    ['replaced', true],
    ['offline', true],
    ['ended', false],
    ['banned', false],
  ])('rejoining after %s: %s', (code, want) => expect(closed(code, '')).toMatchObject({ canRejoin: want }));
});

describe('missingAbilities', () => {
  it('names what a browser lacks', () => {
    const there = () => {};
    expect(missingAbilities({ WebSocket: there, Worker: there, RTCPeerConnection: there })).toEqual(['RTCRtpScriptTransform']);
    expect(missingAbilities({ WebSocket: there, Worker: there, RTCPeerConnection: there, RTCRtpScriptTransform: there })).toEqual([]);
  });
});
