package transport_test

import (
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/stun/v3"
	"github.com/roundel-meet/roundel/media/transport"
)

// TestFlood: while one peer, or a stranger, sends a hundred times its budget,
// another one's packets arrive.
func TestFlood(t *testing.T) {
	media := append(header(1), make([]byte, 1100)...)
	check := stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.NewUsername("nobody:peer"),
		stun.RawAttribute{Type: stun.AttrPriority, Length: 4, Value: []byte{1, 2, 3, 4}},
		stun.NewShortTermIntegrity("guess"), stun.Fingerprint).Raw
	for _, tt := range []struct {
		name     string
		packet   []byte
		stranger bool
	}{
		{"MediaOfPeer", media, false},
		{"ChecksOfPeer", check, false},
		{"DTLSOfPeer", append([]byte{22, 0xfe, 0xfd}, make([]byte, 60)...), false},
		{"MediaOfStranger", media, true},
		{"ChecksOfStranger", check, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := mustListen(t, transport.Config{Budgets: transport.Budgets{MediaPackets: 500}})
			good, bad := mustRawPeer(t, s), mustRawPeer(t, s)
			good.mustConnect()
			bad.mustConnect()
			from := bad.udp
			if tt.stranger {
				var err error
				if from, err = net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}); err != nil {
					t.Fatal(err)
				}
				defer from.Close()
			}
			var stop atomic.Bool
			var flood sync.WaitGroup
			flood.Go(func() {
				for ; !stop.Load(); time.Sleep(time.Millisecond) {
					for range 50 {
						_, _ = from.WriteToUDPAddrPort(tt.packet, bad.server)
					}
				}
			})
			const count = 30
			arrived, began := 0, time.Now()
			for seq := range uint16(count) {
				good.send(seq + 1)
				l := link{conn: good.conn, inbox: good.inbox}
				arrived += len(l.take(t, time.Second))
				time.Sleep(10 * time.Millisecond)
			}
			elapsed := time.Since(began)
			stop.Store(true)
			flood.Wait()
			// The kernel's buffer is shared, so a machine busy with other tests may
			// lose one now and then; budgets cannot change that.
			if arrived < count*9/10 {
				t.Errorf("%d of %d packets arrived", arrived, count)
			}
			st, kept := s.Stats(), 0
			for _, p := range bad.inbox.Take(nil) {
				kept++
				p.Release()
			}
			t.Logf("%d flooding packets in %v, %d kept", st.Received, elapsed.Round(time.Millisecond), kept)
			if limit := 500 + int(elapsed.Seconds()*500) + 1; kept > limit {
				t.Errorf("%d packets of the flood were kept, more than %d", kept, limit)
			}
			if st.OverBudget == 0 && !(tt.stranger && &tt.packet[0] == &media[0]) {
				t.Error("no budget was used up")
			}
		})
	}
}

// TestInboxLimit: a shard that does not take its packets loses the newest.
func TestInboxLimit(t *testing.T) {
	s := mustListen(t, transport.Config{})
	p := mustRawPeer(t, s)
	p.mustConnect()
	const sent = 4096 + 500
	for i := range sent {
		p.send(uint16(i + 1))
		if i%256 == 0 {
			time.Sleep(time.Millisecond * 64) // stay inside the budget
		}
	}
	for end := time.Now().Add(within); s.Stats().Full == 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if st := s.Stats(); st.Full == 0 || st.Delivered > 4096 {
		t.Errorf("stats %+v", st)
	}
	for _, q := range p.inbox.Take(nil) {
		q.Release()
	}
}

// TestStrangersGetNoAnswer: whatever somebody sends who has no password of ours, the
// port says nothing: neither a flood nor a scan has anything of it.
func TestStrangersGetNoAnswer(t *testing.T) {
	s := mustListen(t, transport.Config{})
	p := mustRawPeer(t, s)
	p.mustConnect()
	stranger, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	priority := stun.RawAttribute{Type: stun.AttrPriority, Length: 4, Value: []byte{1, 2, 3, 4}}
	udp := stun.RawAttribute{Type: stun.AttrRequestedTransport, Length: 4, Value: []byte{17, 0, 0, 0}}
	packets := map[string][]byte{
		"binding":     stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.Fingerprint).Raw,
		"check":       stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.NewUsername(p.conn.Ufrag()+":peer"), priority, stun.NewShortTermIntegrity("guess"), stun.Fingerprint).Raw,
		"allocate":    stun.MustBuild(stun.TransactionID, stun.NewType(stun.MethodAllocate, stun.ClassRequest), udp).Raw,
		"channelData": append([]byte{0x40, 0, 0, 60}, make([]byte, 60)...),
		"dtls":        append([]byte{22, 0xfe, 0xfd}, make([]byte, 60)...),
		"rtp":         append(header(1), make([]byte, 60)...),
		"rtcp":        append([]byte{0x80, 200, 0, 6}, make([]byte, 40)...),
	}
	before := s.Stats().Received
	for _, b := range packets {
		if _, err := stranger.WriteToUDPAddrPort(b, s.Candidates()[0]); err != nil {
			t.Fatal(err)
		}
	}
	for end := time.Now().Add(10 * time.Second); s.Stats().Received < before+uint64(len(packets)); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the packets did not arrive")
		}
	}
	b := make([]byte, 1500)
	_ = stranger.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	if n, _, err := stranger.ReadFromUDP(b); err == nil {
		t.Errorf("a stranger is answered: % x", b[:n])
	}
}
