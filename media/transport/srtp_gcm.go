package transport

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
)

// The overhead of a sealed packet (RFC 7714 sections 8.2 and 9.2).
const (
	tagLen       = 16
	srtcpTrailer = 4 // E flag and index
	maxOverhead  = tagLen + srtcpTrailer
)

// gcm seals or opens one direction of RTP or RTCP with AES-GCM (RFC 7714). It
// belongs to one goroutine: nonce and aad are its scratch, kept here because
// they would escape from the stack.
type gcm struct {
	aead  cipher.AEAD
	salt  [12]byte
	nonce [12]byte
	aad   [12]byte
}

// newGCM derives the session key and salt with the given labels (RFC 3711
// section 4.3, RFC 7714 section 11).
func newGCM(master, salt []byte, keyLabel, saltLabel byte) (*gcm, error) {
	key, err := derive(master, salt, keyLabel, len(master))
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	g := &gcm{aead: aead}
	s, err := derive(master, salt, saltLabel, len(g.salt))
	copy(g.salt[:], s)
	return g, err
}

// The key derivation labels of RFC 3711 section 4.3.2.
const (
	labelRTPKey   = 0
	labelRTPSalt  = 2
	labelRTCPKey  = 3
	labelRTCPSalt = 5
)

// derive is the AES-CM pseudo-random function of RFC 3711 section 4.3.3 with a
// key derivation rate of 0.
func derive(master, salt []byte, label byte, n int) ([]byte, error) {
	block, err := aes.NewCipher(master)
	if err != nil {
		return nil, err
	}
	var iv [aes.BlockSize]byte
	copy(iv[:14], salt)
	iv[7] ^= label
	out := make([]byte, n)
	cipher.NewCTR(block, iv[:]).XORKeyStream(out, out)
	return out, nil
}

// rtpNonce forms the nonce of RFC 7714 section 8.1.
func (g *gcm) rtpNonce(ssrc uint32, index uint64) []byte {
	binary.BigEndian.PutUint16(g.nonce[0:], binary.BigEndian.Uint16(g.salt[0:]))
	binary.BigEndian.PutUint32(g.nonce[2:], binary.BigEndian.Uint32(g.salt[2:])^ssrc)
	binary.BigEndian.PutUint32(g.nonce[6:], binary.BigEndian.Uint32(g.salt[6:])^uint32(index>>16))
	binary.BigEndian.PutUint16(g.nonce[10:], binary.BigEndian.Uint16(g.salt[10:])^uint16(index))
	return g.nonce[:]
}

// rtcpNonce forms the nonce of RFC 7714 section 9.1.
func (g *gcm) rtcpNonce(ssrc, index uint32) []byte {
	copy(g.nonce[:], g.salt[:])
	binary.BigEndian.PutUint32(g.nonce[2:], binary.BigEndian.Uint32(g.salt[2:])^ssrc)
	binary.BigEndian.PutUint32(g.nonce[8:], binary.BigEndian.Uint32(g.salt[8:])^index)
	return g.nonce[:]
}

// sealRTP writes header and the sealed payload to dst, which has room for
// maxOverhead more, and returns the length written.
func (g *gcm) sealRTP(dst, header, payload []byte, ssrc uint32, index uint64) int {
	n := copy(dst, header)
	sealed := g.aead.Seal(dst[n:n], g.rtpNonce(ssrc, index), payload, dst[:n])
	return n + len(sealed)
}

// openRTP decrypts b in place; n is the length of its header.
func (g *gcm) openRTP(b []byte, n int, ssrc uint32, index uint64) ([]byte, error) {
	plain, err := g.aead.Open(b[n:n], g.rtpNonce(ssrc, index), b[n:], b[:n])
	if err != nil {
		return nil, ErrAuth
	}
	return b[:n+len(plain)], nil
}

const (
	rtcpHeader = 8
	srtcpE     = 1 << 31
)

// sealRTCP writes the sealed compound packet to dst and returns its length
// (RFC 7714 section 9.2: header and E||index are the associated data).
func (g *gcm) sealRTCP(dst, compound []byte, ssrc, index uint32) int {
	copy(dst, compound[:rtcpHeader])
	g.rtcpAAD(compound, index)
	sealed := g.aead.Seal(dst[rtcpHeader:rtcpHeader], g.rtcpNonce(ssrc, index), compound[rtcpHeader:], g.aad[:])
	n := rtcpHeader + len(sealed)
	binary.BigEndian.PutUint32(dst[n:], srtcpE|index)
	return n + srtcpTrailer
}

// openRTCP decrypts b, whose trailer carries index, in place.
func (g *gcm) openRTCP(b []byte, ssrc, index uint32) ([]byte, error) {
	g.rtcpAAD(b, index)
	body := b[rtcpHeader : len(b)-srtcpTrailer]
	plain, err := g.aead.Open(body[:0], g.rtcpNonce(ssrc, index), body, g.aad[:])
	if err != nil {
		return nil, ErrAuth
	}
	return b[:rtcpHeader+len(plain)], nil
}

func (g *gcm) rtcpAAD(b []byte, index uint32) {
	copy(g.aad[:rtcpHeader], b)
	binary.BigEndian.PutUint32(g.aad[rtcpHeader:], srtcpE|index)
}
