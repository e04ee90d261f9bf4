package relay

import (
	"time"

	"golang.org/x/time/rate"

	"github.com/roundel-meet/roundel/core/meeting"
)

// What one participant may send: a room passes each envelope on to everyone, so
// this is far below what its connection may send.
const (
	budgetEnvelopes = 5 // per second, sustained
	burstEnvelopes  = 20
	budgetBytes     = 8 << 10 // per second, sustained
	burstBytes      = 128 << 10
)

// Budget is what one participant may still send. It is not for concurrent use.
type Budget struct {
	envelopes *rate.Limiter
	bytes     *rate.Limiter
}

// NewBudget returns a full Budget.
func NewBudget() *Budget {
	return &Budget{
		envelopes: rate.NewLimiter(budgetEnvelopes, burstEnvelopes),
		bytes:     rate.NewLimiter(budgetBytes, burstBytes),
	}
}

// Spend takes one envelope of size bytes, or returns a rate_limited Error.
func (b *Budget) Spend(now time.Time, size int) error {
	if !b.envelopes.AllowN(now, 1) || !b.bytes.AllowN(now, size) {
		return meeting.Errorf(meeting.CodeRateLimited, "You are sending too fast. Please wait a moment.")
	}
	return nil
}
