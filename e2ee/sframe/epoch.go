package sframe

import (
	"crypto/subtle"
	"time"
)

// Leaf is one place in an epoch's ratchet tree.
type Leaf struct {
	Index       uint32
	Participant string
}

// Epoch is what the group's session tells of a new epoch.
type Epoch struct {
	Number  uint64
	Base    [32]byte // MLS-Exporter("SFrame 1.0 Base Key", "", 32)
	Self    uint32   // the own leaf
	Leaves  []Leaf   // the whole tree
	Removes bool     // somebody who was in the tree before is not any more
}

// epoch is an Epoch in use.
type epoch struct {
	number  uint64
	arrival uint64
	until   time.Time // when its keys end; zero for the newest
	secret  []byte    // sframe_secret: the keys of all senders come from it
	self    uint32
	leaves  map[uint32]string
	cells   map[uint32]*[kinds]cell // of senders whose frames came
	own     [kinds]sender
}

// cell is what is known of one sender's kind in one epoch. Only a frame that
// authenticates makes its key proven; the two unproven ones bound what forged
// instances can cost and cannot push out each other.
type cell struct {
	proven    *stream
	expected  *Key // of the participant's known instance
	candidate *Key // of any other
}

// stream is a proven key and the counters that it opened.
type stream struct {
	key      *Key
	instance uint16
	window   Window
}

// sender is the own key of a kind.
type sender struct {
	key  *Key
	next uint64
}

// AddEpoch makes e the newest epoch. Older ones end in 10 s, or in 2 s when e
// removes. An epoch that the ring still has changes nothing, so that no counter
// starts again. Afterwards the caller tries its held frames again.
func (r *Ring) AddEpoch(now time.Time, e Epoch) error {
	r.expire(now)
	secret, err := AES256GCM.extract(e.Base[:])
	if err != nil {
		return err
	}
	for _, old := range r.epochs {
		if subtle.ConstantTimeCompare(old.secret, secret) == 1 {
			clear(secret)
			return nil
		}
	}
	r.arrived++
	fresh := &epoch{
		number: e.Number, arrival: r.arrived, secret: secret, self: e.Self,
		leaves: make(map[uint32]string, len(e.Leaves)), cells: map[uint32]*[kinds]cell{},
	}
	people := make(map[string]*person, len(e.Leaves))
	for _, l := range e.Leaves {
		if l.Index > maxLeaf {
			continue // no KID can name it
		}
		fresh.leaves[l.Index] = l.Participant
		p := r.people[l.Participant]
		if p == nil {
			p = &person{}
		}
		people[l.Participant] = p
	}
	r.people = people
	r.retire(now, e.Removes)
	r.epochs = append(r.epochs, fresh)
	return nil
}

// retire sets when the epochs end, before a newer one comes.
func (r *Ring) retire(now time.Time, removes bool) {
	limit := now.Add(OldFor)
	if removes {
		limit = now.Add(OldAfterRemovalFor)
	}
	for _, e := range r.epochs {
		if e.until.IsZero() || removes && e.until.After(limit) {
			e.until = limit
		}
	}
	if len(r.epochs) >= maxEpochs {
		r.epochs[0].erase()
		r.epochs = append(r.epochs[:0], r.epochs[1:]...)
	}
}

// byNumber is the newest epoch of that number, nil when there is none.
func (r *Ring) byNumber(number uint64) *epoch {
	for i := len(r.epochs) - 1; i >= 0; i-- {
		if r.epochs[i].number == number {
			return r.epochs[i]
		}
	}
	return nil
}

// byField is the newest epoch whose low bits are field, nil when there is none.
func (r *Ring) byField(field uint8) *epoch {
	for i := len(r.epochs) - 1; i >= 0; i-- {
		if uint8(r.epochs[i].number) == field {
			return r.epochs[i]
		}
	}
	return nil
}

// cell is the state of a sender's kind, made on first use.
func (e *epoch) cell(id ID) *cell {
	c := e.cells[uint32(id.Leaf)]
	if c == nil {
		c = &[kinds]cell{}
		e.cells[uint32(id.Leaf)] = c
	}
	return &c[id.Kind]
}

// key derives the key of a sender.
func (e *epoch) key(id ID) (*Key, error) { return AES256GCM.key(e.secret, id.KID()) }

// erase zeroes what can be zeroed. The expanded AES keys are left to the
// collector: the standard library gives no way to reach them.
func (e *epoch) erase() {
	clear(e.secret)
	e.cells, e.own = nil, [kinds]sender{}
}
