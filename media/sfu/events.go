package sfu

import (
	"sync"

	"github.com/roundel-meet/roundel/core/meeting"
)

// Events are what a room tells its owner. They are called one after another from
// a goroutine of the room; they may call the room's and peers' methods and
// should return soon, for the next one waits. Any may be nil.
type Events struct {
	Connected func(peer string, m meeting.Media)               // media can flow; again after a silence
	Failed    func(peer string)                                // gone for good, unless an ICE restart is offered
	Slots     func(peer string, bindings []Binding)            // all bindings of the peer, replacing the earlier
	Layers    func(peer string, k meeting.Kind, rids []string) // which of a video's layers somebody watches
	Quality   func(peer string, q Quality)                     // how good the peer's path is
	Ended     func(err error)                                  // a fault of ours ended this room
}

// Binding says which track a slot plays.
type Binding struct {
	Mid    string // the slot: a receiving m-line of the peer's offer
	Peer   string
	Kind   meeting.Kind
	Paused bool // held back for lack of bandwidth
}

// topic tells events apart that replace each other.
type topic uint8

const (
	topicState topic = iota // never replaced: their order matters
	topicSlots
	topicLayers
	topicQuality
	topicEnded
)

type notice struct {
	topic topic
	peer  string // with topicLayers also the video
	tell  func()
}

// notices is a queue of events. It is bounded: of slots, layers and quality
// only the newest per peer and video waits, and states change at the pace of consent (seconds).
type notices struct {
	Events
	wake chan struct{}

	mu      sync.Mutex
	waiting []notice
	places  map[place]int // in waiting, of those that may be replaced
	closed  bool
}

// place is what newer events replace.
type place struct {
	topic topic
	peer  string
}

func newNotices(ev Events) *notices {
	return &notices{Events: ev, wake: make(chan struct{}, 1), places: make(map[place]int)}
}

// push queues an event.
func (n *notices) push(e notice) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return
	}
	if e.topic == topicSlots || e.topic == topicLayers || e.topic == topicQuality {
		at := place{e.topic, e.peer}
		if i, ok := n.places[at]; ok {
			n.waiting[i].tell = e.tell
			return
		}
		n.places[at] = len(n.waiting)
	}
	n.waiting = append(n.waiting, e)
	n.signal()
}

func (n *notices) signal() {
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// close lets run return after the events that already wait.
func (n *notices) close() {
	n.mu.Lock()
	n.closed = true
	n.mu.Unlock()
	n.signal()
}

// take takes out the events that wait.
func (n *notices) take() (batch []notice, closed bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	batch, n.waiting = n.waiting, nil
	clear(n.places)
	return batch, n.closed
}

// run calls the events until close.
func (n *notices) run() {
	for range n.wake {
		for {
			batch, closed := n.take()
			for _, e := range batch {
				e.tell()
			}
			if len(batch) == 0 {
				if closed {
					return
				}
				break
			}
		}
	}
}

func (n *notices) connected(peer string, m meeting.Media) {
	if f := n.Connected; f != nil {
		n.push(notice{topicState, peer, func() { f(peer, m) }})
	}
}

func (n *notices) failed(peer string) {
	if f := n.Failed; f != nil {
		n.push(notice{topicState, peer, func() { f(peer) }})
	}
}

func (n *notices) slots(peer string, bindings []Binding) {
	if f := n.Slots; f != nil {
		n.push(notice{topicSlots, peer, func() { f(peer, bindings) }})
	}
}

func (n *notices) layers(peer string, k meeting.Kind, rids []string) {
	if f := n.Layers; f != nil {
		n.push(notice{topicLayers, peer + " " + string(k), func() { f(peer, k, rids) }})
	}
}

func (n *notices) quality(peer string, q Quality) {
	if f := n.Quality; f != nil {
		n.push(notice{topicQuality, peer, func() { f(peer, q) }})
	}
}

func (n *notices) ended(err error) {
	if f := n.Ended; f != nil {
		n.push(notice{topicEnded, "", func() { f(err) }})
	}
}
