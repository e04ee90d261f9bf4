package signal

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

var update = flag.Bool("update", false, "write the transcripts anew")

// transcripts is where core/wire keeps what both sides of the protocol said.
const transcripts = "../../core/wire/testdata"

// play is a scenario whose conversations are written down.
type play struct {
	*bench
	text  strings.Builder
	order []*actor
}

type actor struct {
	*line
	name string
	play *play
}

func (p *play) enter(name, user string) *actor {
	return p.enterWith(name, user)
}

// enterWith has somebody in whose client names features.
func (p *play) enterWith(name, user string, features ...string) *actor {
	a := &actor{line: p.line(user), name: name, play: p}
	p.order = append(p.order, a)
	a.says(wire.TypeHello, wire.Hello{Kind: meeting.LegWeb, Client: "roundel-web 0.1.0", Features: append([]string{}, features...)})
	return a
}

// later writes down what everyone is sent after a while.
func (p *play) later() {
	time.Sleep(500 * time.Millisecond)
	p.listen()
}

// says writes a request down and everything that anyone is sent because of it.
func (a *actor) says(typ string, body any) {
	raw, _ := json.Marshal(body)
	request, _ := json.Marshal(wire.Message{ID: a.lastID + 1, Type: typ, Body: raw})
	a.play.note(a.name, ">", request)
	answers := a.say(typ, body)
	synctest.Wait()
	a.play.hear(a, append(answers, a.session.out.all()...))
	a.play.listen()
}

// listen writes down what everyone is sent meanwhile.
func (p *play) listen() {
	synctest.Wait()
	for _, a := range p.order {
		p.hear(a, a.session.out.all())
	}
}

func (p *play) hear(a *actor, messages []wire.Message) {
	for _, m := range messages {
		raw, _ := json.Marshal(m)
		p.note(a.name, "<", raw)
	}
}

func (p *play) note(name, way string, raw []byte) {
	fmt.Fprintf(&p.text, "%s %s %s\n", name, way, raw)
}

func (p *play) comment(text string) { fmt.Fprintf(&p.text, "# %s\n", text) }

// id is the participant id of a name as the host's last snapshot shows it.
func (a *actor) id() string {
	matches := regexp.MustCompile(`"self":"([^"]+)"`).FindAllStringSubmatch(a.said(), -1)
	return matches[len(matches)-1][1]
}

// seat is the secret of a's seat.
func (a *actor) seat() string {
	return regexp.MustCompile(`"seat":"([^"]+)"`).FindStringSubmatch(a.said())[1]
}

// said is what a was sent so far.
func (a *actor) said() string {
	var lines []string
	for _, l := range strings.Split(a.play.text.String(), "\n") {
		if strings.HasPrefix(l, a.name+" <") {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\n")
}

var (
	uuids   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)
	secrets = regexp.MustCompile(`"seat":"[^"]{43}"`)
)

// settled is the transcript with ids and secrets numbered in order of appearance.
func (p *play) settled() string {
	seen := map[string]string{}
	number := func(format string) func(string) string {
		return func(found string) string {
			if seen[found] == "" {
				seen[found] = fmt.Sprintf(format, len(seen)+1)
			}
			return seen[found]
		}
	}
	text := uuids.ReplaceAllStringFunc(p.text.String(), number("00000000-0000-7000-8000-%012d"))
	return secrets.ReplaceAllStringFunc(text, number(`"seat":"secret-%036d"`))
}

// TestTranscripts plays each scenario and compares what was said with the file
// that also the clients' tests can read.
func TestTranscripts(t *testing.T) {
	plays := map[string]struct {
		settings meeting.Settings
		play     func(*play)
	}{
		"meeting": {meeting.Settings{JoinBeforeHost: true, Lobby: true}, playMeeting},
		"media":   {meeting.DefaultSettings(), playMedia},
		"resume":  {meeting.DefaultSettings(), playResume},
		"errors":  {meeting.Settings{JoinBeforeHost: true, Passcode: "2468"}, playErrors},
		"group":   {meeting.Settings{JoinBeforeHost: true, Lobby: true}, playGroup},
	}
	for name, tt := range plays {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &play{bench: newBench(t, tt.settings)}
				tt.play(p)
				got, path := p.settled(), filepath.Join(transcripts, name+".txt")
				if *update {
					if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got); diff != "" {
					t.Errorf("transcript (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func playMeeting(p *play) {
	p.comment("The owner comes in and is host. Ann and Bob knock.")
	olga := p.enter("olga", ownerID)
	olga.says(wire.TypeJoin, wire.Join{Number: number})
	ann, bob := p.enter("ann", ""), p.enter("bob", "")
	ann.says(wire.TypeJoin, wire.Join{Number: number, Name: "Ann"})
	bob.says(wire.TypeJoin, wire.Join{Number: number, Name: "Bob"})
	p.comment("Ann is let in, Bob is not.")
	waiting := regexp.MustCompile(`"id":"([^"]+)","name":"Ann"`).FindStringSubmatch(olga.said())
	olga.says(wire.TypeAdmit, wire.Target{ID: waiting[1]})
	olga.says(wire.TypeDeny, wire.Target{})
	p.comment("What people do themselves.")
	ann.says(wire.TypeSelfName, wire.SelfName{Name: "Ann B."})
	ann.says(wire.TypeSelfHand, wire.SelfHand{Up: true})
	ann.says(wire.TypePing, wire.Empty{})
	chat, _ := json.Marshal(wire.ChatPayload{Text: "Hello"})
	thumb, _ := json.Marshal(wire.ReactionPayload{Emoji: "👍"})
	ann.says(wire.TypeRelaySend, wire.RelaySend{Channel: wire.ChannelChat, Payload: chat})
	ann.says(wire.TypeRelaySend, wire.RelaySend{Channel: wire.ChannelChat, To: olga.id(), Payload: chat})
	olga.says(wire.TypeRelaySend, wire.RelaySend{Channel: wire.ChannelReaction, Payload: thumb})
	p.comment("What hosts do.")
	ann.says(wire.TypeMediaLive, wire.MediaLive{Kind: meeting.KindMic, Live: true})
	ann.says(wire.TypeSelfSpeak, wire.SelfSpeaking{Speaking: true})
	olga.says(wire.TypeMute, wire.Mute{ID: ann.id(), Kind: meeting.KindMic})
	olga.says(wire.TypeMuteAll, wire.Empty{})
	olga.says(wire.TypeAskUnmute, wire.Target{ID: ann.id()})
	olga.says(wire.TypeLowerHand, wire.Target{ID: ann.id()})
	olga.says(wire.TypeSpotlight, wire.Target{ID: ann.id()})
	title, off := "Retro", false
	olga.says(wire.TypeSettings, wire.SettingsChange{Title: &title, Lobby: &off})
	olga.says(wire.TypeSetRole, wire.SetRole{ID: ann.id(), Role: meeting.RoleCoHost})
	cyd, dan := p.enter("cyd", ""), p.enter("dan", "")
	cyd.says(wire.TypeJoin, wire.Join{Number: number, Name: "Cyd"})
	dan.says(wire.TypeJoin, wire.Join{Number: number, Name: "Dan"})
	ann.says(wire.TypeRemove, wire.Remove{ID: cyd.id()})
	dan.says(wire.TypeLeave, wire.Empty{})
	olga.says(wire.TypeTransfer, wire.Target{ID: ann.id()})
	p.comment("The new host ends the meeting.")
	ann.says(wire.TypeEnd, wire.Empty{})
}

func playMedia(p *play) {
	ann, bob := p.enter("ann", ""), p.enter("bob", "")
	ann.says(wire.TypeJoin, wire.Join{Number: number, Name: "Ann"})
	bob.says(wire.TypeJoin, wire.Join{Number: number, Name: "Bob"})
	p.comment("The offer; descriptions are shortened.")
	offer := wire.MediaOffer{
		SDP:   "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n",
		Sends: map[string]meeting.Kind{"0": meeting.KindMic, "1": meeting.KindCamera},
	}
	ann.says(wire.TypeMediaOffer, offer)
	p.comment("The media connection stands, and the server reports its facts.")
	p.media.reports().Connected(ann.id(), meeting.Media{
		DTLS: "DTLS 1.2", Suite: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", SRTP: meeting.SRTPAES256GCM,
		Candidate: "host", Protocol: "udp",
	})
	p.listen()
	ann.says(wire.TypeMediaLive, wire.MediaLive{Kind: meeting.KindCamera, Live: true})
	ann.says(wire.TypeMediaLayers, wire.MediaLayers{Kind: meeting.KindCamera, Layers: []wire.Layer{
		{RID: "q", Pixels: 230400 / 4, Bitrate: 150_000}, {RID: "h", Pixels: 230400, Bitrate: 500_000},
	}})
	bob.says(wire.TypeMediaWants, wire.MediaWants{Wants: []wire.Want{{Participant: ann.id(), Kind: meeting.KindCamera, Pixels: 230400}}})
	p.media.reports().Slots(bob.id(), []wire.Binding{{Mid: "5", Participant: ann.id(), Kind: meeting.KindCamera}})
	p.media.reports().Layers(ann.id(), meeting.KindCamera, []string{"h"})
	p.listen()
	bob.says(wire.TypeMediaReport, wire.MediaReport{Loss: 0.01, RTT: 0.042})
	p.comment("Bob's network lets no media through: he asks for the relay's credentials.")
	bob.says(wire.TypeMediaRelay, wire.Empty{})
	p.media.reports().Quality(bob.id(), 2, wire.QualityLossDown)
	p.listen()
}

func playResume(p *play) {
	ann, bob := p.enter("ann", ""), p.enter("bob", "")
	ann.says(wire.TypeJoin, wire.Join{Number: number, Name: "Ann"})
	bob.says(wire.TypeJoin, wire.Join{Number: number, Name: "Bob"})
	ann.says(wire.TypeMediaOffer, wire.MediaOffer{SDP: "v=0\r\no=- 7 2 IN IP4 127.0.0.1\r\n", Sends: map[string]meeting.Kind{}})
	p.comment("Ann's connection is lost, Bob writes, Ann comes back.")
	ann.session.end()
	p.listen()
	chat, _ := json.Marshal(wire.ChatPayload{Text: "Are you there?"})
	bob.says(wire.TypeRelaySend, wire.RelaySend{Channel: wire.ChannelChat, Payload: chat})
	again := p.enter("ann2", "")
	again.says(wire.TypeJoin, wire.Join{Number: number, Seat: ann.seat(), Seq: 1})
	p.comment("She takes the seat to another window; the first one is told.")
	third := p.enter("ann3", "")
	third.says(wire.TypeJoin, wire.Join{Number: number, Seat: ann.seat(), Seq: 4})
	p.comment("She has lost count: a snapshot, and media anew.")
	fourth := p.enter("ann4", "")
	fourth.says(wire.TypeJoin, wire.Join{Number: number, Seat: ann.seat(), Seq: 1000})
}

func playErrors(p *play) {
	ann := p.enter("ann", "")
	ann.says(wire.TypePing, wire.Empty{})
	ann.says(wire.TypeSelfHand, wire.SelfHand{Up: true})
	ann.says("self.dance", wire.Empty{})
	ann.says(wire.TypeJoin, wire.Join{Number: "12", Name: "Ann"})
	ann.says(wire.TypeJoin, wire.Join{Number: "5555555555", Name: "Ann"})
	ann.says(wire.TypeJoin, wire.Join{Number: number, Name: "Ann"})
	ann.says(wire.TypeJoin, wire.Join{Number: number, Name: "Ann", Passcode: "1357"})
	ann.says(wire.TypeJoin, wire.Join{Number: number, Name: "Ann", Passcode: "2468"})
	ann.says(wire.TypeEnd, wire.Empty{})
	ann.says(wire.TypeAskUnmute, wire.Target{ID: "nobody"})
}
