package transport_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/dtls/v3"
	"github.com/pion/rtcp"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/media/transport"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var allProfiles = []dtls.SRTPProtectionProfile{
	dtls.SRTP_AES128_CM_HMAC_SHA1_80, dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AEAD_AES_256_GCM,
}

// TestProfile: the server's preference decides, whatever the peer's order, and
// the facts say what was agreed.
func TestProfile(t *testing.T) {
	for _, tt := range []struct {
		name   string
		allow  bool
		offers []dtls.SRTPProtectionProfile
		want   string // "" for ErrProfile
	}{
		{"OKAll", false, allProfiles, meeting.SRTPAES256GCM},
		{"OKAllWithCM", true, allProfiles, meeting.SRTPAES256GCM},
		{"OK128", false, allProfiles[:2], meeting.SRTPAES128GCM},
		{"OKCM", true, allProfiles[:1], meeting.SRTPAES128CM},
		{"ErrCM", false, allProfiles[:1], ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := mustListen(t, transport.Config{AllowAESCM: tt.allow})
			l := mustLink(t, s, mustBrowser(t, tt.offers...), nil)
			if tt.want == "" {
				if err := l.mustReach(t, transport.StateFailed); !errors.Is(err, transport.ErrProfile) {
					t.Errorf("got %v, want ErrProfile", err)
				}
				return
			}
			l.mustReach(t, transport.StateConnected)
			got, ok := l.conn.Facts()
			want := meeting.Media{
				DTLS: "DTLS 1.2", Suite: got.Suite, SRTP: tt.want, Candidate: "prflx", Protocol: "udp",
			}
			if diff := cmp.Diff(want, got); diff != "" || !ok {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
			if got.Suite != "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256" && got.Suite != "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384" {
				t.Errorf("suite %q is not an AEAD ECDHE suite we offer", got.Suite)
			}
			l.exchange(t, s)
		})
	}
}

// exchange sends media through in both directions.
func (l *link) exchange(t *testing.T, s *transport.Socket) {
	t.Helper()
	payload := bytes.Repeat([]byte{0x10, 0xA5}, 500)
	if p := l.mustSend(t, payload); !bytes.Equal(p.Payload, payload) {
		t.Fatalf("received %v", &p)
	}
	codec, _ := l.session.Lines[1].Codec("VP8")
	header := []byte{0x80, codec.PayloadType, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0}
	binary.BigEndian.PutUint32(header[8:], slotSSRC)
	e := s.NewEgress()
	for i := range 20 { // a train, and a short packet at its end
		binary.BigEndian.PutUint16(header[2:], uint16(65530+i))
		if !e.RTP(l.conn, header, payload[:1000-i/19]) {
			t.Fatal("not sealed")
		}
	}
	compound, _ := (&rtcp.SenderReport{SSRC: slotSSRC}).Marshal()
	if !e.RTCP(l.conn, compound) {
		t.Fatal("RTCP not sealed")
	}
	if n := e.Flush(); n != 21 {
		t.Fatalf("flushed %d packets, want 21", n)
	}
	select {
	case track := <-l.in:
		_ = track.SetReadDeadline(time.Now().Add(within))
		for i := range 20 {
			q, _, err := track.ReadRTP()
			if err != nil || q.SequenceNumber != uint16(65530+i) {
				t.Fatalf("packet %d: %v, %v", i, q, err)
			}
		}
	case <-time.After(within):
		t.Fatal("no track")
	}
}
