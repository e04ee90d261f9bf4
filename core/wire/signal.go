package wire

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/roundel-meet/roundel/core/meeting"
)

// The types of requests, in the order a client meets them.
const (
	TypeHello       = "hello"
	TypeJoin        = "join"
	TypeLeave       = "leave"
	TypePing        = "ping"
	TypeMediaOffer  = "media.offer"
	TypeMediaLive   = "media.live"
	TypeMediaLayers = "media.layers"
	TypeMediaWants  = "media.wants"
	TypeMediaReport = "media.report"
	TypeMediaRelay  = "media.relay"
	TypeRelaySend   = "relay.send"
	TypeSelfName    = "self.name"
	TypeSelfHand    = "self.hand"
	TypeSelfSpeak   = "self.speaking"
	TypeAdmit       = "lobby.admit"
	TypeDeny        = "lobby.deny"
	TypeMute        = "participant.mute"
	TypeMuteAll     = "participant.muteAll"
	TypeAskUnmute   = "participant.askUnmute"
	TypeLowerHand   = "participant.lowerHand"
	TypeRemove      = "participant.remove"
	TypeSetRole     = "participant.role"
	TypeTransfer    = "host.transfer"
	TypeSettings    = "room.settings"
	TypeSpotlight   = "room.spotlight"
	TypeEnd         = "room.end"
)

// The types of events.
const (
	TypeAdmitted           = "lobby.admitted"
	TypeLobbyChanged       = "lobby.changed"
	TypeParticipantJoined  = "participant.joined"
	TypeParticipantChanged = "participant.changed"
	TypeParticipantLeft    = "participant.left"
	TypeRoomChanged        = "room.changed"
	TypeRoomCard           = "room.card"
	TypeLegChanged         = "leg.changed"
	TypeSpeaking           = "participant.speaking"
	TypeSlots              = "media.slots"
	TypeLayersWanted       = "media.layersWanted"
	TypeMuted              = "media.muted"
	TypeAsked              = "media.asked"
	TypeRelay              = "relay"
	TypeClosed             = "closed"
)

// Hello is the first request on every connection.
type Hello struct {
	Kind     meeting.LegKind `json:"kind"`     // what the client is
	Client   string          `json:"client"`   // product and version, for example "roundel-web 0.1.0"
	Features []string        `json:"features"` // names of optional abilities; unknown ones are ignored
}

// Welcome answers Hello.
type Welcome struct {
	Server     string             `json:"server"`     // product and version
	Signalling meeting.Signalling `json:"signalling"` // this connection's TLS facts, reported by the server
	User       *User              `json:"user"`       // who is signed in, or null for a guest
}

// Join asks for a seat. With Seat it resumes one after a lost connection; then
// Name and Passcode are not needed.
type Join struct {
	Number   string `json:"number"`
	Name     string `json:"name"`
	Passcode string `json:"passcode,omitempty"`
	Seat     string `json:"seat,omitempty"` // the secret from an earlier Joined
	Seq      uint64 `json:"seq,omitempty"`  // with Seat: the last event seen; 0 after a reload, for the whole state
}

// JoinReply answers Join: exactly one of the two is set. A client in the lobby
// waits for the event TypeAdmitted or TypeClosed.
type JoinReply struct {
	Joined *Joined `json:"joined,omitempty"`
	Lobby  *Lobby  `json:"lobby,omitempty"`
}

// Lobby is what a waiting person may know.
type Lobby struct {
	Self   string `json:"self"` // the participant id that they will have
	Title  string `json:"title"`
	Reason string `json:"reason"`         // "lobby", "host" while the meeting waits for its host, or "e2ee" while a host is asked to end encryption
	Card   []byte `json:"card,omitempty"` // the meeting card
}

// Joined is the whole state of the meeting at the moment of entry or resumption;
// it is also the body of TypeAdmitted. Events that follow count from Seq + 1.
// Resumed says that the media connection of the seat still stands and that the
// missed events follow; else the client must offer media anew. With Resumed, Seq
// and History are as they were at the last event seen, all else is of now.
type Joined struct {
	Self         string        `json:"self"` // own participant id
	Seat         string        `json:"seat"` // secret that resumes this seat within GraceSeconds
	GraceSeconds int           `json:"graceSeconds"`
	Seq          uint64        `json:"seq"`
	Resumed      bool          `json:"resumed"`
	Room         Room          `json:"room"`
	Participants []Participant `json:"participants"`
	Waiting      []Waiting     `json:"waiting"` // the lobby; empty for those who may not admit
	History      []Relayed     `json:"history"` // relayed chat that this participant may see, oldest first
	Slots        []Binding     `json:"slots"`
	Card         []byte        `json:"card,omitempty"` // the meeting card
}

// Room is what all participants know of the meeting.
type Room struct {
	ID        string           `json:"id"`
	Number    string           `json:"number"`
	Title     string           `json:"title"`
	StartedAt time.Time        `json:"startedAt"`
	Settings  meeting.Settings `json:"settings"`       // Passcode is "" for those who may not moderate
	Spotlight string           `json:"spotlight"`      // participant id or ""
	E2EE      *E2EEState       `json:"e2ee,omitempty"` // absent until it was first on
}

// Participant is one person (or service) as the others see them.
type Participant struct {
	ID           string                `json:"id"`
	Name         string                `json:"name"`
	Role         meeting.Role          `json:"role"`
	Guest        bool                  `json:"guest"` // not signed in
	JoinedAt     time.Time             `json:"joinedAt"`
	Hand         *time.Time            `json:"hand"`         // when the hand went up, or null
	Live         map[meeting.Kind]bool `json:"live"`         // kinds that are published and not muted
	Speaking     bool                  `json:"speaking"`     // the participant's own coarse flag
	Disconnected bool                  `json:"disconnected"` // the seat is kept, the connection is lost
	Quality      int                   `json:"quality"`      // of the media connection: 0 unknown, 1 poor, 2 fair, 3 good
	Leg          meeting.Leg           `json:"leg"`

	QualityReason string `json:"qualityReason,omitempty"` // why it is not good: lossUp, lossDown, narrow, roundTrip or silent; the gravest of them
}

// Why a participant's connection is not good. A client takes one that it does not
// know for none.
const (
	QualityLossUp    = "lossUp"    // what the participant sends gets lost
	QualityLossDown  = "lossDown"  // what is sent to the participant gets lost
	QualityNarrow    = "narrow"    // it carries less than the participant asks for: videos are held back or smaller
	QualityRoundTrip = "roundTrip" // the way to the server and back takes long
	QualitySilent    = "silent"    // nothing arrives from the participant
)

// Waiting is a person in the lobby, as moderators see them.
type Waiting struct {
	ID    string    `json:"id"`
	Name  string    `json:"name"`
	Guest bool      `json:"guest"`
	Since time.Time `json:"since"`
}

// MediaOffer carries the client's whole offer; the client always offers, the
// server answers passive. Sends names the kind of each sending m-line by mid;
// every receiving m-line is a slot. The first offer has all that the client may
// ever send (silent until live) and a first set of slots.
type MediaOffer struct {
	SDP   string                  `json:"sdp"`
	Sends map[string]meeting.Kind `json:"sends"` // mid -> kind
}

// MediaAnswer answers MediaOffer. The answer has all of the server's candidates.
type MediaAnswer struct {
	SDP string `json:"sdp"`
}

// MediaRelay answers TypeMediaRelay: what the relay (TURN, RFC 8656) at the host and
// port of the pages asks for, over TCP or TLS. It is for networks that let nothing
// else through, and good for an allocation within Seconds.
type MediaRelay struct {
	Username string `json:"username"`
	Password string `json:"password"` // a secret
	Seconds  int    `json:"seconds"`
}

// MediaLive says which of the offered kinds carry media now. What is not live is
// muted: the client sends nothing and the server forwards nothing.
type MediaLive struct {
	Kind meeting.Kind `json:"kind"`
	Live bool         `json:"live"`
}

// MediaLayers says in which sizes the client can send one of its videos now. A
// kind that was offered with simulcast (RFC 8853) has a layer for each RID of its
// m-line that it has a use for, smallest first; a new camera may change them.
type MediaLayers struct {
	Kind   meeting.Kind `json:"kind"` // camera or screen
	Layers []Layer      `json:"layers"`
}

// Layer is one size of a simulcast video.
type Layer struct {
	RID     string `json:"rid"`     // RFC 8852
	Pixels  int    `json:"pixels"`  // width × height
	Bitrate int    `json:"bitrate"` // most that its encoder sends, bit/s
}

// LayersWanted is the body of TypeLayersWanted: the RIDs of the layers that the
// client should send of one of its videos; nobody watches the others, and what is
// not encoded costs nothing. With none it sends nothing of the video; a video
// without layers has one of the empty RID. Until the first one comes the client
// sends its smallest layer.
type LayersWanted struct {
	Kind meeting.Kind `json:"kind"`
	RIDs []string     `json:"rids"`
}

// MediaWants replaces the client's whole list of wanted video, most wanted first.
// The server binds as many as there are video slots. Audio needs no wants.
type MediaWants struct {
	Wants []Want `json:"wants"`
}

// Want is one video track a client would like to show.
type Want struct {
	Participant string       `json:"participant"`
	Kind        meeting.Kind `json:"kind"`   // camera or screen
	Pixels      int          `json:"pixels"` // width × height in device pixels of the place it is shown
}

// MediaReport is what the client measured itself in the last seconds; the server
// derives Participant.Quality from it where it cannot measure by itself.
type MediaReport struct {
	Loss float64 `json:"loss"` // share of packets lost, 0 to 1
	RTT  float64 `json:"rtt"`  // seconds; 0 when unknown
}

// Speaking is the body of TypeSpeaking.
type Speaking struct {
	ID       string `json:"id"`
	Speaking bool   `json:"speaking"`
}

// Binding says which track a slot plays. A slot that is not listed is empty.
type Binding struct {
	Mid         string       `json:"mid"`
	Participant string       `json:"participant"`
	Kind        meeting.Kind `json:"kind"`
	Paused      bool         `json:"paused"` // the server holds it back for lack of bandwidth
}

// Slots is the body of TypeSlots: all bindings, replacing the earlier ones. With
// Partial only those of the lines that it names: one without a participant is empty
// now, and the others play what they played.
type Slots struct {
	Slots   []Binding `json:"slots"`
	Partial bool      `json:"partial,omitempty"`
}

// After returns all bindings after s, which were before until then.
func (s Slots) After(before []Binding) []Binding {
	if !s.Partial {
		return s.Slots
	}
	after := slices.DeleteFunc(slices.Clone(before), func(b Binding) bool {
		return slices.ContainsFunc(s.Slots, func(o Binding) bool { return o.Mid == b.Mid })
	})
	for _, b := range s.Slots {
		if b.Participant != "" {
			after = append(after, b)
		}
	}
	return after
}

// SlotsBetween is what tells somebody who knows before that it is after now; ok is
// false when nothing changed.
func SlotsBetween(before, after []Binding) (s Slots, ok bool) {
	for _, b := range after {
		if !slices.Contains(before, b) {
			s.Slots = append(s.Slots, b)
		}
	}
	for _, b := range before {
		if !slices.ContainsFunc(after, func(o Binding) bool { return o.Mid == b.Mid }) {
			s.Slots = append(s.Slots, Binding{Mid: b.Mid})
		}
	}
	if ok = len(s.Slots) > 0; !ok || len(s.Slots) < len(after) {
		s.Partial = true
		return s, ok
	}
	return Slots{Slots: append([]Binding{}, after...)}, true
}

// The channels of the relay.
const (
	ChannelChat     = "chat"
	ChannelReaction = "reaction"
)

// RelaySend asks the server to pass an envelope on, in one order for all.
// To is "" for everyone, else a participant id: then only that participant and
// the sender get it. Payload is the channel's JSON, at most MaxPayload bytes.
type RelaySend struct {
	Channel string          `json:"channel"`
	To      string          `json:"to,omitempty"`
	Payload json.RawMessage `json:"payload"`
}

// Relayed is a RelaySend as it arrives, and as history keeps it.
type Relayed struct {
	Channel string          `json:"channel"`
	From    string          `json:"from"`
	Name    string          `json:"name"` // the sender's name then; they may be gone later
	To      string          `json:"to,omitempty"`
	ToName  string          `json:"toName,omitempty"`
	At      time.Time       `json:"at"`
	Payload json.RawMessage `json:"payload"`
}

// ChatPayload is the payload of ChannelChat: a text or a file.
type ChatPayload struct {
	Text string    `json:"text"`           // plain text, at most meeting.MaxChat runes; "" with a file
	File *ChatFile `json:"file,omitempty"` // what was uploaded before
}

// ReactionPayload is the payload of ChannelReaction.
type ReactionPayload struct {
	Emoji string `json:"emoji"` // one of Reactions
}

// Reactions are the emoji that a reaction may be.
var Reactions = [...]string{"👍", "👏", "❤️", "😂", "😮", "🎉"}

// SelfName changes the own display name.
type SelfName struct {
	Name string `json:"name"`
}

// SelfHand raises or lowers the own hand.
type SelfHand struct {
	Up bool `json:"up"`
}

// SelfSpeaking is the client's coarse flag: is this person speaking.
type SelfSpeaking struct {
	Speaking bool `json:"speaking"`
}

// Target names one participant or waiting person. In TypeAdmit and TypeDeny an
// empty ID means everyone in the lobby.
type Target struct {
	ID string `json:"id"`
}

// Mute stops a participant's track: mic, camera, screen or screenAudio. Nobody
// can be unmuted by somebody else.
type Mute struct {
	ID   string       `json:"id"`
	Kind meeting.Kind `json:"kind"`
}

// Remove takes a participant out of the meeting, with Ban until it ends.
type Remove struct {
	ID  string `json:"id"`
	Ban bool   `json:"ban"`
}

// SetRole makes a participant co-host or participant. TypeTransfer makes the host.
type SetRole struct {
	ID   string       `json:"id"`
	Role meeting.Role `json:"role"`
}

// SettingsChange changes the fields that are set.
type SettingsChange struct {
	Title    *string `json:"title,omitempty"`
	Lobby    *bool   `json:"lobby,omitempty"`
	Locked   *bool   `json:"locked,omitempty"`
	Passcode *string `json:"passcode,omitempty"`
	Takeover *bool   `json:"takeover,omitempty"`
	// MembersAdmit is whether everybody may admit people from the lobby.
	MembersAdmit *bool `json:"membersAdmit,omitempty"`
}

// LobbyChanged is the whole lobby, sent to those who may admit.
type LobbyChanged struct {
	Waiting []Waiting `json:"waiting"`
}

// ParticipantEvent is the body of TypeParticipantJoined and
// TypeParticipantChanged: the participant as a whole.
type ParticipantEvent struct {
	Participant Participant `json:"participant"`
}

// ParticipantLeft says who went and why.
type ParticipantLeft struct {
	ID     string `json:"id"`
	Reason string `json:"reason"` // "left", "removed", "lost", or "e2ee": their client cannot encrypt
}

// RoomCard is a meeting card that was stored while the meeting is on. A card that
// is stored while devices are in a group waits until that group is over, for the
// group belongs to the card that it was opened with.
type RoomCard struct {
	Card []byte `json:"card"`
}

// RoomChanged is the room as a whole.
type RoomChanged struct {
	Room Room `json:"room"`
}

// LegChanged has the new facts of a participant's leg.
type LegChanged struct {
	ID  string      `json:"id"`
	Leg meeting.Leg `json:"leg"`
}

// Muted tells a client that a moderator stopped its track; it must stop sending.
type Muted struct {
	Kind meeting.Kind `json:"kind"`
	By   string       `json:"by"` // participant id
}

// Asked tells a client that a moderator asks it to unmute.
type Asked struct {
	By string `json:"by"`
}

// Closed is the last event: the seat is gone. Code is a code of package meeting
// (removed, banned, denied, ended, replaced, unavailable).
type Closed struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}
