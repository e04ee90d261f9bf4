package transport

import (
	"hash/maphash"
	"net/netip"
)

// bucket is a token bucket that holds one second's worth. It has no lock: each
// belongs to the reader.
type bucket struct {
	tokens int64 // nanotokens: 1e9 are one token
	rate   int64 // tokens per second
	last   int64 // Now of the last refill
}

func newBucket(rate int, now int64) bucket {
	return bucket{tokens: int64(rate) * second, rate: int64(rate), last: now}
}

const second = int64(1e9)

// take removes n tokens if they are there.
func (b *bucket) take(n int, now int64) bool {
	if d := now - b.last; d > 0 {
		b.last = now
		b.tokens += min(d, second) * b.rate
		b.tokens = min(b.tokens, b.rate*second)
	}
	cost := int64(n) * second
	if b.tokens < cost {
		return false
	}
	b.tokens -= cost
	return true
}

// strangers limits source addresses that own no validated 5-tuple. Addresses
// share buckets by a seeded hash, so memory is fixed and nobody can aim at
// somebody else's bucket. IPv6 sources count by their /64.
type strangers struct {
	seed    maphash.Seed
	rate    int
	buckets [4096]bucket
}

func newStrangers(rate int) *strangers {
	return &strangers{seed: maphash.MakeSeed(), rate: rate}
}

func (s *strangers) take(ip netip.Addr, now int64) bool {
	b := &s.buckets[maphash.Comparable(s.seed, sourceOf(ip))%uint64(len(s.buckets))]
	if b.rate == 0 {
		*b = newBucket(s.rate, now)
	}
	return b.take(1, now)
}

// sourceOf returns what one attacker surely owns: an IPv4 address or an IPv6 /64.
func sourceOf(ip netip.Addr) netip.Addr {
	if ip.Is4() {
		return ip
	}
	p, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return ip
	}
	return p.Addr()
}
