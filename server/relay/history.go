package relay

import "github.com/roundel-meet/roundel/core/wire"

// Bounds of what a room remembers for latecomers.
const (
	historyEnvelopes = 500
	historyBytes     = 1 << 20 // of payloads
)

// History keeps the last envelopes of a room, oldest first. The zero value is
// empty and ready. It is not for concurrent use.
type History struct {
	kept  []wire.Relayed
	bytes int
}

// Add keeps r when its channel is kept, and drops the oldest over the bounds.
func (h *History) Add(r wire.Relayed) {
	if !Kept(r.Channel) {
		return
	}
	h.kept = append(h.kept, r)
	h.bytes += len(r.Payload)
	drop := 0
	for len(h.kept)-drop > historyEnvelopes || h.bytes > historyBytes {
		h.bytes -= len(h.kept[drop].Payload)
		drop++
	}
	clear(h.kept[:drop])
	h.kept = h.kept[drop:]
}

// For returns what a participant may see: what went to everyone, and what the
// participant sent or got in private. It is never nil.
func (h *History) For(participant string) []wire.Relayed {
	visible := []wire.Relayed{}
	for _, r := range h.kept {
		if r.To == "" || r.To == participant || r.From == participant {
			visible = append(visible, r)
		}
	}
	return visible
}
