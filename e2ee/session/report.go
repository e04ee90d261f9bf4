package session

import "time"

// Times of reporting.
const (
	reportAfter = time.Second     // the host who switched reports by itself
	reportNext  = 2 * time.Second // until the next host does
	reportAgain = 5 * time.Second // while the server still says otherwise
)

// reporting is what the server believes of the switch, which decides whom it
// keeps out. No secret depends on it, but while encryption is on and the server
// does not know, people come whom nobody can hear.
type reporting struct {
	known bool // the server has said it
	on    bool
	since time.Time // the disagreement
	next  time.Time // not before
}

// onRoomSays notes what the server says of the switch.
func (m *Machine) onRoomSays(e RoomSays) {
	m.report.known, m.report.on = true, e.On
}

// workReport has one host tell the server when it is wrong: the host who switched
// may have crashed before it could, or the server has forgotten.
func (m *Machine) workReport() {
	r := &m.report
	if !r.known || !m.online || r.on == m.state.E2EE || !m.fresh.done && m.others() > 0 {
		r.since = time.Time{}
		return
	}
	if r.since.IsZero() {
		r.since = m.now
	}
	turn, may := m.reportTurn()
	if !may {
		return
	}
	at := latest(r.since.Add(reportAfter+time.Duration(turn)*reportNext), r.next)
	if m.due(at) {
		r.next = m.now.Add(reportAgain)
		m.at(r.next)
		m.emit(Report{On: m.state.E2EE, Epoch: m.group.Epoch(), Offer: m.state.E2EE && m.state.Unsupported == UnsupportedOffer})
	}
}

// reportTurn is the own place among the hosts who can report: by the signed
// state, and by the server, which takes reports of those who moderate only.
func (m *Machine) reportTurn() (turn int, may bool) {
	for _, p := range m.sorted() {
		seat := m.roster[p.id.Participant]
		if !m.state.IsHost(p.id.Device) || !seat.Moderator {
			continue
		}
		if p.index == m.group.Self() {
			return turn, true
		}
		if seat.Connected && !p.silent && p.gone.IsZero() {
			turn++
		}
	}
	return 0, false
}
