package room

// Bounds of what is remembered of bans. Over them the oldest are forgotten.
const (
	maxBans        = 1000 // marks of one meeting
	maxBanMeetings = 1000 // meetings whose room has ended
)

// banList holds the marks of those who were banned from one meeting. It lasts
// until the meeting ends or the server restarts.
type banList []string

func (b banList) has(marks []string) bool {
	for _, banned := range b {
		for _, mark := range marks {
			if banned == mark {
				return true
			}
		}
	}
	return false
}

func (b banList) add(marks []string) banList {
	b = append(b, marks...)
	if over := len(b) - maxBans; over > 0 {
		b = append(b[:0:0], b[over:]...)
	}
	return b
}

// banArchive keeps the bans of meetings that have no room just now.
type banArchive struct {
	lists map[string]banList // by meeting id
	order []string           // of lists, oldest first
}

func (a *banArchive) put(meetingID string, b banList) {
	if len(b) == 0 {
		return
	}
	if a.lists == nil {
		a.lists = map[string]banList{}
	}
	a.drop(meetingID)
	a.lists[meetingID] = b
	a.order = append(a.order, meetingID)
	if len(a.order) > maxBanMeetings {
		delete(a.lists, a.order[0])
		a.order = append(a.order[:0:0], a.order[1:]...)
	}
}

func (a *banArchive) drop(meetingID string) {
	if _, ok := a.lists[meetingID]; !ok {
		return
	}
	delete(a.lists, meetingID)
	kept := a.order[:0]
	for _, id := range a.order {
		if id != meetingID {
			kept = append(kept, id)
		}
	}
	a.order = kept
}
