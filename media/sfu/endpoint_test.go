package sfu_test

import (
	"encoding/binary"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/media/sfu"
	"github.com/roundel-meet/roundel/media/transport"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// mustSFU starts an SFU on a loopback port.
func mustSFU(tb testing.TB, allowCM bool) *sfu.SFU {
	tb.Helper()
	socket, err := transport.Listen(transport.Config{
		Listen: netip.MustParseAddrPort("127.0.0.1:0"), AllowAESCM: allowCM,
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		tb.Fatal(err)
	}
	s := sfu.New(sfu.Config{Socket: socket, Shards: 2, Logger: slog.New(slog.DiscardHandler)})
	tb.Cleanup(func() {
		s.Close()
		socket.Close()
	})
	return s
}

// diary collects a room's events.
type diary struct {
	mu        sync.Mutex
	connected map[string]meeting.Media
	slots     map[string][]sfu.Binding
	quality   map[string]int
	ended     error
}

func (d *diary) events() sfu.Events {
	d.connected, d.slots = make(map[string]meeting.Media), make(map[string][]sfu.Binding)
	d.quality = make(map[string]int)
	return sfu.Events{
		Connected: func(p string, m meeting.Media) { d.mu.Lock(); d.connected[p] = m; d.mu.Unlock() },
		Slots:     func(p string, b []sfu.Binding) { d.mu.Lock(); d.slots[p] = b; d.mu.Unlock() },
		Quality:   func(p string, q sfu.Quality) { d.mu.Lock(); d.quality[p] = q.Level; d.mu.Unlock() },
		Ended:     func(err error) { d.mu.Lock(); d.ended = err; d.mu.Unlock() },
	}
}

func (d *diary) slotsOf(p string) []sfu.Binding {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.slots[p]
}

func (d *diary) qualityOf(p string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.quality[p]
}

func (d *diary) facts(p string) (meeting.Media, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	m, ok := d.connected[p]
	return m, ok
}

// setup is how an endpoint is made.
type setup struct {
	sends        []meeting.Kind
	audio, video int // slots
	profiles     []dtls.SRTPProtectionProfile
	upLoss       float64 // of packets sent
	downLoss     float64 // of packets received
}

// endpoint is a client made of pion/webrtc.
type endpoint struct {
	pc    *webrtc.PeerConnection
	peer  *sfu.Peer
	sends map[string]meeting.Kind
	out   map[meeting.Kind]*webrtc.TrackLocalStaticRTP
	keys  atomic.Int64 // key frames asked of us

	mu  sync.Mutex
	got map[string][]rtp.Packet // by mid
}

// mustJoin joins a room and connects.
func mustJoin(tb testing.TB, room *sfu.Room, id string, s setup) *endpoint {
	tb.Helper()
	e := &endpoint{
		sends: make(map[string]meeting.Kind), got: make(map[string][]rtp.Packet),
		out: make(map[meeting.Kind]*webrtc.TrackLocalStaticRTP),
	}
	must(tb, func() (err error) { e.peer, err = room.Join(id); return })
	e.pc = mustPC(tb, s)
	tb.Cleanup(func() { e.pc.GracefulClose() })
	e.pc.OnTrack(e.onTrack)
	for _, k := range s.sends {
		e.addSender(tb, k)
	}
	for i := range s.audio + s.video {
		kind := webrtc.RTPCodecTypeAudio
		if i >= s.audio {
			kind = webrtc.RTPCodecTypeVideo
		}
		must(tb, func() error {
			_, err := e.pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly})
			return err
		})
	}
	e.mustNegotiate(tb)
	eventually(tb, "connection of "+id, func() bool {
		return e.pc.ConnectionState() == webrtc.PeerConnectionStateConnected
	})
	return e
}

func (e *endpoint) addSender(tb testing.TB, k meeting.Kind) {
	tb.Helper()
	c := webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}
	if k.Audio() {
		c = webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}
	}
	must(tb, func() (err error) { e.out[k], err = webrtc.NewTrackLocalStaticRTP(c, string(k), "own"); return })
	t, err := e.pc.AddTransceiverFromTrack(e.out[k], webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
	if err != nil {
		tb.Fatal(err)
	}
	go func() {
		for {
			messages, _, err := t.Sender().ReadRTCP()
			if err != nil {
				return
			}
			for _, m := range messages {
				if _, ok := m.(*rtcp.PictureLossIndication); ok {
					e.keys.Add(1)
				}
			}
		}
	}()
}

// mustNegotiate offers all that the connection has and takes the answer.
func (e *endpoint) mustNegotiate(tb testing.TB) {
	tb.Helper()
	offer, err := e.pc.CreateOffer(nil)
	if err != nil {
		tb.Fatal(err)
	}
	done := webrtc.GatheringCompletePromise(e.pc)
	must(tb, func() error { return e.pc.SetLocalDescription(offer) })
	<-done
	for _, t := range e.pc.GetTransceivers() {
		for k, track := range e.out {
			if s := t.Sender(); s != nil && s.Track() == webrtc.TrackLocal(track) {
				e.sends[t.Mid()] = k
			}
		}
	}
	answer, err := e.peer.Offer(e.pc.LocalDescription().SDP, e.sends)
	if err != nil {
		tb.Fatal(err)
	}
	must(tb, func() error {
		return e.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer})
	})
}

func (e *endpoint) onTrack(track *webrtc.TrackRemote, r *webrtc.RTPReceiver) {
	mid := ""
	for _, t := range e.pc.GetTransceivers() {
		if t.Receiver() == r {
			mid = t.Mid()
		}
	}
	for {
		p, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		e.mu.Lock()
		e.got[mid] = append(e.got[mid], *p)
		e.mu.Unlock()
	}
}

// packets returns what came on a slot so far.
func (e *endpoint) packets(mid string) []rtp.Packet {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]rtp.Packet(nil), e.got[mid]...)
}

// all returns how many packets came on each slot.
func (e *endpoint) all() map[string]int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := make(map[string]int)
	for mid, packets := range e.got {
		n[mid] = len(packets)
	}
	return n
}

// mustPC makes a connection with the default interceptors and the wished loss
// between them and the network.
func mustPC(tb testing.TB, s setup) *webrtc.PeerConnection {
	tb.Helper()
	media, registry := &webrtc.MediaEngine{}, &interceptor.Registry{}
	must(tb, media.RegisterDefaultCodecs)
	registry.Add(lossFactory{up: s.upLoss, down: s.downLoss})
	must(tb, func() error { return webrtc.RegisterDefaultInterceptors(media, registry) })
	must(tb, func() error { return webrtc.ConfigureTWCCHeaderExtensionSender(media, registry) })
	se := webrtc.SettingEngine{}
	se.SetIncludeLoopbackCandidate(true)
	se.SetIPFilter(func(ip net.IP) bool { return ip.IsLoopback() })
	se.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	if s.profiles != nil {
		se.SetSRTPProtectionProfiles(s.profiles...)
	}
	api := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(registry), webrtc.WithSettingEngine(se))
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		tb.Fatal(err)
	}
	return pc
}

// lossFactory makes interceptors that lose packets at random.
type lossFactory struct{ up, down float64 }

func (f lossFactory) NewInterceptor(string) (interceptor.Interceptor, error) {
	return &loss{lossFactory: f}, nil
}

type loss struct {
	interceptor.NoOp
	lossFactory
}

func (l *loss) BindLocalStream(_ *interceptor.StreamInfo, w interceptor.RTPWriter) interceptor.RTPWriter {
	return interceptor.RTPWriterFunc(func(h *rtp.Header, b []byte, a interceptor.Attributes) (int, error) {
		if rand.Float64() < l.up {
			return len(b), nil
		}
		return w.Write(h, b, a)
	})
}

func (l *loss) BindRemoteStream(_ *interceptor.StreamInfo, r interceptor.RTPReader) interceptor.RTPReader {
	return interceptor.RTPReaderFunc(func(b []byte, a interceptor.Attributes) (int, interceptor.Attributes, error) {
		for {
			n, attributes, err := r.Read(b, a)
			if err != nil || rand.Float64() >= l.down {
				return n, attributes, err
			}
		}
	})
}

// camera writes VP8 frames of three packets, 50 a second, each with the frame's
// number; every hundredth and each one asked for is a key frame.
type camera struct {
	stop   chan struct{}
	done   chan struct{}
	frames atomic.Int64
}

func (e *endpoint) film(tb testing.TB, k meeting.Kind) *camera {
	c := &camera{stop: make(chan struct{}), done: make(chan struct{})}
	go c.run(e, e.out[k])
	tb.Cleanup(c.end)
	return c
}

func (c *camera) end() {
	select {
	case <-c.stop:
	default:
		close(c.stop)
	}
	<-c.done
}

func (c *camera) run(e *endpoint, out *webrtc.TrackLocalStaticRTP) {
	defer close(c.done)
	seq, ts, asked := uint16(rand.Uint32()), rand.Uint32(), int64(0)
	clock := time.NewTicker(20 * time.Millisecond)
	defer clock.Stop()
	for n := 0; ; n++ {
		select {
		case <-c.stop:
			return
		case <-clock.C:
		}
		keys := e.keys.Load()
		key := n%100 == 0 || keys != asked
		asked = keys
		for part := range 3 {
			out.WriteRTP(&rtp.Packet{
				Header:  rtp.Header{Version: 2, SequenceNumber: seq, Timestamp: ts, Marker: part == 2},
				Payload: vp8(uint16(n), part, key, uint64(c.frames.Load())),
			})
			seq++
		}
		c.frames.Add(1)
		ts += 1800
	}
}

// vp8 makes a payload with a 15-bit picture number and a number in the body.
func vp8(picture uint16, part int, key bool, number uint64) []byte {
	b := make([]byte, 400)
	b[0], b[1] = 0x80, 0x80
	if part == 0 {
		b[0] |= 0x10
	}
	binary.BigEndian.PutUint16(b[2:], 0x8000|picture&0x7fff)
	b[4] = 0x11
	if key {
		b[4] = 0x10
	}
	binary.BigEndian.PutUint64(b[5:], number)
	b[13] = byte(part)
	return b
}

// number reads back what vp8 wrote.
func number(p rtp.Packet) uint64 { return binary.BigEndian.Uint64(p.Payload[5:]) }

func must(tb testing.TB, f func() error) {
	tb.Helper()
	if err := f(); err != nil {
		tb.Fatal(err)
	}
}

// eventually waits for a condition that real time brings about.
func eventually(tb testing.TB, what string, f func() bool) {
	tb.Helper()
	for range 1000 {
		if f() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	tb.Fatalf("no %s after 10 s", what)
}
