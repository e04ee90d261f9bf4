// Package shield decides what the shield of a meeting says. It is one pure
// function from the facts of all legs and what a client knows itself to a state,
// a sentence and the lists of the panel. The web client has a twin in
// web/src/shield; testdata/cases.json drives both, so that no client says
// something else than another.
//
// It knows nothing of sockets and time passes only as an argument. It never
// claims more than its input shows: the states "changing" and "lock" are made
// only from what the client's own end of the meeting's group proves, never from
// what the server says.
package shield

import (
	"time"

	"github.com/roundel-meet/roundel/core/meeting"
)

// State is what the icon shows.
type State string

// The states that transport encryption alone can reach.
const (
	Check       State = "check"       // every connection is encrypted well on its way
	Exclamation State = "exclamation" // some connection is weaker; see Exceptions
	Doubt       State = "doubt"       // this client cannot confirm what it shows
)

// Grade is how good the encryption of one connection is.
type Grade string

// The grades. Only Weaker and Unknown make exceptions.
const (
	Strong  Grade = "strong"  // authenticated encryption of today
	Weaker  Grade = "weaker"  // encrypted, by an older construction
	Unknown Grade = "unknown" // a name this client does not know, or none
	Pending Grade = "pending" // the media connection is not up yet
)

// Part is one of a leg's connections.
type Part string

// The parts of a leg, in the order of their exceptions.
const (
	PartSignalling Part = "signalling" // TLS of the websocket
	PartDTLS       Part = "dtls"       // the handshake that makes the media keys
	PartSRTP       Part = "srtp"       // the packets of sound and pictures
)

// The ids of the sentences; the texts are the client's translations.
const (
	SentenceCheck      = "shield-check"            // no arguments
	SentenceExceptions = "shield-exclamation"      // count: of exceptions
	SentenceOffline    = "shield-doubt-offline"    // not connected to the server
	SentenceTransforms = "shield-doubt-transforms" // the client's own frame worker died
	SentenceMismatch   = "shield-doubt-mismatch"   // own, reported: two names of one thing
	SentenceMissing    = "shield-doubt-missing"    // name: of whom nothing is known
)

// Patience is how long the facts of a leg with live media may be missing.
const Patience = 10 * time.Second

// Input is everything the shield depends on.
type Input struct {
	Now       time.Time `json:"now"`       // by the client's clock, like every Leg.MissingSince
	Self      string    `json:"self"`      // own participant id
	Connected bool      `json:"connected"` // the signalling connection stands
	Own       Own       `json:"own"`
	Legs      []Leg     `json:"legs"`  // in the order of the rows
	Group     *Group    `json:"group"` // nil while the meeting has no group
}

// Own is what this client sees itself, without the server. Empty strings stand
// for what its platform does not tell.
type Own struct {
	Transforms string `json:"transforms"` // "starting", "ok" or "dead"; "" for a client without a worker
	DTLS       string `json:"dtls"`       // as meeting.Media
	Suite      string `json:"suite"`
	SRTP       string `json:"srtp"`
}

// Leg is one participant's leg as the server reports it.
type Leg struct {
	Participant string `json:"participant"`
	Name        string `json:"name"`

	// Disconnected says that the seat waits for somebody whose connection is lost.
	Disconnected bool `json:"disconnected"`

	// MissingSince is when this client first saw the leg connected with a live
	// track but without facts of its media; nil while nothing is missing.
	MissingSince *time.Time `json:"missingSince"`

	Leg meeting.Leg `json:"leg"`
}

// View is what the shield shows.
type View struct {
	State      State       `json:"state"`
	Sentence   Sentence    `json:"sentence"`
	Exceptions []Exception `json:"exceptions"`
	Rows       []Row       `json:"rows"`
	Facts      []Fact      `json:"facts"`
}

// Sentence is the id of a translated text with its arguments.
type Sentence struct {
	ID   string         `json:"id"`
	Args map[string]any `json:"args"`
}

// Exception is a connection that is weaker than the rest.
type Exception struct {
	Participant string          `json:"participant"`
	Name        string          `json:"name"`
	Kind        meeting.LegKind `json:"kind"`
	Grade       Grade           `json:"grade"` // Weaker, Unknown, Unverified or Outside
	Part        Part            `json:"part"`
	Suite       string          `json:"suite"` // IANA name, or the version that is too old; "" when none is reported
	Since       time.Time       `json:"since"`
}

// Row is one participant in the panel's table.
type Row struct {
	Participant string             `json:"participant"`
	Name        string             `json:"name"`
	Self        bool               `json:"self"`
	Kind        meeting.LegKind    `json:"kind"` // "" for a leaf that nobody announced
	Client      string             `json:"client"`
	Since       time.Time          `json:"since"`
	Grade       Grade              `json:"grade"` // the worst of its connections
	Signalling  meeting.Signalling `json:"signalling"`
	Media       *meeting.Media     `json:"media"`
	Source      string             `json:"source"` // "self" when this client saw the media suite too, else "server"
	Group       Membership         `json:"group,omitempty"`
}

// Fact is one line about the own connection: what this client saw, and what the
// server reported; nil where one of them says nothing.
type Fact struct {
	Fact     string  `json:"fact"`
	Own      *string `json:"own"`
	Reported *string `json:"reported"`
	Differs  bool    `json:"differs"`
}

// Compute returns what the shield shows. Doubt goes before exceptions: a list
// that cannot be confirmed is not shown as a complete one. A switch under way
// goes before them too, as it is what changes next.
func Compute(in Input) View {
	v := View{
		Exceptions: []Exception{},
		Rows:       make([]Row, 0, len(in.Legs)),
		Facts:      facts(in),
	}
	for _, leg := range in.Legs {
		leg.Name = in.Group.name(leg.Participant, leg.Name)
		found := exceptions(leg)
		v.Rows = append(v.Rows, row(in, leg, found))
		v.Exceptions = append(v.Exceptions, found...)
		v.Exceptions = append(v.Exceptions, groupExceptions(in, leg)...)
	}
	for _, p := range unannounced(in) {
		v.Rows = append(v.Rows, Row{
			Participant: p.Participant, Name: p.Name, Self: p.Participant == in.Self, Since: p.Since,
			Grade: Pending, Source: "server", Group: membership(in, p.Participant, false),
		})
		v.Exceptions = append(v.Exceptions, groupExceptions(in, Leg{Participant: p.Participant, Name: p.Name})...)
	}
	v.State, v.Sentence = decide(in, v)
	return v
}

// decide picks the state. Lock is what is left when nothing speaks against it.
func decide(in Input, v View) (State, Sentence) {
	if s, ok := doubt(in, v.Facts); ok {
		return Doubt, s
	}
	if s, ok := groupDoubt(in); ok {
		return Doubt, s
	}
	if s, ok := changing(in); ok {
		return Changing, s
	}
	switch {
	case len(v.Exceptions) > 0:
		return Exclamation, exclamation(in, v.Exceptions)
	case in.Group != nil && in.Group.Mode == ModeOn:
		return lock(in.Group)
	default:
		return Check, sentence(SentenceCheck)
	}
}

// doubt returns the first reason why this client cannot confirm the picture.
func doubt(in Input, facts []Fact) (Sentence, bool) {
	switch {
	case !in.Connected:
		return sentence(SentenceOffline), true
	case in.Own.Transforms == "dead":
		return sentence(SentenceTransforms), true
	}
	for _, f := range facts {
		if f.Differs {
			return sentence(SentenceMismatch, "own", *f.Own, "reported", *f.Reported), true
		}
	}
	if _, ok := ownLeg(in); !ok {
		return sentence(SentenceMissing, "name", ""), true
	}
	for _, leg := range in.Legs {
		if leg.MissingSince != nil && in.Now.Sub(*leg.MissingSince) > Patience {
			return sentence(SentenceMissing, "name", in.Group.name(leg.Participant, leg.Name)), true
		}
	}
	return Sentence{}, false
}

func row(in Input, leg Leg, found []Exception) Row {
	r := Row{
		Participant: leg.Participant,
		Name:        leg.Name,
		Self:        leg.Participant == in.Self,
		Kind:        leg.Leg.Kind,
		Client:      leg.Leg.Client,
		Since:       leg.Leg.Since,
		Grade:       Strong,
		Signalling:  leg.Leg.Signalling,
		Media:       leg.Leg.Media,
		Source:      "server",
		Group:       membership(in, leg.Participant, true),
	}
	if r.Media == nil {
		r.Grade = Pending
	}
	for _, e := range found {
		if r.Grade != Unknown {
			r.Grade = e.Grade
		}
	}
	if r.Self && r.Media != nil && in.Own.SRTP != "" && in.Own.SRTP == r.Media.SRTP {
		r.Source = "self"
	}
	return r
}

// facts lists the own connection's facts in a fixed order.
func facts(in Input) []Fact {
	own, _ := ownLeg(in)
	media := meeting.Media{}
	if own.Leg.Media != nil {
		media = *own.Leg.Media
	}
	return []Fact{
		fact("signalling.version", "", own.Leg.Signalling.Version),
		fact("signalling.suite", "", own.Leg.Signalling.Suite),
		fact("media.dtls", in.Own.DTLS, media.DTLS),
		fact("media.suite", in.Own.Suite, media.Suite),
		fact("media.srtp", in.Own.SRTP, media.SRTP),
		fact("transforms", in.Own.Transforms, ""),
	}
}

func fact(name, own, reported string) Fact {
	f := Fact{Fact: name}
	if own != "" {
		f.Own = &own
	}
	if reported != "" {
		f.Reported = &reported
	}
	f.Differs = own != "" && reported != "" && own != reported
	return f
}

func ownLeg(in Input) (Leg, bool) {
	for _, leg := range in.Legs {
		if leg.Participant == in.Self {
			return leg, true
		}
	}
	return Leg{}, false
}

// sentence makes a Sentence from an id and alternating names and values.
func sentence(id string, args ...any) Sentence {
	s := Sentence{ID: id, Args: map[string]any{}}
	for i := 0; i+1 < len(args); i += 2 {
		s.Args[args[i].(string)] = args[i+1]
	}
	return s
}
