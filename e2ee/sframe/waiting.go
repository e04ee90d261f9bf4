package sframe

import "time"

// Waiting keeps the frames of one track that were Held, in the order of their
// arrival. The zero value is ready.
type Waiting[T any] struct {
	items []waiting[T]
}

type waiting[T any] struct {
	since time.Time
	value T
}

// Put keeps a frame, which must not change any more; false means that there are
// too many (Full).
func (w *Waiting[T]) Put(now time.Time, value T) bool {
	if len(w.items) >= HeldFrames {
		return false
	}
	w.items = append(w.items, waiting[T]{now, value})
	return true
}

// Expire forgets the frames that waited too long and returns them.
func (w *Waiting[T]) Expire(now time.Time) (gone []T) {
	for len(w.items) > 0 && now.Sub(w.items[0].since) > HeldFor {
		gone = append(gone, w.items[0].value)
		w.items[0] = waiting[T]{}
		w.items = w.items[1:]
	}
	return gone
}

// Offer gives each frame to try, which reports whether it must wait on.
func (w *Waiting[T]) Offer(try func(T) (wait bool)) {
	kept := w.items[:0]
	for _, item := range w.items {
		if try(item.value) {
			kept = append(kept, item)
		}
	}
	clear(w.items[len(kept):])
	w.items = kept
}

// Len is how many frames wait.
func (w *Waiting[T]) Len() int { return len(w.items) }
