package transport

import (
	"bufio"
	"bytes"
	"net/netip"
	"testing"

	"github.com/pion/stun/v3"
)

// FuzzCheck gives the reader whatever may arrive, as a stranger's datagram and
// as a known peer's: nothing may panic, and nothing without our password may
// be accepted.
func FuzzCheck(f *testing.F) {
	s := mustSocket(f, Config{})
	c, err := s.Connect(ConnParams{
		RemoteUfrag: "u", RemotePwd: "p", Inbox: NewInbox(4),
		RemoteFingerprint: "sha-256 " + s.Fingerprint(),
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.NewUsername(c.Ufrag()+":u"),
		stun.RawAttribute{Type: stun.AttrPriority, Length: 4, Value: []byte{1, 2, 3, 4}},
		stun.RawAttribute{Type: stun.AttrUseCandidate},
		stun.NewShortTermIntegrity("not ours"), stun.Fingerprint).Raw)
	f.Add(stun.MustBuild(stun.TransactionID, stun.BindingSuccess, stun.Fingerprint).Raw)
	f.Add([]byte{0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 6, 0xff, 0xff, ':', 1, 2, 3})
	f.Add([]byte{22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	r := newReader(s.ports[0])
	strange := makeRawAddr(netip.MustParseAddrPort("127.0.0.1:9"), false)
	now := int64(0)
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > MaxDatagram {
			return
		}
		now += second
		p := newPacket()
		p.Data = p.buf[:copy(p.buf[:], b)]
		r.datagram(&p, &strange, now)
		r.finish()
		if len(r.tuples) != 0 || c.lastCheck.Load() != 0 {
			t.Fatal("accepted a check that we did not make")
		}
		p.Release()
	})
}

// FuzzOpen gives the SRTP paths whatever may arrive from a known 5-tuple:
// nothing may panic, nothing may open.
func FuzzOpen(f *testing.F) {
	f.Add([]byte{0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
	f.Add([]byte{0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0xbe, 0xde, 0, 1, 0x10, 1, 0, 0, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
	f.Add([]byte{0x80, 200, 0, 6, 0, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0x80, 0, 0, 1})
	var sessions []*session
	for _, p := range profiles {
		sessions = append(sessions, mustPair(f, p).session)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, s := range sessions {
			if _, err := s.open(append([]byte(nil), b...)); err == nil {
				t.Error("RTP opened without the key")
			}
			if _, err := s.openControl(append([]byte(nil), b...)); err == nil {
				t.Error("RTCP opened without the key")
			}
		}
	})
}

// FuzzFrames: whatever comes over TCP is read as frames that fit, or ends the
// connection; nothing is read twice or past the end.
func FuzzFrames(f *testing.F) {
	f.Add([]byte{0, 1, 7, 0, 0, 0, 2, 8, 9})
	f.Add([]byte{0xff, 0xff, 1})
	f.Add([]byte{5, 0xdc})
	f.Fuzz(func(t *testing.T, b []byte) {
		in, used := bufio.NewReader(bytes.NewReader(b)), 0
		var buf [MaxDatagram]byte
		for {
			n, ok := readFrame(in, buf[:])
			if !ok {
				break
			}
			if n > MaxDatagram || !bytes.Equal(buf[:n], b[used+2:used+2+n]) {
				t.Fatalf("frame of %d bytes at %d", n, used)
			}
			used += 2 + n
		}
		if rest := b[used:]; len(rest) >= 2 {
			if n := int(rest[0])<<8 | int(rest[1]); n <= MaxDatagram && len(rest) >= 2+n {
				t.Fatalf("a whole frame of %d bytes was not read", n)
			}
		}
	})
}
