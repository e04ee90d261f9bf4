package sfu

import "slices"

// Room is a set of peers who may receive each other's tracks.
type Room struct {
	// immutable
	id     string
	sfu    *SFU
	shard  *shard
	events *notices

	// owned by the shard
	peers  map[string]*Peer
	order  []*Peer // by time of joining
	stale  bool    // what slots play may have changed
	moved  moved
	closed bool
	audio  []*track // live, who is heard first
	watch  []*track // whose publishers shall be asked

	// scratch
	round    int
	chosen   []*track
	bindings []Binding
	slots    []*slot
	rids     []string
}

// Close ends the room and its peers' connections. It does not wait for events
// that are still on their way.
func (r *Room) Close() {
	r.shard.do(r, r.end)
	r.events.close()
	r.sfu.forget(r)
}

// end takes the room off its shard.
func (r *Room) end() {
	r.closed = true
	for _, p := range r.order {
		p.gone = true
		p.disconnect()
	}
	clear(r.peers)
	r.order = nil
	delete(r.shard.rooms, r)
	r.sfu.forget(r)
}

// Join adds a peer under an id that is new to the room. It returns an ended
// Error when the room has ended and a conflict Error for an id that is taken.
func (r *Room) Join(peer string) (*Peer, error) {
	p := newPeer(r, peer)
	err := error(errRoomEnded)
	r.shard.do(r, func() {
		if err = nil; r.peers[peer] != nil {
			err = errTaken
			return
		}
		p.begin()
		r.peers[peer] = p
		r.order = append(r.order, p)
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// leave takes a peer out of the room.
func (r *Room) leave(p *Peer) {
	if r.peers[p.id] == p {
		delete(r.peers, p.id)
	}
	if i := slices.Index(r.order, p); i >= 0 {
		r.order = slices.Delete(r.order, i, i+1)
	}
	for _, t := range p.tracks {
		t.move()
	}
}
