// Package limit has token buckets for what strangers can ask of the server:
// sign-in, claims, meeting look-ups, joins and passcode tries. A Limiter keeps
// one bucket for each key in bounded memory. It is not for the packet path.
package limit

import (
	"sync"
	"time"
)

// Rate is how often something may happen: Burst times at once, and once more
// after each Every.
type Rate struct {
	Burst int           // at least 1
	Every time.Duration // more than 0
}

// maxKeys is how many keys a Limiter remembers; a bucket takes about 100 bytes.
const maxKeys = 20_000

// overflow is the key that all newcomers share while a Limiter is full: then it
// is strict with strangers rather than forgetful about those it holds back.
const overflow = "\x00overflow"

// Limiter keeps a token bucket for each key, safe for concurrent use. A bucket
// that has filled up again is forgotten.
type Limiter struct {
	rate Rate             // immutable
	now  func() time.Time // immutable
	max  int              // immutable

	mu    sync.Mutex
	full  map[string]time.Time // owned by mu: when each bucket is full again
	swept time.Time            // owned by mu: when full buckets were last dropped
}

// Option changes how New makes a Limiter.
type Option func(*Limiter)

// WithClock replaces the wall clock.
func WithClock(now func() time.Time) Option {
	return func(l *Limiter) { l.now = now }
}

// WithMaxKeys replaces the number of keys that are remembered.
func WithMaxKeys(n int) Option {
	return func(l *Limiter) { l.max = n }
}

// New returns a Limiter that allows rate for each key.
func New(rate Rate, opts ...Option) *Limiter {
	l := &Limiter{rate: rate, now: time.Now, max: maxKeys, full: make(map[string]time.Time)}
	for _, opt := range opts {
		opt(l)
	}
	return l
}

// Allow takes one token of key's bucket. When there is none it returns false and
// how long until there is one.
func (l *Limiter) Allow(key string) (ok bool, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	key = l.place(key, now)
	full := l.fullAt(key, now).Add(l.rate.Every)
	if wait := full.Sub(now) - l.capacity(); wait > 0 {
		return false, wait
	}
	l.full[key] = full
	return true, 0
}

// Check is Allow without taking a token: it says whether Allow would succeed.
// With it only failures can be counted: Check before, Allow after a failure.
func (l *Limiter) Check(key string) (ok bool, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if _, known := l.full[key]; !known && len(l.full) >= l.max {
		key = overflow
	}
	if wait := l.fullAt(key, now).Add(l.rate.Every).Sub(now) - l.capacity(); wait > 0 {
		return false, wait
	}
	return true, 0
}

// capacity is how long an empty bucket takes to fill.
func (l *Limiter) capacity() time.Duration { return time.Duration(l.rate.Burst) * l.rate.Every }

// fullAt returns when key's bucket is full, now at the earliest. Each token that
// is missing puts that moment off by Every, which is all a bucket has to keep
// (GCRA; ITU-T I.371, annex A).
func (l *Limiter) fullAt(key string, now time.Time) time.Time {
	if at, ok := l.full[key]; ok && at.After(now) {
		return at
	}
	return now
}

// place returns the key whose bucket counts for key, after making room.
func (l *Limiter) place(key string, now time.Time) string {
	if _, known := l.full[key]; known || len(l.full) < l.max {
		return key
	}
	// A sweep looks at every bucket, so a flood must not cause one per call.
	if now.Sub(l.swept) >= l.rate.Every {
		l.swept = now
		for k, at := range l.full {
			if !at.After(now) {
				delete(l.full, k)
			}
		}
	}
	if len(l.full) < l.max {
		return key
	}
	return overflow
}

// Len returns how many keys are remembered.
func (l *Limiter) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.full)
}
