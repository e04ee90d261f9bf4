package limit

import "sync"

// Cap bounds how many of something exist at the same time, such as open
// connections: for each key and in all. It is safe for concurrent use. Only keys
// that have some are remembered, so the bound of all bounds its memory too.
type Cap struct {
	each, all int // immutable

	mu    sync.Mutex
	held  map[string]int // owned by mu: more than 0 for each key
	total int            // owned by mu
}

// NewCap returns a Cap of each for every key and of all for all keys together.
func NewCap(each, all int) *Cap {
	return &Cap{each: each, all: all, held: make(map[string]int)}
}

// Enter counts one more of key's, or returns false when there are too many. What
// entered has to Leave once.
func (c *Cap) Enter(key string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.total >= c.all || c.held[key] >= c.each {
		return false
	}
	c.held[key]++
	c.total++
	return true
}

// Leave counts one less of key's.
func (c *Cap) Leave(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total--
	if c.held[key]--; c.held[key] == 0 {
		delete(c.held, key)
	}
}

// Len returns how many keys are remembered.
func (c *Cap) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.held)
}
