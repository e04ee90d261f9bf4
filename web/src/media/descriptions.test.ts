import { describe, expect, it } from 'vitest';
import { constantOffer, faultsOf } from './descriptions';

const opus = (fmtp: string) => `m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 ${fmtp}\r\n`;
const good = opus('minptime=10;useinbandfec=1;cbr=1;usedtx=0;stereo=0');
const description = (...sections: string[]) => `v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n${sections.join('')}`;
const video = 'm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n';
const levels = 'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n';

describe('faultsOf', () => {
  it.each([
    ['a good description', description(good, video, good), []],
    ['one that leaves silence suppression out', description(opus('cbr=1')), []],
    ['variable bit rate', description(opus('minptime=10;useinbandfec=1')), ['Opus without constant bit rate']],
    ['no parameters at all', description('m=audio 9 X 111\r\na=rtpmap:111 opus/48000/2\r\n'), ['Opus without constant bit rate']],
    ['silence suppression', description(opus('cbr=1;usedtx=1')), ['Opus with silence suppression']],
    ['silence suppression by another spelling', description(opus('cbr=1; USEDTX=1')), ['Opus with silence suppression']],
    ['a bit rate mode that only begins like it', description(opus('cbr=10')), ['Opus without constant bit rate']],
    ['a bit rate mode said twice', description(`${opus('cbr=1')}a=fmtp:111 cbr=0\r\n`), ['Opus without constant bit rate']],
    ['one bad line among good ones', description(good, opus('usedtx=1')), ['Opus without constant bit rate', 'Opus with silence suppression']],
    ['a second Opus that is not', description(`${good}a=rtpmap:63 opus/48000/2\r\na=fmtp:63 cbr=0\r\n`), ['Opus without constant bit rate']],
    ['another codec for sound', description('m=audio 9 X 9\r\na=rtpmap:9 G722/8000\r\n'), ['sound without Opus']],
    ['comfort noise', description(`${good}a=rtpmap:13 CN/8000\r\n`), ['sound by another codec beside Opus']],
    ['RED', description(`${good}a=rtpmap:63 red/48000/2\r\n`), ['redundancy outside the transform', 'sound by another codec beside Opus']],
    ['ULPFEC', description(`${video}a=rtpmap:98 ulpfec/90000\r\n`), ['redundancy outside the transform']],
    ['FlexFEC', description(`${video}a=rtpmap:98 flexfec-03/90000\r\n`), ['redundancy outside the transform']],
    ['retransmission, which carries sealed frames', description(`${video}a=rtpmap:97 rtx/90000\r\n`), []],
    ['sound levels', description(good + levels), ['sound levels in the clear']],
    ['sound levels with a direction', description(good + levels.replace(':1 ', ':1/sendonly ')), ['sound levels in the clear']],
    ['sound levels of a mixer', description(good + levels.replace('ssrc', 'csrc')), ['sound levels in the clear']],
    ['a refused line, which carries nothing', description(good, 'm=audio 0 UDP/TLS/RTP/SAVPF 0\r\n'), []],
    ['bare line ends', description(good, video).replaceAll('\r', ''), []],
  ])('%s', (_, sdp, want) => expect(faultsOf(sdp)).toEqual(want));

  it('says the same when asked again', () => {
    const sdp = description(good + levels);
    expect([faultsOf(sdp), faultsOf(sdp)]).toEqual([['sound levels in the clear'], ['sound levels in the clear']]);
  });
});

describe('constantOffer', () => {
  it.each([
    ['what a browser offers', opus('minptime=10;useinbandfec=1'), opus('minptime=10;useinbandfec=1;cbr=1;usedtx=0')],
    ['the opposite', opus('usedtx=1;cbr=0;stereo=1'), opus('stereo=1;cbr=1;usedtx=0')],
    ['Opus without parameters', 'm=audio 9 X 111\r\na=rtpmap:111 opus/48000/2\r\n', 'm=audio 9 X 111\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 cbr=1;usedtx=0\r\n'],
    ['sound levels', good + levels, opus('minptime=10;useinbandfec=1;stereo=0;cbr=1;usedtx=0')],
    ['video', video, video],
  ])('%s', (_, section, want) => expect(constantOffer(description(section))).toBe(description(want)));

  it('changes each line by itself and leaves a good offer', () => {
    const offer = constantOffer(description(opus('useinbandfec=1') + levels, video, opus('minptime=10')));
    expect(faultsOf(offer)).toEqual([]);
    expect(offer).toContain('a=fmtp:111 useinbandfec=1;cbr=1;usedtx=0\r\n');
    expect(offer).toContain('a=fmtp:111 minptime=10;cbr=1;usedtx=0\r\n');
  });

  it('does not hide what a browser should not offer', () => {
    expect(faultsOf(constantOffer(description(`${video}a=rtpmap:98 ulpfec/90000\r\n`)))).toEqual(['redundancy outside the transform']);
  });
});
