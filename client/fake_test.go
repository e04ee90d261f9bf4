package client

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/pion/ice/v4"
	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// fakeServer speaks enough of the protocol to test the SDK alone: it keeps one
// seat, answers offers with pion, and sends back what the client publishes as if
// a participant "echo" had.
type fakeServer struct {
	t       *testing.T
	http    *httptest.Server
	caFile  string
	codec   Codec                                       // of the echoed video
	suite   string                                      // the one SRTP suite it takes; "" for all
	replies map[string]func(wire.Message) (string, any) // by request type; overrides

	mu       sync.Mutex
	ws       *websocket.Conn // the latest
	requests []wire.Message
	media    *webrtc.PeerConnection
	offers   int
	joins    []wire.Join
}

func newFakeServer(t *testing.T) *fakeServer {
	t.Helper()
	f := &fakeServer{t: t, codec: VP8, replies: map[string]func(wire.Message) (string, any){}}
	mux := http.NewServeMux()
	mux.HandleFunc(wire.SignalPath, f.serve)
	mux.HandleFunc("POST "+apiBase+"/meetings", f.create)
	f.http = httptest.NewTLSServer(mux)
	f.caFile = filepath.Join(t.TempDir(), "ca.crt")
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: f.http.Certificate().Raw})
	if err := os.WriteFile(f.caFile, cert, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		f.cut()
		f.closeMedia()
		f.http.Close()
	})
	return f
}

func (f *fakeServer) create(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer rdl_good" {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusUnauthorized)
		_ = json.NewEncoder(w).Encode(map[string]string{"code": "unauthenticated", "detail": "Sign in first."})
		return
	}
	var m wire.NewMeeting
	_ = json.NewDecoder(r.Body).Decode(&m)
	_ = json.NewEncoder(w).Encode(wire.Meeting{Number: "0123456789", Title: m.Title})
}

func (f *fakeServer) serve(w http.ResponseWriter, r *http.Request) {
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{wire.Protocol}})
	if err != nil {
		return
	}
	defer ws.CloseNow()
	f.mu.Lock()
	f.ws = ws
	f.mu.Unlock()
	for {
		_, b, err := ws.Read(r.Context())
		if err != nil {
			return
		}
		var m wire.Message
		if err := json.Unmarshal(b, &m); err != nil {
			f.t.Errorf("the client sent %q: %v", b, err)
			return
		}
		f.mu.Lock()
		f.requests = append(f.requests, m)
		override := f.replies[m.Type]
		f.mu.Unlock()
		if override == nil {
			override = f.reply
		}
		typ, body := override(m)
		f.send(wire.Message{ID: m.ID, Type: typ, Body: mustJSON(f.t, body)})
	}
}

// reply is how a friendly server answers.
func (f *fakeServer) reply(m wire.Message) (string, any) {
	switch m.Type {
	case wire.TypeHello:
		return wire.TypeOK, wire.Welcome{Server: "fake 1"}
	case wire.TypeJoin:
		var j wire.Join
		_ = json.Unmarshal(m.Body, &j)
		f.mu.Lock()
		f.joins = append(f.joins, j)
		f.mu.Unlock()
		return wire.TypeOK, wire.JoinReply{Joined: fakeJoined(j.Seat != "")}
	case wire.TypeMediaOffer:
		var o wire.MediaOffer
		_ = json.Unmarshal(m.Body, &o)
		return wire.TypeOK, wire.MediaAnswer{SDP: f.answer(o)}
	}
	return wire.TypeOK, wire.Empty{}
}

func fakeJoined(resumed bool) *wire.Joined {
	return &wire.Joined{
		Self: "me", Seat: "secret", GraceSeconds: 60, Seq: 1, Resumed: resumed,
		Room:         wire.Room{Number: "0123456789"},
		Participants: []wire.Participant{{ID: "me", Name: "Me", Role: meeting.RoleHost}},
	}
}

// answer makes an ice-lite pion peer that echoes what it gets into the slots.
func (f *fakeServer) answer(o wire.MediaOffer) string {
	f.closeMedia()
	var s webrtc.SettingEngine
	s.SetLite(true)
	s.SetIncludeLoopbackCandidate(true)
	s.SetInterfaceFilter(func(n string) bool { return n == "lo" })
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	_ = s.SetAnsweringDTLSRole(webrtc.DTLSRoleServer)
	if f.suite != "" {
		profiles, err := srtpProfiles([]string{f.suite})
		f.must(err)
		s.SetSRTPProtectionProfiles(profiles...)
	}
	engine := &webrtc.MediaEngine{}
	f.must(registerCodecs(engine, MediaOptions{}))
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(s), webrtc.WithMediaEngine(engine)).NewPeerConnection(webrtc.Configuration{})
	f.must(err)
	sdp := f.describe(pc, o, f.addEcho)
	f.mu.Lock()
	f.media = pc
	f.offers++
	f.mu.Unlock()
	return sdp
}

// again answers a later offer on the same connection.
func (f *fakeServer) again(m wire.Message) string {
	var o wire.MediaOffer
	_ = json.Unmarshal(m.Body, &o)
	f.mu.Lock()
	pc := f.media
	f.mu.Unlock()
	return f.describe(pc, o, func(*webrtc.PeerConnection) {})
}

// describe takes the offer, adds what is sent, and returns the answer.
func (f *fakeServer) describe(pc *webrtc.PeerConnection, o wire.MediaOffer, add func(*webrtc.PeerConnection)) string {
	f.must(pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: o.SDP}))
	add(pc)
	answer, err := pc.CreateAnswer(nil)
	f.must(err)
	gathered := webrtc.GatheringCompletePromise(pc)
	f.must(pc.SetLocalDescription(answer))
	<-gathered
	return pc.LocalDescription().SDP
}

// addEcho gives each kind of media one outgoing track, which takes the first
// slot of its kind, and copies into it what comes in.
func (f *fakeServer) addEcho(pc *webrtc.PeerConnection) {
	back := map[webrtc.RTPCodecType]*webrtc.TrackLocalStaticRTP{}
	for _, c := range [...]Codec{Opus, f.codec} {
		form, _ := formatOf(c)
		track, err := webrtc.NewTrackLocalStaticRTP(form.capability, string(c), "echo")
		f.must(err)
		_, err = pc.AddTrack(track)
		f.must(err)
		back[track.Kind()] = track
	}
	pc.OnTrack(func(remote *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		_ = pc.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: uint32(remote.SSRC())}})
		for {
			p, _, err := remote.ReadRTP()
			if err != nil {
				return
			}
			p.Extension, p.Extensions = false, nil
			_ = back[remote.Kind()].WriteRTP(p)
		}
	})
}

func (f *fakeServer) must(err error) {
	if err != nil {
		f.t.Errorf("fake server: %v", err)
	}
}

func (f *fakeServer) send(m wire.Message) {
	f.mu.Lock()
	ws := f.ws
	f.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = ws.Write(ctx, websocket.MessageText, mustJSON(f.t, m))
}

func (f *fakeServer) event(seq uint64, typ string, body any) {
	f.send(wire.Message{Seq: seq, Type: typ, Body: mustJSON(f.t, body)})
}

// cut breaks the socket without a close handshake.
func (f *fakeServer) cut() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ws != nil {
		_ = f.ws.CloseNow()
	}
}

func (f *fakeServer) closeMedia() {
	f.mu.Lock()
	pc := f.media
	f.media = nil
	f.mu.Unlock()
	if pc != nil {
		_ = pc.GracefulClose()
	}
}

func mustJSON(t *testing.T, v any) json.RawMessage {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Error(err)
	}
	return b
}
