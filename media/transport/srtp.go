package transport

import (
	"encoding/binary"

	"github.com/pion/srtp/v3"
	"github.com/roundel-meet/roundel/core/meeting"
)

// maxStreams bounds the SSRCs per direction of one connection. Receiving ones
// are made only for authenticated packets, so only the peer itself can reach it.
const maxStreams = 512

// stream is the state of one SSRC in one direction.
type stream struct {
	ssrc uint32
	window
}

// streams finds the stream of an SSRC. Packets come in runs of the same SSRC, so
// the last one found is tried first.
type streams struct {
	last *stream
	all  map[uint32]*stream
}

// get returns the stream of ssrc, or nil.
func (s *streams) get(ssrc uint32) *stream {
	if s.last != nil && s.last.ssrc == ssrc {
		return s.last
	}
	st := s.all[ssrc]
	if st != nil {
		s.last = st
	}
	return st
}

// add makes the stream of ssrc, or returns nil at maxStreams.
func (s *streams) add(ssrc uint32) *stream {
	if len(s.all) >= maxStreams {
		return nil
	}
	if s.all == nil {
		s.all = make(map[uint32]*stream)
	}
	st := &stream{ssrc: ssrc}
	s.all[ssrc], s.last = st, st
	return st
}

// session is the SRTP and SRTCP state of one connection. Everything in it
// belongs to the shard's goroutine once the session is published.
type session struct {
	profile string // IANA name

	rtpIn, rtpOut streams
	rtcpIn        streams
	rtcpIndex     uint32 // last sent; one counter serves all SSRCs
	openRTP       *gcm   // the four are nil with AES-CM
	sealRTP       *gcm
	openRTCP      *gcm
	sealRTCP      *gcm
	cmIn, cmOut   *srtp.Context // nil with AES-GCM
}

// newSession makes the session of the keys in c, seen from the server.
func newSession(c *srtp.Config) (*session, error) {
	s := &session{}
	switch c.Profile {
	case srtp.ProtectionProfileAeadAes256Gcm:
		s.profile = meeting.SRTPAES256GCM
	case srtp.ProtectionProfileAeadAes128Gcm:
		s.profile = meeting.SRTPAES128GCM
	case srtp.ProtectionProfileAes128CmHmacSha1_80:
		s.profile = meeting.SRTPAES128CM
		return s, s.initCM(c)
	default:
		return nil, ErrProfile
	}
	return s, s.initGCM(&c.Keys)
}

func (s *session) initGCM(k *srtp.SessionKeys) (err error) {
	for _, d := range []struct {
		dst         **gcm
		key, salt   []byte
		keyL, saltL byte
	}{
		{&s.openRTP, k.RemoteMasterKey, k.RemoteMasterSalt, labelRTPKey, labelRTPSalt},
		{&s.openRTCP, k.RemoteMasterKey, k.RemoteMasterSalt, labelRTCPKey, labelRTCPSalt},
		{&s.sealRTP, k.LocalMasterKey, k.LocalMasterSalt, labelRTPKey, labelRTPSalt},
		{&s.sealRTCP, k.LocalMasterKey, k.LocalMasterSalt, labelRTCPKey, labelRTCPSalt},
	} {
		if *d.dst, err = newGCM(d.key, d.salt, d.keyL, d.saltL); err != nil {
			return err
		}
	}
	return nil
}

// open decrypts an RTP packet in place (RFC 3711 section 3.3).
func (s *session) open(b []byte) ([]byte, error) {
	n := rtpHeaderLen(b)
	if n == 0 || len(b) < n+tagLen && s.cmIn == nil {
		return nil, ErrMalformed
	}
	if s.cmIn != nil {
		return s.openCM(b)
	}
	ssrc, seq := binary.BigEndian.Uint32(b[8:]), binary.BigEndian.Uint16(b[2:])
	st := s.rtpIn.get(ssrc)
	index, ok := uint64(seq), true
	if st != nil {
		if index, ok = st.estimate(seq); !ok || !st.fresh(index) {
			return nil, ErrReplayed
		}
	}
	plain, err := s.openRTP.openRTP(b, n, ssrc, index)
	if err != nil {
		return nil, err
	}
	if st == nil {
		if st = s.rtpIn.add(ssrc); st == nil {
			return nil, ErrStreams
		}
	}
	st.mark(index)
	return plain, nil
}

// openControl decrypts an RTCP compound packet in place (RFC 3711 section 3.4).
func (s *session) openControl(b []byte) ([]byte, error) {
	if s.cmIn != nil {
		return s.openControlCM(b)
	}
	if len(b) < rtcpHeader+tagLen+srtcpTrailer || b[0]>>6 != 2 {
		return nil, ErrMalformed
	}
	trailer := binary.BigEndian.Uint32(b[len(b)-srtcpTrailer:])
	if trailer&srtcpE == 0 { // unencrypted SRTCP is not what we negotiated
		return nil, ErrMalformed
	}
	ssrc, index := binary.BigEndian.Uint32(b[4:]), trailer&^srtcpE
	st := s.rtcpIn.get(ssrc)
	if st != nil && !st.fresh(uint64(index)) {
		return nil, ErrReplayed
	}
	plain, err := s.openRTCP.openRTCP(b, ssrc, index)
	if err != nil {
		return nil, err
	}
	if st == nil {
		if st = s.rtcpIn.add(ssrc); st == nil {
			return nil, ErrStreams
		}
	}
	st.mark(uint64(index))
	return plain, nil
}

// seal writes header and payload, sealed, to dst and returns its length. It
// refuses an index that was sealed before, because AES-GCM must never see the
// same nonce with two texts (RFC 7714 section 8.3); a retransmission goes out
// under its own SSRC (RFC 4588).
func (s *session) seal(dst, header, payload []byte) (int, error) {
	if len(header) < 12 || rtpHeaderLen(header) != len(header) {
		return 0, ErrMalformed
	}
	ssrc, seq := binary.BigEndian.Uint32(header[8:]), binary.BigEndian.Uint16(header[2:])
	st := s.rtpOut.get(ssrc)
	if st == nil {
		if st = s.rtpOut.add(ssrc); st == nil {
			return 0, ErrStreams
		}
	}
	index, ok := st.estimate(seq)
	if !ok || !st.fresh(index) {
		return 0, ErrReplayed
	}
	st.mark(index)
	if s.cmOut != nil {
		return s.sealCM(dst, header, payload)
	}
	return s.sealRTP.sealRTP(dst, header, payload, ssrc, index), nil
}

// sealControl writes the sealed compound packet to dst and returns its length.
func (s *session) sealControl(dst, compound []byte) (int, error) {
	if len(compound) < rtcpHeader || compound[0]>>6 != 2 {
		return 0, ErrMalformed
	}
	if s.cmOut != nil {
		return s.sealControlCM(dst, compound)
	}
	if s.rtcpIndex == srtcpE-1 { // RFC 3711 section 9.2: 2^31 packets and no more
		return 0, ErrReplayed
	}
	s.rtcpIndex++
	return s.sealRTCP.sealRTCP(dst, compound, binary.BigEndian.Uint32(compound[4:]), s.rtcpIndex), nil
}
