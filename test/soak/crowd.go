package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// crowd is everybody with the meetings they choose from.
type crowd struct {
	probe *probe
	flags flags

	mu      sync.Mutex
	numbers []string
	stats   stats
	faults  []string // that no person should meet; the first few
}

// stats counts what people lived through.
type stats struct {
	joins, vanished, closed, ended, frames int
}

func (s stats) String() string {
	return fmt.Sprintf("%d joins, %d vanished, %d turned away or closed, %d meetings ended, %d frames received",
		s.joins, s.vanished, s.closed, s.ended, s.frames)
}

func (c *crowd) count() stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats
}

// owner dials with the token for what only the owner may do.
func (c *crowd) owner(ctx context.Context) (*client.Session, error) {
	return client.Dial(ctx, client.Options{Server: c.probe.daemon.URL, CA: c.probe.daemon.CA, Token: c.probe.token})
}

// open makes the meetings.
func (c *crowd) open(ctx context.Context) error {
	for i := range c.numbers {
		if err := c.renew(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// renew puts a new meeting in place i and ends the old one, if any.
func (c *crowd) renew(ctx context.Context, i int) error {
	s, err := c.owner(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	made, err := s.CreateMeeting(ctx, wire.NewMeeting{Title: "Soak"})
	if err != nil {
		return err
	}
	c.mu.Lock()
	old := c.numbers[i]
	c.numbers[i] = made.Number
	c.mu.Unlock()
	if old == "" {
		return nil
	}
	c.mu.Lock()
	c.stats.ended++
	c.mu.Unlock()
	return s.EndMeeting(ctx, old)
}

// close ends all meetings.
func (c *crowd) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, err := c.owner(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	var errs []error
	for _, number := range c.numbers {
		errs = append(errs, s.EndMeeting(ctx, number))
	}
	return errors.Join(errs...)
}

// live is one person's life: join, stay, leave or vanish, and again. Now and
// then they end a meeting for all.
func (c *crowd) live(ctx context.Context, r *rand.Rand) {
	for ctx.Err() == nil {
		i := r.IntN(len(c.numbers))
		c.mu.Lock()
		number := c.numbers[i]
		c.mu.Unlock()
		c.note(ctx, c.visit(ctx, r, number))
		if r.IntN(40) == 0 {
			c.note(ctx, c.renew(ctx, i))
		}
		pause(ctx, time.Duration(r.IntN(1500))*time.Millisecond)
	}
}

// note keeps an error that no person should meet.
func (c *crowd) note(ctx context.Context, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch meeting.CodeOf(err) {
	case meeting.CodeEnded, meeting.CodeNotFound, meeting.CodeRemoved, meeting.CodeRateLimited:
		c.stats.closed++
	default:
		if len(c.faults) < 10 {
			c.faults = append(c.faults, err.Error())
		}
	}
}

// verdict fails when people met faults or got nothing.
func (c *crowd) verdict() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.faults) > 0 {
		return fmt.Errorf("people met faults:\n%s", strings.Join(c.faults, "\n"))
	}
	if c.stats.joins == 0 || c.stats.frames == 0 {
		return fmt.Errorf("nothing happened: %v", c.stats)
	}
	return nil
}

// tell prints a line each minute.
func (c *crowd) tell(ctx context.Context) {
	for pause(ctx, time.Minute) {
		if f, err := c.probe.read(ctx); err == nil {
			fmt.Printf("soak: %s %v; %v\n", time.Now().Format(time.TimeOnly), f, c.count())
		}
	}
}

// pause reports whether the whole time passed.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
