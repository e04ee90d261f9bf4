package secure

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/roundel-meet/roundel/client"
)

// maxOutbox bounds the requests that wait for a slow connection.
const maxOutbox = 1024

// outbox sends requests in their order without waiting for replies, and without
// making the sender wait for the network.
type outbox struct {
	session *client.Session
	wake    chan struct{}

	mu    sync.Mutex
	queue []posting
}

// posting is one request; done gets its reply, once.
type posting struct {
	typ  string
	body any
	done func(json.RawMessage, error)
}

func newOutbox(s *client.Session) *outbox {
	return &outbox{session: s, wake: make(chan struct{}, 1)}
}

// put queues a request. Of too many the newest fail.
func (o *outbox) put(p posting) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) >= maxOutbox {
		return false
	}
	o.queue = append(o.queue, p)
	select {
	case o.wake <- struct{}{}:
	default:
	}
	return true
}

func (o *outbox) take() []posting {
	o.mu.Lock()
	defer o.mu.Unlock()
	queue := o.queue
	o.queue = nil
	return queue
}

// run sends until the context ends.
func (o *outbox) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.wake:
		}
		for _, p := range o.take() {
			if err := o.session.Start(ctx, p.typ, p.body, p.done); err != nil {
				p.done(nil, err)
			}
		}
	}
}
