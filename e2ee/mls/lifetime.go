package mls

import (
	"math"
	"time"
)

const (
	// defaultLifetime is what Config.Lifetime 0 means.
	defaultLifetime = 90 * 24 * time.Hour
	// clockSkew is how wrong the clocks of two devices may be: own lifetimes
	// start that much earlier, others' are judged that much milder.
	clockSkew = 24 * time.Hour
)

func (c *Config) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

// lifetime is that of an own KeyPackage made now.
func (c *Config) lifetime() (notBefore, notAfter uint64) {
	life := c.Lifetime
	switch {
	case life < 0:
		return 0, math.MaxUint64
	case life == 0:
		life = defaultLifetime
	}
	now := c.now()
	return seconds(now.Add(-clockSkew)), seconds(now.Add(life))
}

// alive checks a KeyPackage's lifetime (RFC 9420 section 7.3).
func (c *Config) alive(l *leafNode) error {
	if c.Lifetime < 0 {
		return nil
	}
	now := c.now()
	if l.notBefore > seconds(now.Add(clockSkew)) || l.notAfter < seconds(now.Add(-clockSkew)) {
		return fail(ErrLeaf, "key package is not yet or no longer valid")
	}
	longest := c.Lifetime
	if longest == 0 {
		longest = defaultLifetime
	}
	if l.notAfter-l.notBefore > uint64((longest+2*clockSkew)/time.Second) {
		return fail(ErrLeaf, "key package claims to live too long")
	}
	return nil
}

func seconds(t time.Time) uint64 {
	return uint64(max(0, t.Unix()))
}
