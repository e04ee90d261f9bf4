package transport

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/srtp/v3"
	"github.com/roundel-meet/roundel/core/meeting"
)

func mustHex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// TestVectors has the test vectors of RFC 7714 sections 16 and 17.
func TestVectors(t *testing.T) {
	const (
		plainRTP = `8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976
			69736120 696e2070 61727465 73207472 6573`
		plainRTCP = `81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
			deadbeef deadbeef deadbeef deadbeef deadbeef`
	)
	for _, tt := range []struct{ name, key, rtp, rtcp string }{
		{
			"AES128", "000102030405060708090a0b0c0d0e0f",
			`8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5
			0d294e6f 42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce`,
			`81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d
			c676a5f1 730d6fda 4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4`,
		},
		{
			"AES256", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
			`8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238
			9a58e2f3 b50b2a02 76ffae0f 1ba63799 b87b7aa3 db36dfff d6b0f9bb 7878d7a7 6c13`,
			`81c8000d 4d617273 d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50
			a2eaa5c1 110555be 8415f658 c61de047 6f1b6fad 1d1eb30c 4446839f 57ff6f6c b26ac3be 800005d4`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			block, err := aes.NewCipher(mustHex(t, tt.key))
			if err != nil {
				t.Fatal(err)
			}
			aead, err := cipher.NewGCM(block)
			if err != nil {
				t.Fatal(err)
			}
			g := &gcm{aead: aead}
			copy(g.salt[:], mustHex(t, "517569642070726f2071756f"))
			plain, want, buf := mustHex(t, plainRTP), mustHex(t, tt.rtp), make([]byte, 200)
			n := g.sealRTP(buf, plain[:12], plain[12:], 0x5501a0b2, 0xf17b)
			if diff := cmp.Diff(want, buf[:n]); diff != "" {
				t.Errorf("RTP (-want +got):\n%s", diff)
			}
			if got, err := g.openRTP(want, 12, 0x5501a0b2, 0xf17b); err != nil || !bytes.Equal(got, plain) {
				t.Errorf("opened %x, %v", got, err)
			}
			plain, want = mustHex(t, plainRTCP), mustHex(t, tt.rtcp)
			n = g.sealRTCP(buf, plain, 0x4d617273, 0x5d4)
			if diff := cmp.Diff(want, buf[:n]); diff != "" {
				t.Errorf("RTCP (-want +got):\n%s", diff)
			}
			if got, err := g.openRTCP(want, 0x4d617273, 0x5d4); err != nil || !bytes.Equal(got, plain) {
				t.Errorf("opened %x, %v", got, err)
			}
		})
	}
}

// pair is a session of ours and pion's contexts of the other side.
type pair struct {
	*session
	peerIn, peerOut *srtp.Context
}

func mustPair(tb testing.TB, profile srtp.ProtectionProfile) pair {
	tb.Helper()
	keyLen, _ := profile.KeyLen()
	saltLen, _ := profile.SaltLen()
	random := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rand.Uint32())
		}
		return b
	}
	c := &srtp.Config{Profile: profile, Keys: srtp.SessionKeys{
		LocalMasterKey: random(keyLen), LocalMasterSalt: random(saltLen),
		RemoteMasterKey: random(keyLen), RemoteMasterSalt: random(saltLen),
	}}
	s, err := newSession(c)
	if err != nil {
		tb.Fatal(err)
	}
	in, err := srtp.CreateContext(c.Keys.LocalMasterKey, c.Keys.LocalMasterSalt, profile)
	if err != nil {
		tb.Fatal(err)
	}
	out, err := srtp.CreateContext(c.Keys.RemoteMasterKey, c.Keys.RemoteMasterSalt, profile)
	if err != nil {
		tb.Fatal(err)
	}
	return pair{s, in, out}
}

var profiles = map[string]srtp.ProtectionProfile{
	meeting.SRTPAES256GCM: srtp.ProtectionProfileAeadAes256Gcm,
	meeting.SRTPAES128GCM: srtp.ProtectionProfileAeadAes128Gcm,
	meeting.SRTPAES128CM:  srtp.ProtectionProfileAes128CmHmacSha1_80,
}

// rtpPacket has a header of 12 bytes, 24 with a one-byte extension.
func rtpPacket(ssrc uint32, seq uint16, size int, extension bool) (b []byte, header int) {
	b = make([]byte, max(size, 24))
	b[0], b[1], header = 0x80, 96, 12
	binary.BigEndian.PutUint16(b[2:], seq)
	binary.BigEndian.PutUint32(b[8:], ssrc)
	if extension {
		b[0] |= 0x10
		copy(b[12:], []byte{0xbe, 0xde, 0, 2, 0x12, 1, 2, 3, 0, 0, 0, 0})
		header = 24
	}
	return b, header
}

// TestOracle compares both directions with pion/srtp over three roll-overs, with
// several SSRCs and reordering.
func TestOracle(t *testing.T) {
	for name, profile := range profiles {
		t.Run(name, func(t *testing.T) {
			p := mustPair(t, profile)
			if p.profile != name {
				t.Errorf("profile %q, want %q", p.profile, name)
			}
			buf := make([]byte, 2048)
			for i := range 5000 {
				// Steps of 30 pass 65,535 three times; every third pair is swapped.
				at := i ^ (i%3)/2
				packet, header := rtpPacket(1+uint32(i%2), uint16(60000+30*at), 24+i%1100, i%5 == 0)
				n, err := p.seal(buf, packet[:header], packet[header:])
				if err != nil {
					t.Fatalf("packet %d: %v", i, err)
				}
				got, err := p.peerIn.DecryptRTP(nil, buf[:n], nil)
				if err != nil || !bytes.Equal(got, packet) {
					t.Fatalf("packet %d: pion opened %x, %v; want %x", i, got, err, packet)
				}
				sealed, err := p.peerOut.EncryptRTP(nil, packet, nil)
				if err != nil {
					t.Fatal(err)
				}
				if got, err = p.open(sealed); err != nil || !bytes.Equal(got, packet) {
					t.Fatalf("packet %d: opened %x, %v; want %x", i, got, err, packet)
				}
			}
			if name != meeting.SRTPAES128CM {
				if roc := p.rtpIn.get(1).top >> 16; roc != 3 {
					t.Errorf("roll-over counter %d, want 3", roc)
				}
			}
		})
	}
}

// TestOracleRTCP is TestOracle for SRTCP.
func TestOracleRTCP(t *testing.T) {
	for name, profile := range profiles {
		t.Run(name, func(t *testing.T) {
			p := mustPair(t, profile)
			buf := make([]byte, 2048)
			for i := range 300 {
				plain := make([]byte, 8+4*(i%100))
				copy(plain, []byte{0x80, 201, 0, byte(i % 100), 0, 0, 0, byte(1 + i%3)})
				n, err := p.sealControl(buf, plain)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := p.peerIn.DecryptRTCP(nil, buf[:n], nil); err != nil || !bytes.Equal(got, plain) {
					t.Fatalf("packet %d: pion opened %x, %v; want %x", i, got, err, plain)
				}
				sealed, err := p.peerOut.EncryptRTCP(nil, plain, nil)
				if err != nil {
					t.Fatal(err)
				}
				again := bytes.Clone(sealed)
				if got, err := p.openControl(sealed); err != nil || !bytes.Equal(got, plain) {
					t.Fatalf("packet %d: opened %x, %v; want %x", i, got, err, plain)
				}
				if _, err := p.openControl(again); err == nil {
					t.Fatalf("packet %d was accepted twice", i)
				}
			}
		})
	}
}

// TestRefused: what does not open, and that refusing leaves no trace.
func TestRefused(t *testing.T) {
	p := mustPair(t, srtp.ProtectionProfileAeadAes256Gcm)
	sealed := func(seq uint16) []byte {
		packet, _ := rtpPacket(7, seq, 100, true)
		b, err := p.peerOut.EncryptRTP(nil, packet, nil)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	flip := func(b []byte, i int) []byte { b[i] ^= 1; return b }
	for _, tt := range []struct {
		name string
		b    []byte
		want error
	}{
		{"ErrTag", flip(sealed(10), 100), ErrAuth},
		{"ErrHeader", flip(sealed(11), 1), ErrAuth},
		{"ErrExtension", flip(sealed(12), 17), ErrAuth},
		{"ErrSequence", flip(sealed(13), 3), ErrAuth},
		{"ErrVersion", flip(sealed(14), 0)[:20], ErrMalformed},
		{"ErrShort", sealed(15)[:39], ErrMalformed},
		{"ErrEmpty", nil, ErrMalformed},
		{"ErrExtensionLength", append([]byte{0x90, 96}, make([]byte, 12)...), ErrMalformed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := p.open(tt.b); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
	if len(p.rtpIn.all) != 0 {
		t.Error("a forged packet left a stream behind")
	}
	first, again := sealed(20), sealed(20)
	if _, err := p.open(first); err != nil {
		t.Error(err)
	}
	if _, err := p.open(again); !errors.Is(err, ErrReplayed) {
		t.Errorf("got %v, want ErrReplayed", err)
	}
	control := bytes.Repeat([]byte{0x80}, 40) // E flag set, wrong tag
	if _, err := p.openControl(control); !errors.Is(err, ErrAuth) {
		t.Errorf("got %v, want ErrAuth", err)
	}
	control[36] = 0
	if _, err := p.openControl(control); !errors.Is(err, ErrMalformed) {
		t.Errorf("unencrypted SRTCP: got %v, want ErrMalformed", err)
	}
}

// TestNonceOnce: no sequence number of an SSRC is sealed twice, however it comes.
func TestNonceOnce(t *testing.T) {
	for name, profile := range profiles {
		t.Run(name, func(t *testing.T) {
			p := mustPair(t, profile)
			buf := make([]byte, 200)
			try := func(seq uint16) error {
				packet, n := rtpPacket(7, seq, 40, false)
				_, err := p.seal(buf, packet[:n], packet[n:])
				return err
			}
			for _, step := range []struct {
				seq  uint16
				want error
			}{
				{65000, nil},
				{65000, ErrReplayed},
				{65002, nil},
				{65001, nil},
				{65001, ErrReplayed},
				{100, nil},
				{65002, ErrReplayed},
				{65003, nil},
				{40000, ErrReplayed},
				{100, ErrReplayed},
			} {
				if err := try(step.seq); !errors.Is(err, step.want) {
					t.Errorf("sequence %d: got %v, want %v", step.seq, err, step.want)
				}
			}
		})
	}
}

// TestStreamLimit: a peer cannot make us keep state without end.
func TestStreamLimit(t *testing.T) {
	p := mustPair(t, srtp.ProtectionProfileAeadAes128Gcm)
	for i := range maxStreams + 1 {
		packet, _ := rtpPacket(uint32(i), 1, 40, false)
		b, err := p.peerOut.EncryptRTP(nil, packet, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.open(b)
		if want := i == maxStreams; want != errors.Is(err, ErrStreams) {
			t.Fatalf("SSRC %d: %v", i, err)
		}
	}
}

// TestWindow compares the replay window with a plain set.
func TestWindow(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		var w window
		seen, top := map[uint64]bool{}, uint64(0)
		at := uint64(r.Uint32N(1 << 17))
		for range 3000 {
			switch r.IntN(10) {
			case 0:
				at += uint64(r.Uint32N(3000))
			case 1:
				at -= min(at, uint64(r.Uint32N(1500)))
			default:
				at++
			}
			want := len(seen) == 0 || at > top || top-at < windowBits && !seen[at]
			if got := w.fresh(at); got != want {
				t.Fatalf("fresh(%d) = %v with top %d, want %v", at, got, top, want)
			}
			if want {
				w.mark(at)
				seen[at] = true
				top = max(top, at)
			}
		}
	}
}
