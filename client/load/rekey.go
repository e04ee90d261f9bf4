package load

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/roundel-meet/roundel/client/secure"
)

// RekeyOptions describe how often people leave an encrypted meeting.
type RekeyOptions struct {
	Stay   int           // members that stay and take new keys
	Leaves int           // members that leave, one after the other
	Idle   int           // more people who have a seat and a leaf and do nothing
	Pause  time.Duration // between two of them
}

// rekeyWait bounds the way into the group, and to new keys.
const rekeyWait = 2 * time.Minute

var (
	errNotSecure = errors.New("load: re-keying takes a meeting of StartSecure")
	errNoRekey   = errors.New("load: somebody got no new keys after a leave")
)

// Rekey fills the meeting with members, lets some of them leave, and returns for
// every leave how long each one who stays took to have the keys of an epoch
// without who left. In this is the time for which the members wait for more leaves.
func (r *Roundel) Rekey(ctx context.Context, o RekeyOptions) ([][]time.Duration, error) {
	if r.secure == nil {
		return nil, errNotSecure
	}
	ctx, cancel := context.WithCancel(ctx)
	var members []*member
	defer func() {
		cancel()
		var all sync.WaitGroup
		for _, m := range members {
			all.Go(m.close)
		}
		all.Wait()
	}()
	var mu sync.Mutex
	err := together(o.Stay+o.Leaves, func(int) error {
		m, err := r.member(ctx)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		members = append(members, m)
		return nil
	})
	if err != nil {
		return nil, err
	}
	waiting, stop := context.WithTimeout(ctx, rekeyWait)
	defer stop()
	for _, m := range members {
		if err := m.Locked(waiting); err != nil {
			return nil, err
		}
	}
	if o.Idle > 0 {
		closeIdle, err := r.idlers(ctx, o.Idle, members[0])
		defer closeIdle()
		if err != nil {
			return nil, err
		}
	}
	var took [][]time.Duration
	for _, leaver := range members[o.Stay:] {
		if err := sleep(ctx, o.Pause); err != nil {
			return nil, err
		}
		times, err := leave(ctx, leaver, members[:o.Stay])
		if err != nil {
			return nil, err
		}
		took = append(took, times)
	}
	return took, nil
}

// leave lets one leave and waits until nobody who stays has them in the tree.
func leave(ctx context.Context, leaver *member, stay []*member) ([]time.Duration, error) {
	self := leaver.Seat.State().Self
	from := time.Now()
	for _, m := range stay {
		m.expect(self)
	}
	if err := leaver.Leave(ctx); err != nil {
		return nil, err
	}
	late := time.NewTimer(rekeyWait)
	defer late.Stop()
	var times []time.Duration
	for _, m := range stay {
		select {
		case at := <-m.without:
			times = append(times, at.Sub(from))
		case <-late.C:
			return nil, errNoRekey
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return times, nil
}

// member is somebody in the group whose view is followed.
type member struct {
	*secure.Meeting
	tasks   sync.WaitGroup
	without chan time.Time // when who is expected to go was out of the tree

	mu   sync.Mutex
	gone string // participant id
}

func (r *Roundel) member(ctx context.Context) (*member, error) {
	s, err := again(ctx, func() (*secure.Meeting, error) { return r.dialSecure(ctx, "Member") })
	if err != nil {
		return nil, err
	}
	m := &member{Meeting: s, without: make(chan time.Time, 1)}
	m.tasks.Go(func() { m.follow(ctx) })
	return m, nil
}

func (m *member) close() {
	_ = m.Close() // again, for who has left
	m.tasks.Wait()
}

func (m *member) expect(gone string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.gone = gone
}

// follow looks at the view when it has changed and somebody is to be gone.
func (m *member) follow(ctx context.Context) {
	for {
		e, err := m.Next(ctx)
		if err != nil {
			return
		}
		if _, ok := e.(secure.Changed); !ok {
			continue
		}
		at := time.Now()
		m.mu.Lock()
		gone := m.gone
		m.mu.Unlock()
		if gone == "" || m.hasKeysFor(gone) {
			continue
		}
		m.expect("")
		m.without <- at
	}
}

// hasKeysFor reports whether somebody's leaf is in the tree.
func (m *member) hasKeysFor(id string) bool {
	v := m.View()
	if v == nil {
		return false
	}
	for _, p := range v.People {
		if p.ID == id {
			return p.InTree
		}
	}
	return false
}

// Quantile is the smallest of some times that a share of them does not exceed.
func Quantile(times []time.Duration, share float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	rank := int(share*float64(len(sorted)) + 0.999999)
	return sorted[min(max(rank-1, 0), len(sorted)-1)]
}
