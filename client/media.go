package client

import (
	"context"
	"fmt"
	"sync"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// The receive slots that a full client asks for.
const (
	DefaultAudioSlots = 10
	DefaultVideoSlots = 9
)

// Send is one track that a client may publish. It is silent until Track.SetLive.
type Send struct {
	Kind  meeting.Kind
	Codec Codec // "" for Opus or VP8
}

// MediaOptions say what a client sends, how much it receives, and over what.
type MediaOptions struct {
	Send       []Send
	AudioSlots int      // m-lines for sound, at most DefaultAudioSlots
	VideoSlots int      // m-lines for video
	Codecs     []Codec  // video codecs for slots, most liked first; nil for all
	SRTP       []string // IANA names (meeting.SRTP…), most liked first; nil for all three
	Cipher     Cipher   // nil for Clear

	Transport Transport              // "" for whatever gets through
	Loopback  bool                   // use the loopback interface too
	Interface func(name string) bool // which interfaces to use; nil for all

	// OnPacket gets every packet as it comes, also a slot's repeated or late
	// ones. The packet is valid only during the call.
	OnPacket func(Packet)
	// OnFrame gets whole frames that the Cipher opened.
	OnFrame func(Frame)
}

// Transport is over what media may travel.
type Transport string

// UDP is what media is made for; TCP (RFC 6544) gets through where UDP does not.
// With neither named both are tried, and UDP is taken where there is a choice.
const (
	UDP Transport = "udp"
	TCP Transport = "tcp"
)

// Packet is an RTP packet with what its slot plays (RFC 3550, 5.1).
type Packet struct {
	Binding wire.Binding // Participant is "" while no binding has come
	Codec   Codec
	RTP     *rtp.Packet
}

// Frame is one encoded picture or one Opus packet with whose it is: what the
// server says of its slot, or, for a sealed one, what its key says.
type Frame struct {
	Binding   wire.Binding // Participant is "" while no binding has come
	Codec     Codec
	SSRC      uint32 // of the slot's stream: another one has another RTP timeline
	Timestamp uint32 // RTP time in the codec's clock
	Data      []byte
}

// codecs are those to negotiate: the liked ones, then those that are sent.
func (o MediaOptions) codecs() []Codec {
	list := o.Codecs
	if list == nil {
		return videoCodecs[:]
	}
	have := map[Codec]bool{}
	var all []Codec
	for _, c := range list {
		if !have[c] {
			have[c] = true
			all = append(all, c)
		}
	}
	for _, s := range o.Send {
		if s.Codec != Opus && !have[s.Codec] {
			have[s.Codec] = true
			all = append(all, s.Codec)
		}
	}
	return all
}

// Media is the media of one participant over one peer connection.
type Media struct {
	// immutable after Connect
	meeting *Meeting
	opts    MediaOptions
	tracks  map[meeting.Kind]*Track

	negotiation sync.Mutex // one offer at a time

	mu       sync.Mutex
	peer     *peer
	bindings map[string]wire.Binding // by mid
	closed   bool
}

// Connect offers the media and waits until it flows or may flow. It fails with
// the server's error, or unavailable when the connection cannot be made. A
// meeting has one media connection.
func (m *Meeting) Connect(ctx context.Context, o MediaOptions) (*Media, error) {
	o, tracks, err := prepare(o)
	if err != nil {
		return nil, err
	}
	md := &Media{meeting: m, opts: o, tracks: tracks, bindings: map[string]wire.Binding{}}
	for _, t := range tracks {
		t.media = md
	}
	m.mu.Lock()
	if m.media != nil {
		m.mu.Unlock()
		return nil, meeting.Errorf(meeting.CodeConflict, "The meeting has its media connection already.")
	}
	m.media = md
	slots := m.state.Slots
	m.mu.Unlock()
	md.bind(slots)
	if err := md.renew(ctx); err != nil {
		md.Close()
		m.mu.Lock()
		m.media = nil
		m.mu.Unlock()
		if gone := m.Err(); gone != nil {
			return nil, gone // why the connection could not be made
		}
		return nil, err
	}
	return md, nil
}

// prepare checks the options and makes the tracks.
func prepare(o MediaOptions) (MediaOptions, map[meeting.Kind]*Track, error) {
	if o.Cipher == nil {
		o.Cipher = Clear{}
	}
	if o.AudioSlots < 0 || o.AudioSlots > DefaultAudioSlots || o.VideoSlots < 0 {
		return o, nil, meeting.Errorf(meeting.CodeInvalid, "There cannot be %d audio and %d video slots.", o.AudioSlots, o.VideoSlots)
	}
	tracks := map[meeting.Kind]*Track{}
	sends := make([]Send, len(o.Send))
	for i, s := range o.Send {
		c, err := codecFor(s.Kind, s.Codec)
		if err != nil {
			return o, nil, err
		}
		if tracks[s.Kind] != nil {
			return o, nil, meeting.Errorf(meeting.CodeInvalid, "The kind %q is there twice.", s.Kind)
		}
		sends[i] = Send{Kind: s.Kind, Codec: c}
		if tracks[s.Kind], err = newTrack(s.Kind, c, o.Cipher); err != nil {
			return o, nil, err
		}
	}
	o.Send = sends
	return o, tracks, nil
}

// Track is the track of a kind in MediaOptions.Send, or nil.
func (md *Media) Track(k meeting.Kind) *Track { return md.tracks[k] }

// Stats is pion's report of the current peer connection.
func (md *Media) Stats() webrtc.StatsReport {
	md.mu.Lock()
	p := md.peer
	md.mu.Unlock()
	if p == nil {
		return nil
	}
	return p.pc.GetStats()
}

// Close ends the media connection and waits for its goroutines.
func (md *Media) Close() error {
	md.mu.Lock()
	p := md.peer
	md.peer, md.closed = nil, true
	md.mu.Unlock()
	if p == nil {
		return nil
	}
	return p.close()
}

// bind remembers what each slot plays and tells the current slots.
func (md *Media) bind(slots []wire.Binding) {
	md.mu.Lock()
	defer md.mu.Unlock()
	md.bindings = map[string]wire.Binding{}
	for _, b := range slots {
		md.bindings[b.Mid] = b
	}
	if md.peer != nil {
		md.peer.bind(md.bindings)
	}
}

// renew makes a new peer connection in place of the last, and connects it.
func (md *Media) renew(ctx context.Context) error {
	md.negotiation.Lock()
	defer md.negotiation.Unlock()
	p, err := newPeer(md)
	if err != nil {
		return err
	}
	md.mu.Lock()
	old, closed := md.peer, md.closed
	if !closed {
		md.peer = p
	}
	md.mu.Unlock()
	if closed {
		_ = p.close()
		return meeting.Errorf(meeting.CodeUnavailable, "The media connection is closed.")
	}
	if old != nil {
		_ = old.close()
	}
	if err := p.negotiate(ctx, false); err != nil {
		return err
	}
	md.mu.Lock()
	p.bind(md.bindings)
	md.mu.Unlock()
	if err := p.connected(ctx); err != nil {
		return err
	}
	return md.announce(ctx)
}

// announce tells the server again what is live.
func (md *Media) announce(ctx context.Context) error {
	for kind, t := range md.tracks {
		if !t.live.Load() {
			continue
		}
		if err := md.meeting.do(ctx, wire.TypeMediaLive, wire.MediaLive{Kind: kind, Live: true}); err != nil {
			return fmt.Errorf("announce %s: %w", kind, err)
		}
	}
	return nil
}

// AddVideoSlots offers n more slots on the same connection.
func (md *Media) AddVideoSlots(ctx context.Context, n int) error {
	md.negotiation.Lock()
	defer md.negotiation.Unlock()
	md.mu.Lock()
	p := md.peer
	md.mu.Unlock()
	if p == nil {
		return meeting.Errorf(meeting.CodeUnavailable, "The media connection is closed.")
	}
	if err := p.addSlots(webrtc.RTPCodecTypeVideo, n); err != nil {
		return err
	}
	if err := p.negotiate(ctx, false); err != nil {
		return err
	}
	md.mu.Lock()
	defer md.mu.Unlock()
	md.opts.VideoSlots += n
	p.bind(md.bindings)
	return nil
}

// closeMedia ends the meeting's media, if it has any.
func (m *Meeting) closeMedia() {
	m.mu.Lock()
	md := m.media
	m.mu.Unlock()
	if md != nil {
		_ = md.Close()
	}
}

// muted stops a track that a moderator muted.
func (m *Meeting) muted(k meeting.Kind) {
	m.mu.Lock()
	md := m.media
	m.mu.Unlock()
	if md == nil {
		return
	}
	if t := md.tracks[k]; t != nil {
		t.live.Store(false)
	}
}
