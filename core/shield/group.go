package shield

import (
	"strings"
	"time"
)

// The states that only the group of an end-to-end encrypted meeting can prove.
const (
	Changing State = "changing" // end-to-end encryption is being turned on or off
	Lock     State = "lock"     // end-to-end encrypted, and all that belongs to it is confirmed
)

// The grades of exceptions that are about the group instead of a connection.
const (
	Unverified Grade = "unverified" // in the group without the link, and no host has confirmed who it is
	NewKey     Grade = "newKey"     // this device knows the name with another device
	Confusable Grade = "confusable" // the name looks like one that this device knows with another device
	Outside    Grade = "outside"    // announced by the server, but not in the group: gets no keys
)

// The parts of exceptions that are about the group.
const (
	PartIdentity Part = "identity" // who somebody is
	PartGroup    Part = "group"    // whether somebody is in the group
)

// The ids of the group's sentences.
const (
	SentenceLock        = "shield-lock"                   // no arguments
	SentenceTurningOn   = "shield-changing-on"            // names, more: who is waited for, and how many besides
	SentenceTurningOff  = "shield-changing-off"           // no arguments: nobody waits for anybody
	SentenceJoining     = "shield-changing-joining"       // this device is not part of it yet
	SentenceUnverified  = "shield-exclamation-unverified" // count: of people who joined without the link
	SentenceDevice      = "shield-exclamation-device"     // count: of people whose devices are not those that this one remembers
	SentenceSelf        = "shield-exclamation-self"       // this device joined without the link
	SentenceWorker      = "shield-doubt-worker"           // the worker with the group's keys died
	SentenceRefused     = "shield-doubt-refused"          // this device refused a change of the group
	SentenceClosed      = "shield-doubt-closed"           // this device is out of the group for good
	SentenceUnanswered  = "shield-doubt-unanswered"       // nobody has answered this device yet
	SentenceNotInside   = "shield-doubt-outside"          // this device does not get into the group
	SentenceSilent      = "shield-doubt-silent"           // name, seconds: who has not confirmed for how long
	SentenceDisagree    = "shield-doubt-disagree"         // name: whose view of the group differs
	SentenceCutOff      = "shield-doubt-cut-off"          // most people are silent, so this device stopped sending
	SentenceGroupDoubts = "shield-doubt-group"            // anything else about the group
)

// Limits of patience with the group.
const (
	// Fresh is how long the others may take to answer a newcomer.
	Fresh = 3 * time.Second

	// Entering is how long somebody whom the server announced may stay without
	// a leaf before that is an exception. There are no keys for them meanwhile.
	Entering = 5 * time.Second
)

// namesShown bounds a sentence; more people are counted.
const namesShown = 5

// Mode is where the switch stands, as signed in the group; any other word means
// that this is not known.
type Mode string

// The modes.
const (
	ModeOff        Mode = "off"
	ModeTurningOn  Mode = "turningOn"
	ModeOn         Mode = "on"
	ModeTurningOff Mode = "turningOff"
)

// Phase is how far this device has come into the group.
type Phase string

// The phases. Only in PhaseIn and PhaseAlone anything about the group is proven.
const (
	PhaseJoining  Phase = "joining"  // on its way in by the link
	PhaseKnocking Phase = "knocking" // asked to be added
	PhaseWaiting  Phase = "waiting"  // there is nothing to come into yet
	PhaseProving  Phase = "proving"  // inside; nobody has answered the nonce yet
	PhaseIn       Phase = "in"       // inside, and answered
	PhaseAlone    Phase = "alone"    // inside, and nobody else is
	PhaseRefused  Phase = "refused"  // out of it for good
)

// Group is what this client's own end of the meeting's group knows. The server
// has no say in any of it.
type Group struct {
	Mode   Mode         `json:"mode"`
	Phase  Phase        `json:"phase"`
	Since  time.Time    `json:"since"`  // when the phase began, by the client's clock
	Worker string       `json:"worker"` // as Own.Transforms, for the worker that holds the group's keys
	Doubts []GroupDoubt `json:"doubts"` // the gravest first
	People []Person     `json:"people"` // this one included; a leaf that nobody announced as well
}

// GroupDoubt is a reason that the group itself gives.
type GroupDoubt struct {
	Code  DoubtCode `json:"code"`
	Who   []string  `json:"who"` // participants that it is about
	Since time.Time `json:"since"`
}

// DoubtCode is the kind of a GroupDoubt. A code that is not known here is a doubt
// too.
type DoubtCode string

// The codes. The last three are shown as exceptions, not as doubt.
const (
	DoubtRefused      DoubtCode = "refused"      // this device has refused a change
	DoubtCutOff       DoubtCode = "cutOff"       // most people have been silent for a minute
	DoubtDisagreement DoubtCode = "disagreement" // these see another group
	DoubtSilent       DoubtCode = "silent"       // these have not answered
	DoubtOffline      DoubtCode = "offline"      // no connection to the server
	DoubtNotInTree    DoubtCode = "notInTree"    // these are announced and have no leaf
	DoubtUnverified   DoubtCode = "unverified"   // these came without the link
	DoubtSelf         DoubtCode = "self"         // this person did, and has not compared the code
)

// Person is one participant as the group knows them.
type Person struct {
	Participant string    `json:"participant"`
	Name        string    `json:"name"`      // as they said it in the group; "" while that is not known
	InTree      bool      `json:"inTree"`    // has a leaf, and with it the keys
	Verified    string    `json:"verified"`  // "link", "confirmed" or "unverified"; of this device's own person DoubtSelf tells
	Answering   bool      `json:"answering"` // has answered this device, or sends heartbeats
	Flipped     bool      `json:"flipped"`   // sends nothing in clear any more: said so, or came in while it was on
	Notice      Grade     `json:"notice"`    // NewKey or Confusable when this device remembers otherwise, else ""
	Since       time.Time `json:"since"`     // when this client saw them first
}

// Membership is a participant's place in the group, as the panel's table says it.
type Membership string

// The memberships, the worst first; a row has the first that is true.
const (
	MemberOutside     Membership = "outside"     // announced, without a leaf
	MemberUnannounced Membership = "unannounced" // a leaf that the server does not announce
	MemberUnverified  Membership = "unverified"  // joined without the link, not confirmed
	MemberSilent      Membership = "silent"      // does not answer
	MemberProven      Membership = "member"
)

// person returns the group's entry for a participant.
func (g *Group) person(id string) (Person, bool) {
	if g == nil {
		return Person{}, false
	}
	for _, p := range g.People {
		if p.Participant == id {
			return p, true
		}
	}
	return Person{}, false
}

// sealed says whether encryption is on, or between on and off.
func (g *Group) sealed() bool {
	return g != nil && (g.Mode == ModeTurningOn || g.Mode == ModeOn || g.Mode == ModeTurningOff)
}

// doubt returns the first doubt of a kind.
func (g *Group) doubt(code DoubtCode) (GroupDoubt, bool) {
	for _, d := range g.Doubts {
		if d.Code == code {
			return d, true
		}
	}
	return GroupDoubt{}, false
}

// verified says whether somebody counts as who they say they are, and since when
// that question stands.
func (g *Group) verified(p Person, self string) (bool, time.Time) {
	if p.Participant == self {
		d, doubted := g.doubt(DoubtSelf)
		return !doubted, d.Since
	}
	return p.Verified == "link" || p.Verified == "confirmed", p.Since
}

// name returns how the group calls a participant; the server's word counts only
// for those who have not said their name in the group.
func (g *Group) name(id, reported string) string {
	if p, ok := g.person(id); ok && p.InTree && p.Name != "" {
		return p.Name
	}
	return reported
}

// unannounced returns the leaves that no leg belongs to. They have the keys, so
// they are shown.
func unannounced(in Input) []Person {
	if in.Group == nil {
		return nil
	}
	legs := map[string]bool{}
	for _, leg := range in.Legs {
		legs[leg.Participant] = true
	}
	var found []Person
	for _, p := range in.Group.People {
		if p.InTree && !legs[p.Participant] {
			found = append(found, p)
		}
	}
	return found
}

// membership returns a participant's place in the group, "" without a group.
func membership(in Input, id string, announced bool) Membership {
	if in.Group == nil {
		return ""
	}
	p, known := in.Group.person(id)
	verified, _ := in.Group.verified(p, in.Self)
	switch {
	case !known || !p.InTree:
		return MemberOutside
	case !announced:
		return MemberUnannounced
	case !verified:
		return MemberUnverified
	case !p.Answering:
		return MemberSilent
	default:
		return MemberProven
	}
}

// groupExceptions returns what is wrong with a participant's place in the group.
// While end-to-end encryption is off nothing depends on it.
func groupExceptions(in Input, who Leg) []Exception {
	g := in.Group
	if !g.sealed() {
		return nil
	}
	e := Exception{Participant: who.Participant, Name: who.Name, Kind: who.Leg.Kind}
	p, known := g.person(who.Participant)
	verified, asked := g.verified(p, in.Self)
	switch {
	case !known || !p.InTree:
		// An empty seat has neither a connection that could be weak nor keys.
		if who.Disconnected || known && in.Now.Sub(p.Since) <= Entering {
			return nil
		}
		e.Grade, e.Part, e.Since = Outside, PartGroup, who.Leg.Since
	case !verified:
		e.Grade, e.Part, e.Since = Unverified, PartIdentity, asked
	case p.Notice != "" && who.Participant != in.Self:
		e.Grade, e.Part, e.Since = NewKey, PartIdentity, p.Since
		if p.Notice == Confusable {
			e.Grade = Confusable
		}
	default:
		return nil
	}
	return []Exception{e}
}

// groupDoubt returns the first reason why the group cannot be trusted.
func groupDoubt(in Input) (Sentence, bool) {
	g := in.Group
	if g == nil {
		return Sentence{}, false
	}
	if !working(g.Worker) && g.Worker != "starting" {
		return sentence(SentenceWorker), true
	}
	if s, ok := phaseDoubt(in); ok {
		return s, true
	}
	for _, d := range g.Doubts {
		if s, ok := sentenceOf(in, d); ok {
			return s, true
		}
	}
	if !g.sealed() {
		return Sentence{}, false
	}
	for _, p := range g.People {
		if p.InTree && !p.Answering && p.Participant != in.Self {
			return silence(in, p.Name, p.Since), true
		}
	}
	return Sentence{}, false
}

// sentenceOf says what a doubt of the group means for the shield; nothing when
// exceptions say it, or when it does not matter now.
func sentenceOf(in Input, d GroupDoubt) (Sentence, bool) {
	name := ""
	if len(d.Who) > 0 {
		name = in.Group.name(d.Who[0], "")
	}
	switch d.Code {
	case DoubtNotInTree, DoubtUnverified, DoubtSelf:
		return Sentence{}, false
	case DoubtSilent:
		// Without end-to-end encryption nobody's silence says anything.
		return silence(in, name, d.Since), in.Group.sealed()
	case DoubtRefused:
		return sentence(SentenceRefused), true
	case DoubtCutOff:
		return sentence(SentenceCutOff), true
	case DoubtDisagreement:
		return sentence(SentenceDisagree, "name", name), true
	case DoubtOffline:
		return sentence(SentenceOffline), true
	default:
		return sentence(SentenceGroupDoubts), true
	}
}

func silence(in Input, name string, since time.Time) Sentence {
	return sentence(SentenceSilent, "name", name, "seconds", max(0, int(in.Now.Sub(since)/time.Second)))
}

// phaseDoubt judges how far this device has come, and the words that it does not know.
func phaseDoubt(in Input) (Sentence, bool) {
	g := in.Group
	waited := in.Now.Sub(g.Since)
	switch g.Phase {
	case PhaseJoining, PhaseKnocking, PhaseWaiting:
		return sentence(SentenceNotInside), waited > Patience
	case PhaseProving:
		return sentence(SentenceUnanswered), waited > Fresh
	case PhaseIn, PhaseAlone:
	case PhaseRefused:
		return sentence(SentenceClosed), true
	default:
		return sentence(SentenceGroupDoubts), true
	}
	self, ok := g.person(in.Self)
	sound := g.Mode == ModeOff || g.sealed() && ok && self.InTree
	return sentence(SentenceGroupDoubts), !sound
}

// changing says what is still missing to a switch, or to this device's part in it.
func changing(in Input) (Sentence, bool) {
	g := in.Group
	if !g.sealed() {
		return Sentence{}, false
	}
	if g.Mode == ModeTurningOff {
		return sentence(SentenceTurningOff), true
	}
	inside := g.Phase == PhaseIn || g.Phase == PhaseAlone
	if !inside || !working(g.Worker) || !working(in.Own.Transforms) {
		return sentence(SentenceJoining), true
	}
	var clear []string
	for _, p := range g.People {
		if p.InTree && !p.Flipped {
			clear = append(clear, p.Name)
		}
	}
	return switching(clear), g.Mode == ModeTurningOn || len(clear) > 0
}

// switching names those who are waited for, as many as a sentence bears. Who has
// no name yet is only counted.
func switching(names []string) Sentence {
	var shown []string
	for _, name := range names {
		if name != "" && len(shown) < namesShown {
			shown = append(shown, name)
		}
	}
	return sentence(SentenceTurningOn, "names", strings.Join(shown, ", "), "more", len(names)-len(shown))
}

// lock is the last gate: who is said to be in doubt must have been shown as an
// exception by now. Whoever has no leaf yet has no keys either.
func lock(g *Group) (State, Sentence) {
	for _, d := range g.Doubts {
		if d.Code != DoubtNotInTree {
			return Doubt, sentence(SentenceGroupDoubts)
		}
	}
	return Lock, sentence(SentenceLock)
}

// working says whether a worker runs, or is not needed by this kind of client.
func working(worker string) bool {
	return worker == "ok" || worker == ""
}

// exclamation chooses the sentence for a list of exceptions.
func exclamation(in Input, found []Exception) Sentence {
	unverified, devices := 0, 0
	for _, e := range found {
		if e.Grade == NewKey || e.Grade == Confusable {
			devices++
		}
		if e.Grade != Unverified {
			continue
		}
		if e.Participant == in.Self {
			return sentence(SentenceSelf)
		}
		unverified++
	}
	switch len(found) {
	case unverified:
		return sentence(SentenceUnverified, "count", unverified)
	case devices:
		return sentence(SentenceDevice, "count", devices)
	}
	return sentence(SentenceExceptions, "count", len(found))
}
