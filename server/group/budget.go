package group

import (
	"time"

	"golang.org/x/time/rate"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// pace is how often a device may do something: sustained, per second, and at once.
type pace struct {
	perSec rate.Limit
	burst  int
}

// paces leave room for a device that answers a whole class of newcomers or that
// loses many races for an epoch in a row, and not for one that does nothing else.
var paces = map[string]pace{
	wire.TypeGroupOpen:   {1, 10},
	wire.TypeGroupFetch:  {2, 30},
	wire.TypeGroupCommit: {5, 50},
	wire.TypeGroupInfo:   {2, 10},
	wire.TypeGroupRefuse: {2, 20},
	wire.TypeGroupKnock:  {1, 10},
	wire.TypeGroupSend:   {30, 400},
}

// What a device may have passed on, in bytes.
const (
	sendBytesPerSec   = 64 << 10
	sendBytesBurst    = 1 << 20
	commitBytesPerSec = 1 << 20
	commitBytesBurst  = 8 << 20
)

var errTooFast = meeting.Errorf(meeting.CodeRateLimited, "This device asks too much of the group. Please wait a moment.")

// Budget is what one device may still ask of the delivery service.
type Budget struct {
	requests      map[string]*rate.Limiter
	send, commits *rate.Limiter // bytes
}

// NewBudget returns a full Budget.
func NewBudget() *Budget {
	b := &Budget{
		requests: map[string]*rate.Limiter{},
		send:     rate.NewLimiter(sendBytesPerSec, sendBytesBurst),
		commits:  rate.NewLimiter(commitBytesPerSec, commitBytesBurst),
	}
	return b
}

// Spend takes one request of a type with bytes that others will be sent, or
// returns a rate_limited Error.
func (b *Budget) Spend(now time.Time, typ string, bytes int) error {
	l := b.requests[typ]
	if l == nil {
		p := paces[typ]
		l = rate.NewLimiter(p.perSec, p.burst)
		b.requests[typ] = l
	}
	size := b.commits
	if typ == wire.TypeGroupSend {
		size = b.send
	}
	if !l.AllowN(now, 1) || !size.AllowN(now, bytes) {
		return errTooFast
	}
	return nil
}
