package packet

import "github.com/roundel-meet/roundel/media/codec"

// Entry is one packet in a Cache.
type Entry struct {
	Seq       int64 // extended sequence number
	At        int64 // arrival
	at        uint64
	Timestamp uint32
	size      uint16
	described uint8 // length of its descriptor
	Marker    bool
	Info      codec.Info

	// Frame numbers the coded frame that the packet is of, where that is Framed.
	Framed bool
	Frame  uint16
}

// Empty reports that the packet carries no payload: padding only.
func (e *Entry) Empty() bool { return e.size == 0 }

// Size returns the length of the payload.
func (e *Entry) Size() int { return int(e.size) }

// Cache keeps the newest packets of one stream: their payloads in one ring of
// octets, so that small packets do not cost as much as large ones. It is bounded
// by both counts it is made with and allocates only when made.
type Cache struct {
	entries []Entry // by the low bits of the sequence number
	ring    []byte
	head    uint64 // octets ever written, with those skipped at the ring's end
	high    int64
}

// NewCache makes a cache of at most packets (a power of two) and octets.
func NewCache(packets, octets int) *Cache {
	if packets&(packets-1) != 0 {
		panic("packet: the cache's size is not a power of two")
	}
	return &Cache{entries: make([]Entry, packets), ring: make([]byte, octets)}
}

// Put copies payload into the cache and returns its entry, or nil for a
// duplicate, a packet older than the cache reaches, or one too large for it.
func (c *Cache) Put(e Entry, payload []byte) *Entry { return c.PutDescribed(e, nil, payload) }

// PutDescribed puts a packet with its dependency descriptor, of at most 255 octets.
func (c *Cache) PutDescribed(e Entry, descriptor, payload []byte) *Entry {
	slot := &c.entries[uint64(e.Seq)%uint64(len(c.entries))]
	both := len(descriptor) + len(payload)
	if slot.Seq >= e.Seq || both > len(c.ring)/4 || e.Seq <= 0 {
		return nil
	}
	size := uint64(len(c.ring))
	at := c.head % size
	if at+uint64(both) > size {
		c.head += size - at
		at = 0
	}
	e.at, e.size, e.described = c.head, uint16(len(payload)), uint8(len(descriptor))
	if e.described > 0 {
		copy(c.ring[at+uint64(len(payload)):], descriptor)
	}
	copy(c.ring[at:], payload)
	c.head += uint64(both)
	*slot = e
	c.high = max(c.high, e.Seq)
	return slot
}

// Get returns the entry of the packet with this extended number, or nil when it
// never came or has been overwritten. The entry is valid until the next Put.
func (c *Cache) Get(seq int64) *Entry {
	e := &c.entries[uint64(seq)%uint64(len(c.entries))]
	if e.Seq != seq || seq <= 0 || c.head-e.at > uint64(len(c.ring)) {
		return nil
	}
	return e
}

// Reset forgets all packets and keeps the memory.
func (c *Cache) Reset() {
	clear(c.entries)
	c.head, c.high = 0, 0
}

// Payload returns e's payload inside the cache. It may be renumbered in place
// (see codec.Info) and is valid until the next Put.
func (c *Cache) Payload(e *Entry) []byte {
	at := e.at % uint64(len(c.ring))
	return c.ring[at : at+uint64(e.size) : at+uint64(e.size)]
}

// Descriptor returns e's dependency descriptor inside the cache, empty where it has
// none. It is valid until the next Put.
func (c *Cache) Descriptor(e *Entry) []byte {
	at := e.at%uint64(len(c.ring)) + uint64(e.size)
	return c.ring[at : at+uint64(e.described) : at+uint64(e.described)]
}

// High returns the highest extended number put so far.
func (c *Cache) High() int64 { return c.high }
