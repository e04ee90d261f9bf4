package journeys

import (
	"testing"
	"time"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/client/secure"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/e2ee/sframe"
)

// circle is people who share keys; what the group's session decides is decided by
// the test.
type circle struct {
	t       *testing.T
	people  []*person
	ciphers []*secure.Cipher
	epoch   uint64
}

// newCircle connects people with a cipher each, all in clear mode.
func newCircle(t *testing.T, o client.MediaOptions, people ...*person) *circle {
	c := &circle{t: t, people: people}
	for _, p := range people {
		cipher, err := secure.NewCipher(secure.CipherOptions{Meeting: "7b1d3a60-5f0e-4a57-8f5b-0f6a1f7c2e90"})
		p.does(err)
		c.ciphers = append(c.ciphers, cipher)
		cipher.Send(sframe.Send{Mode: sframe.SendClear})
		cipher.Receive(sframe.Receive{Mode: sframe.ClearToo})
		o.Cipher = cipher
		p.connect(o)
	}
	return c
}

// rekey begins an epoch with the first members people.
func (c *circle) rekey(members int) {
	c.t.Helper()
	c.epoch++
	e := sframe.Epoch{Number: c.epoch, Base: [32]byte{byte(c.epoch)}, Removes: members < len(c.people)}
	var from []string
	for i, p := range c.people[:members] {
		e.Leaves = append(e.Leaves, sframe.Leaf{Index: uint32(i), Participant: p.id()})
		from = append(from, p.id())
	}
	for i, cipher := range c.ciphers[:members] {
		e.Self = uint32(i)
		c.people[i].does(cipher.Epoch(e))
		cipher.Receive(sframe.Receive{Mode: sframe.Grace, Until: time.Now().Add(sframe.GraceFor), From: from})
	}
	for _, cipher := range c.ciphers[:members] {
		cipher.Send(sframe.Send{Mode: sframe.Sealing, Epoch: c.epoch})
	}
}

// lock ends the grace; unlock switches off, receivers first.
func (c *circle) lock() {
	for _, cipher := range c.ciphers {
		cipher.Receive(sframe.Receive{Mode: sframe.Sealed})
	}
}

func (c *circle) unlock() {
	for _, cipher := range c.ciphers {
		cipher.Receive(sframe.Receive{Mode: sframe.ClearToo})
	}
	for _, cipher := range c.ciphers {
		cipher.Send(sframe.Send{Mode: sframe.SendClear})
	}
}

// playedNothingElse fails the test when a frame was played that is not as it was
// sent, or not by whom it was said to be.
func (c *circle) playedNothingElse() {
	c.t.Helper()
	for _, p := range c.people {
		p.mu.Lock()
		if p.stray > 0 {
			c.t.Errorf("%s was played %d frames that did not open", p.name, p.stray)
		}
		p.mu.Unlock()
	}
}

// TestSealedMediaInEveryCodec switches on and off while the media flows: nobody
// is ever played what does not open.
func TestSealedMediaInEveryCodec(t *testing.T) {
	for _, codec := range []client.Codec{client.VP8, client.VP9, client.AV1, client.H264} {
		t.Run(string(codec), func(t *testing.T) {
			number := createMeeting(t, nil).Number
			ann, bob := newPerson(t, "Ann").asOwner().join(number), newPerson(t, "Bob").join(number)
			c := newCircle(t, both(codec), ann, bob)
			for i, p := range c.people {
				p.publish(meeting.KindMic, meeting.KindCamera)
				p.wants(meeting.KindCamera, c.people[1-i])
			}
			flows := func() {
				t.Helper()
				for i, p := range c.people {
					p.gets(c.people[1-i], meeting.KindMic)
					p.gets(c.people[1-i], meeting.KindCamera)
				}
			}
			flows()
			for range 2 {
				c.rekey(2)
				flows()
				c.lock()
				c.rekey(2) // while sealed
				flows()
				c.unlock()
				flows()
			}
			c.playedNothingElse()
			for i, cipher := range c.ciphers {
				counts := cipher.Counts()
				if counts.Opened == 0 || counts.Passed == 0 {
					t.Errorf("%s: %+v", c.people[i].name, counts)
				}
				for reason, n := range counts.Refused {
					if reason != sframe.Clear.Name() && reason != sframe.Old.Name() || n > 10 {
						t.Errorf("%d frames refused as %s: %+v", n, reason, counts)
					}
				}
			}
		})
	}
}

// TestWhoIsRemovedHearsNothing: without the new epoch's key nothing opens, and
// what the removed person still seals under the old one is dropped.
func TestWhoIsRemovedHearsNothing(t *testing.T) {
	number := createMeeting(t, nil).Number
	ann, bob, cem := newPerson(t, "Ann").asOwner().join(number), newPerson(t, "Bob").join(number), newPerson(t, "Cem").join(number)
	c := newCircle(t, both(client.VP8), ann, bob, cem)
	c.rekey(3)
	c.lock()
	for _, p := range c.people {
		p.publish(meeting.KindMic)
	}
	cem.gets(ann, meeting.KindMic)
	ann.gets(cem, meeting.KindMic)
	c.rekey(2)
	ann.loses(cem, meeting.KindMic)
	cem.loses(ann, meeting.KindMic)
	ann.gets(bob, meeting.KindMic)
	bob.gets(ann, meeting.KindMic)
	if c.ciphers[0].Counts().Refused[sframe.Removed.Name()] == 0 {
		t.Error("no frame of the removed person was refused")
	}
	c.playedNothingElse()
}
