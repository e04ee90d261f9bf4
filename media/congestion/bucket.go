package congestion

// Bucket is a token bucket in octets that may go into debt by one packet. It
// holds 40 ms of its rate, a video frame's time, and so never delays what comes
// at an even rate below its own. Make it with NewBucket.
type Bucket struct {
	perNano float64
	tokens  float64
	depth   float64
	last    int64
}

const (
	depthTime  = 40e6
	depthLeast = 6000 // a handful of packets, at whatever rate
)

// NewBucket makes a full bucket with a rate in bit/s.
func NewBucket(rate float64, now int64) Bucket {
	b := Bucket{last: now}
	b.SetRate(rate)
	b.tokens = b.depth
	return b
}

// SetRate changes the rate in bit/s.
func (b *Bucket) SetRate(rate float64) {
	b.perNano = rate / 8e9
	b.depth = max(b.perNano*depthTime, depthLeast)
}

// Open reports whether a packet may be sent now.
func (b *Bucket) Open(now int64) bool {
	if now > b.last {
		b.tokens = min(b.tokens+float64(now-b.last)*b.perNano, b.depth)
		b.last = now
	}
	return b.tokens > 0
}

// Take spends n octets.
func (b *Bucket) Take(n int) { b.tokens = max(b.tokens-float64(n), -b.depth) }
