package journeys

import (
	"testing"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// both is what someone with microphone and camera sends.
func both(c client.Codec) client.MediaOptions {
	return client.MediaOptions{Send: []client.Send{{Kind: meeting.KindMic}, {Kind: meeting.KindCamera, Codec: c}}}
}

func TestThreePeopleHearAndSeeEachOther(t *testing.T) {
	for _, codec := range []client.Codec{client.VP8, client.VP9, client.AV1, client.H264} {
		t.Run(string(codec), func(t *testing.T) {
			number := createMeeting(t, nil).Number
			people := []*person{newPerson(t, "Ann").asOwner().join(number), newPerson(t, "Bob").join(number), newPerson(t, "Cem").join(number)}
			for _, p := range people {
				p.connect(both(codec)).publish(meeting.KindMic, meeting.KindCamera)
			}
			for _, p := range people {
				var others []*person
				for _, o := range people {
					if o != p {
						others = append(others, o)
					}
				}
				p.wants(meeting.KindCamera, others...)
			}
			for _, p := range people {
				for _, o := range people {
					if o != p {
						p.gets(o, meeting.KindMic)
						p.gets(o, meeting.KindCamera)
					}
				}
				if n := p.frames(p, meeting.KindMic); n > 0 {
					t.Errorf("%s hears their own voice", p.name)
				}
			}
		})
	}
}

func TestMuteStopsMedia(t *testing.T) {
	number := createMeeting(t, nil).Number
	ann, bob := newPerson(t, "Ann").asOwner().join(number), newPerson(t, "Bob").join(number)
	ann.connect(both(client.VP8))
	bob.connect(both(client.VP8)).publish(meeting.KindMic, meeting.KindCamera)
	ann.wants(meeting.KindCamera, bob)
	ann.gets(bob, meeting.KindMic)
	ann.gets(bob, meeting.KindCamera)

	// Bob mutes himself.
	bob.does(bob.media.Track(meeting.KindMic).SetLive(testContext(t), false))
	ann.loses(bob, meeting.KindMic)
	eventually(t, "Ann is shown that Bob is muted", func() bool {
		p, _ := ann.m.State().Participant(bob.id())
		return !p.Live[meeting.KindMic] && p.Live[meeting.KindCamera]
	})
	bob.does(bob.media.Track(meeting.KindMic).SetLive(testContext(t), true))
	ann.gets(bob, meeting.KindMic)

	// The host stops his video.
	ann.does(ann.m.Mute(testContext(t), bob.id(), meeting.KindCamera))
	ann.loses(bob, meeting.KindCamera)
	eventually(t, "Bob's client stops", func() bool { return !bob.media.Track(meeting.KindCamera).Live() })
	ann.gets(bob, meeting.KindMic)

	// The host mutes all and asks Bob back, who answers.
	ann.does(ann.m.MuteAll(testContext(t)))
	ann.loses(bob, meeting.KindMic)
	ann.does(ann.m.AskUnmute(testContext(t), bob.id()))
	eventually(t, "Bob is asked", func() bool {
		return bob.saw(wire.TypeAsked, func(e client.Event) bool { return e.Body.(wire.Asked).By == ann.id() })
	})
	bob.does(bob.media.Track(meeting.KindMic).SetLive(testContext(t), true))
	ann.gets(bob, meeting.KindMic)
}

func TestServerHoldsBackWhatIsMuted(t *testing.T) {
	number := createMeeting(t, nil).Number
	ann, bob := newPerson(t, "Ann").asOwner().join(number), newPerson(t, "Bob").join(number)
	ann.connect(client.MediaOptions{})
	bob.connect(both(client.VP8)).publish(meeting.KindMic)
	ann.gets(bob, meeting.KindMic)
	// A client that goes on sending: only the server is told of the mute.
	bob.does(bob.session.Request(testContext(t), wire.TypeMediaLive, wire.MediaLive{Kind: meeting.KindMic, Live: false}, nil))
	ann.loses(bob, meeting.KindMic)
}

func TestOnlyWantedVideoComes(t *testing.T) {
	number := createMeeting(t, nil).Number
	ann, bob, cem := newPerson(t, "Ann").asOwner().join(number), newPerson(t, "Bob").join(number), newPerson(t, "Cem").join(number)
	ann.connect(client.MediaOptions{})
	bob.connect(both(client.VP8)).publish(meeting.KindMic, meeting.KindCamera)
	cem.connect(both(client.VP8)).publish(meeting.KindCamera)
	ann.gets(bob, meeting.KindMic) // sound needs no wants
	if n := ann.frames(bob, meeting.KindCamera); n > 0 {
		t.Errorf("%d pictures that nobody asked for", n)
	}
	ann.wants(meeting.KindCamera, bob)
	ann.gets(bob, meeting.KindCamera)
	ann.wants(meeting.KindCamera, cem)
	ann.gets(cem, meeting.KindCamera)
	ann.loses(bob, meeting.KindCamera)
}

func TestScreenShare(t *testing.T) {
	number := createMeeting(t, nil).Number
	ann, bob := newPerson(t, "Ann").asOwner().join(number), newPerson(t, "Bob").join(number)
	ann.connect(client.MediaOptions{})
	o := both(client.VP8)
	o.Send = append(o.Send, client.Send{Kind: meeting.KindScreen, Codec: client.VP9}, client.Send{Kind: meeting.KindScreenAudio})
	bob.connect(o).publish(meeting.KindCamera, meeting.KindScreen, meeting.KindScreenAudio)
	ann.does(ann.m.Wants(testContext(t),
		wire.Want{Participant: bob.id(), Kind: meeting.KindScreen, Pixels: 1920 * 1080},
		wire.Want{Participant: bob.id(), Kind: meeting.KindCamera, Pixels: 320 * 180}))
	for _, k := range []meeting.Kind{meeting.KindScreen, meeting.KindScreenAudio, meeting.KindCamera} {
		ann.gets(bob, k)
	}
}

func TestForcedSuiteShowsInEveryRoster(t *testing.T) {
	for _, tt := range []struct{ suite, name string }{
		{meeting.SRTPAES256GCM, "AES256"}, {meeting.SRTPAES128GCM, "AES128"}, {meeting.SRTPAES128CM, "Counter"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			number := createMeeting(t, nil).Number
			ann, bob := newPerson(t, "Ann").asOwner().join(number), newPerson(t, "Bob").join(number)
			ann.connect(client.MediaOptions{})
			o := both(client.VP8)
			o.SRTP = []string{tt.suite}
			bob.connect(o).publish(meeting.KindMic)
			for _, p := range []*person{ann, bob} {
				eventually(t, p.name+" is shown Bob's suite", func() bool {
					who, _ := p.m.State().Participant(bob.id())
					return who.Leg.Media != nil && who.Leg.Media.SRTP == tt.suite
				})
				leg, _ := p.m.State().Participant(ann.id())
				if leg.Leg.Media == nil || leg.Leg.Media.SRTP != meeting.SRTPAES256GCM {
					t.Errorf("Ann's leg as %s is shown it: %+v", p.name, leg.Leg.Media)
				}
			}
			ann.gets(bob, meeting.KindMic)
			who, _ := ann.m.State().Participant(bob.id())
			if who.Leg.Media.DTLS != "DTLS 1.2" || who.Leg.Media.Protocol != "udp" || who.Leg.Signalling.Version != "TLS 1.3" || who.Leg.Kind != meeting.LegSDK {
				t.Errorf("Bob's leg: %+v %+v", who.Leg, who.Leg.Media)
			}
		})
	}
}

func TestMoreSlotsOnTheSameConnection(t *testing.T) {
	number := createMeeting(t, nil).Number
	ann := newPerson(t, "Ann").asOwner().join(number)
	ann.connect(client.MediaOptions{AudioSlots: 1, VideoSlots: 1})
	bob, cem := newPerson(t, "Bob").join(number), newPerson(t, "Cem").join(number)
	for _, p := range []*person{bob, cem} {
		p.connect(both(client.VP8)).publish(meeting.KindCamera)
	}
	ann.wants(meeting.KindCamera, bob, cem)
	ann.gets(bob, meeting.KindCamera)
	if n := ann.frames(cem, meeting.KindCamera); n > 0 {
		t.Errorf("%d frames of a second camera in one slot", n)
	}
	ann.does(ann.media.AddVideoSlots(testContext(t), 2))
	ann.gets(cem, meeting.KindCamera)
	ann.gets(bob, meeting.KindCamera)
}

func TestMeetingsDoNotMix(t *testing.T) {
	var speakers, listeners []*person
	for range 3 {
		number := createMeeting(t, nil).Number
		speakers = append(speakers, newPerson(t, "Speaker").asOwner().join(number).connect(both(client.VP8)))
		listeners = append(listeners, newPerson(t, "Listener").join(number).connect(client.MediaOptions{}))
	}
	for _, s := range speakers {
		s.publish(meeting.KindMic)
	}
	for i, l := range listeners {
		l.gets(speakers[i], meeting.KindMic)
	}
	for i, l := range listeners {
		for j, s := range speakers {
			if n := l.frames(s, meeting.KindMic); i != j && n > 0 {
				t.Errorf("listener %d got %d frames of meeting %d", i, n, j)
			}
		}
	}
}
