package room

import "time"

// quality is how good somebody's media connection is: level and reason as in
// wire.Participant.
type quality struct {
	level  int
	reason string
}

// qualityCost is for how long a room tells no other quality after it told one, for
// each seat that was told: what happens to all at once, as when the server's own
// network is bad, must not make it worse.
const qualityCost = time.Millisecond

type mediaQuality struct {
	peer    string
	quality quality
}

// The last judgement waits for its turn; one that is what everybody knows already
// is passed over then.
func (m mediaQuality) handle(r *Room) {
	s := r.byID(m.peer)
	if s == nil || s.peer == nil {
		return
	}
	if s.judged = m.quality; s.judged == s.quality {
		return
	}
	if !s.unrated {
		s.unrated = true
		r.unrated = append(r.unrated, s)
	}
	r.rate(r.now())
}

// rateDue returns when the next quality may be told, and whether one waits.
func (r *Room) rateDue() (time.Time, bool) { return r.rateAfter, len(r.unrated) > 0 }

// rate tells the qualities that wait, the longest waiting first, as far as it is
// time to.
func (r *Room) rate(now time.Time) {
	for len(r.unrated) > 0 && !now.Before(r.rateAfter) {
		s := r.unrated[0]
		r.unrated[0] = nil
		r.unrated = r.unrated[1:]
		s.unrated = false
		if r.byID(s.id) != s || s.judged == s.quality {
			continue
		}
		s.quality = s.judged
		r.changed(s)
		r.rateAfter = now.Add(time.Duration(len(r.seats)) * qualityCost)
	}
}
