package client

import (
	"context"
	"fmt"
	"sync"

	"github.com/pion/webrtc/v4"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// peer is one peer connection with its senders and slots. The client always
// offers; the server answers passive and ice-lite.
type peer struct {
	media   *Media
	pc      *webrtc.PeerConnection
	senders map[*webrtc.RTPTransceiver]meeting.Kind
	tasks   sync.WaitGroup // readers of senders and slots

	ctx    context.Context // ends with close
	cancel context.CancelFunc
	state  chan webrtc.PeerConnectionState // the latest; capacity 1

	mu     sync.Mutex
	slots  map[*webrtc.RTPReceiver]*slot
	closed bool
}

// newPeer makes the connection with its m-lines: what is sent in the order of
// meeting.Kinds, then the sound slots, then the video slots.
func newPeer(md *Media) (*peer, error) {
	pc, err := newPeerConnection(md.opts, md.meeting.session.log)
	if err != nil {
		return nil, err
	}
	p := &peer{
		media: md, pc: pc,
		senders: map[*webrtc.RTPTransceiver]meeting.Kind{},
		slots:   map[*webrtc.RTPReceiver]*slot{},
		state:   make(chan webrtc.PeerConnectionState, 1),
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	pc.OnConnectionStateChange(p.stateChanged)
	pc.OnTrack(p.onTrack)
	if err := p.addLines(); err != nil {
		_ = p.close()
		return nil, err
	}
	return p, nil
}

func (p *peer) addLines() error {
	for _, kind := range meeting.Kinds {
		if t := p.media.tracks[kind]; t != nil {
			if err := p.addSender(t); err != nil {
				return err
			}
		}
	}
	if err := p.addSlots(webrtc.RTPCodecTypeAudio, p.media.opts.AudioSlots); err != nil {
		return err
	}
	return p.addSlots(webrtc.RTPCodecTypeVideo, p.media.opts.VideoSlots)
}

// addSender adds the m-line of one track, with only its codec.
func (p *peer) addSender(t *Track) error {
	tr, err := p.pc.AddTransceiverFromTrack(t.local, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
	if err != nil {
		return fmt.Errorf("add %s: %w", t.kind, err)
	}
	if !t.kind.Audio() {
		f, _ := formatOf(t.codec)
		only := []webrtc.RTPCodecParameters{{RTPCodecCapability: f.capability, PayloadType: f.payload}, retransmission(f)}
		if err := tr.SetCodecPreferences(only); err != nil {
			return fmt.Errorf("choose %s: %w", t.codec, err)
		}
	}
	p.senders[tr] = t.kind
	p.tasks.Go(func() { t.readRTCP(tr.Sender()) })
	return nil
}

// addSlots adds n receiving m-lines.
func (p *peer) addSlots(kind webrtc.RTPCodecType, n int) error {
	for range n {
		tr, err := p.pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly})
		if err != nil {
			return fmt.Errorf("add a slot: %w", err)
		}
		p.mu.Lock()
		p.slots[tr.Receiver()] = &slot{transceiver: tr}
		p.mu.Unlock()
	}
	return nil
}

// negotiate sends the whole offer and takes the answer, which has all of the
// server's candidates.
func (p *peer) negotiate(ctx context.Context, restart bool) error {
	offer, err := p.pc.CreateOffer(&webrtc.OfferOptions{ICERestart: restart})
	if err != nil {
		return fmt.Errorf("make the offer: %w", err)
	}
	gathered := webrtc.GatheringCompletePromise(p.pc)
	if err := p.pc.SetLocalDescription(offer); err != nil {
		return fmt.Errorf("set the offer: %w", err)
	}
	select {
	case <-gathered:
	case <-ctx.Done():
		return ctx.Err()
	}
	sends := map[string]meeting.Kind{}
	for tr, kind := range p.senders {
		sends[tr.Mid()] = kind
	}
	var answer wire.MediaAnswer
	body := wire.MediaOffer{SDP: p.pc.LocalDescription().SDP, Sends: sends}
	if err := p.media.meeting.session.Request(ctx, wire.TypeMediaOffer, body, &answer); err != nil {
		return err
	}
	err = p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer.SDP})
	if err != nil {
		return fmt.Errorf("set the answer: %w", err)
	}
	return nil
}

// stateChanged keeps the latest state for connected, and restarts ICE when the
// path is lost (RFC 8445, 2.4). pion calls it on a goroutine of its own.
func (p *peer) stateChanged(s webrtc.PeerConnectionState) {
	p.media.meeting.session.log.Debug("media connection", "state", s.String())
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.state:
	default:
	}
	p.state <- s
	if s == webrtc.PeerConnectionStateFailed && !p.closed {
		p.tasks.Go(p.restart)
	}
}

// restart offers new ICE credentials on the same connection. When it fails, the
// connection fails again later and another one is tried.
func (p *peer) restart() {
	if !p.media.negotiation.TryLock() {
		return // what is being negotiated brings its own path
	}
	defer p.media.negotiation.Unlock()
	ctx, cancel := context.WithTimeout(p.ctx, offerTimeout)
	defer cancel()
	if err := p.negotiate(ctx, true); err != nil && p.ctx.Err() == nil {
		p.media.meeting.session.log.Warn("ICE restart failed", "err", err)
	}
}

// connected waits until ICE and DTLS are done.
func (p *peer) connected(ctx context.Context) error {
	for {
		switch p.pc.ConnectionState() {
		case webrtc.PeerConnectionStateConnected:
			return nil
		case webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
			return meeting.Errorf(meeting.CodeUnavailable, "The media connection could not be made.")
		}
		select {
		case <-p.state:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// bind tells each slot what it plays. Slots without a binding are empty.
func (p *peer) bind(bindings map[string]wire.Binding) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.slots {
		mid := s.transceiver.Mid()
		b, ok := bindings[mid]
		if !ok {
			b = wire.Binding{Mid: mid}
		}
		s.binding.Store(&b)
	}
}

// onTrack starts a slot's reader at its first packet.
func (p *peer) onTrack(remote *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.slots[receiver]
	if s == nil || p.closed {
		return
	}
	p.tasks.Go(func() { s.readRTCP(receiver) })
	p.tasks.Go(func() { s.run(p.media.opts, remote) })
}

// close ends the connection and waits for the readers.
func (p *peer) close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.cancel()
	err := p.pc.GracefulClose()
	p.tasks.Wait()
	if err != nil {
		return fmt.Errorf("close the media connection: %w", err)
	}
	return nil
}
