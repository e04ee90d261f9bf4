package journeys

import (
	"testing"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/core/meeting"
)

// TestWithoutUDP: somebody whose network lets only TCP through hears, sees, and is
// heard and seen; the server says that it is TCP.
func TestWithoutUDP(t *testing.T) {
	number := createMeeting(t, nil).Number
	ann, bob := newPerson(t, "Ann").asOwner().join(number), newPerson(t, "Bob").join(number)
	byUDPAndTCP(t, ann, bob)
}

// byUDPAndTCP has ann and bob see and hear each other, bob by TCP, and the server say so.
func byUDPAndTCP(t *testing.T, ann, bob *person) {
	t.Helper()
	o := both(client.VP8)
	ann.connect(o).publish(meeting.KindMic, meeting.KindCamera)
	o.Transport = client.TCP
	bob.connect(o).publish(meeting.KindMic, meeting.KindCamera)
	ann.wants(meeting.KindCamera, bob)
	bob.wants(meeting.KindCamera, ann)
	for _, pair := range [][2]*person{{ann, bob}, {bob, ann}} {
		pair[0].gets(pair[1], meeting.KindMic)
		pair[0].gets(pair[1], meeting.KindCamera)
	}
	for p, want := range map[*person]string{ann: "udp", bob: "tcp"} {
		eventually(t, p.name+"'s protocol is "+want, func() bool {
			seen, ok := ann.m.State().Participant(p.id())
			return ok && seen.Leg.Media != nil && seen.Leg.Media.Protocol == want
		})
	}
}
