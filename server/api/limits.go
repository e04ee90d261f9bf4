package api

import (
	"strings"
	"time"

	"github.com/roundel-meet/roundel/server/limit"
	"github.com/roundel-meet/roundel/server/store"
)

// Limits says how often one client may do what strangers can do, or what costs
// much.
type Limits struct {
	Requests limit.Rate // of any kind, for each address
	SignIn   limit.Rate // tries, for each address
	Name     limit.Rate // sign-in tries, for each name, whether a user has it or not
	Claim    limit.Rate // tries, for each address
	Miss     limit.Rate // look-ups of numbers that lead nowhere, for each address
	Create   limit.Rate // new meetings, for each user
}

// DefaultLimits leave room for a company behind one address, and none for
// guessing passwords and meeting numbers.
func DefaultLimits() Limits {
	return Limits{
		Requests: limit.Rate{Burst: 500, Every: 10 * time.Millisecond},
		SignIn:   limit.Rate{Burst: 10, Every: 6 * time.Second},
		Name:     limit.Rate{Burst: 20, Every: 30 * time.Second},
		Claim:    limit.Rate{Burst: 10, Every: 6 * time.Second},
		Miss:     limit.Rate{Burst: 20, Every: 6 * time.Second},
		Create:   limit.Rate{Burst: 60, Every: 2 * time.Second},
	}
}

// limiters are the buckets of Limits.
type limiters struct {
	requests, signIn, name, claim, miss, create *limit.Limiter
}

func newLimiters(l Limits) limiters {
	return limiters{
		requests: limit.New(l.Requests),
		signIn:   limit.New(l.SignIn),
		name:     limit.New(l.Name),
		claim:    limit.New(l.Claim),
		miss:     limit.New(l.Miss),
		create:   limit.New(l.Create),
	}
}

// allow takes a token of key's bucket, or returns a rate_limited Problem.
func allow(l *limit.Limiter, key string) error {
	if ok, wait := l.Allow(key); !ok {
		return tooMany(wait)
	}
	return nil
}

// nameBucket is the same for all spellings that sign in the same user, and short
// however long the name is.
func nameBucket(name string) string {
	key, err := store.NameKey(name)
	if err != nil {
		key = strings.ToLower(name)
	}
	digest := store.DigestOf(key)
	return string(digest[:])
}
