package session

import (
	"time"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// Effect is something the Machine wants done. The caller takes them in order
// with Take and reports back with events.
type Effect interface{ effect() }

// Sign asks for the device key's signature; answered by Signed.
type Sign struct {
	Ref     int
	Message []byte
}

// Open offers the group to the delivery service as the meeting's; answered by Reply.
type Open struct {
	Ref  int
	Info []byte
}

// Fetch asks for the newest GroupInfo; answered by GroupState.
type Fetch struct{}

// Commit asks the delivery service to order a commit; answered by Reply.
// Added are the participants who are to get the Welcome.
type Commit struct {
	Ref                   int
	Epoch                 uint64
	Commit, Welcome, Info []byte
	Added                 []string
}

// PublishInfo hands in a GroupInfo outside of a commit.
type PublishInfo struct {
	Epoch uint64
	Info  []byte
}

// Refuse says that the commit ordered for Epoch is not acceptable.
type Refuse struct{ Epoch uint64 }

// Knock asks the members to add this device. Proof is empty without the link.
type Knock struct{ KeyPackage, Proof []byte }

// Post sends an application message, to everyone when To is empty.
type Post struct {
	Data []byte
	To   []string
}

// Report tells the server whether encryption is on, for its doors: what it has is
// not what the members have signed. It is repeated until RoomSays agrees.
type Report struct {
	On    bool
	Epoch uint64
	Offer bool // ask the hosts about people whose clients cannot encrypt
}

// LeafOwner says which participant a leaf of an epoch belongs to.
type LeafOwner struct {
	Leaf        mls.LeafIndex
	Participant string
}

// MediaEpoch gives the media worker the base key of a new epoch (RFC 9605
// section 5.2). Removes is set when a leaf has gone, so that old keys die sooner.
type MediaEpoch struct {
	Epoch   uint64
	Base    [32]byte
	Self    mls.LeafIndex
	Leaves  []LeafOwner
	Removes bool
	At      time.Time
}

// SendMode is what a sender does with its frames.
type SendMode uint8

// Hold emits nothing at all; it is the first mode and the one that every doubt
// falls back to. Clear passes frames, Seal seals them under the stated epoch.
const (
	Hold SendMode = iota
	Clear
	Seal
)

// String names the mode as the media worker's protocol does.
func (s SendMode) String() string {
	return [...]string{"hold", "clear", "seal"}[min(s, Seal)]
}

// MediaSend says what every sender does from now on.
type MediaSend struct {
	Mode  SendMode
	Epoch uint64
}

// ReceiveMode is what a receiver does with unmarked frames; marked ones are
// opened or dropped in every mode.
type ReceiveMode uint8

// ReceiveSealed drops every clear frame; it is the first mode. ReceiveGrace
// passes clear frames of the stated participants for a moment after switching
// on. ReceiveClear passes them.
const (
	ReceiveSealed ReceiveMode = iota
	ReceiveGrace
	ReceiveClear
)

// String names the mode as the media worker's protocol does.
func (r ReceiveMode) String() string {
	return [...]string{"sealed", "grace", "clear"}[min(r, ReceiveClear)]
}

// MediaReceive says what every receiver does from now on.
type MediaReceive struct {
	Mode  ReceiveMode
	Until time.Time
	From  []string
}

// ContentKind is what a Content effect brings.
type ContentKind uint8

// The kinds of content that members send each other.
const (
	ContentChat ContentKind = iota + 1
	ContentReaction
	ContentHand
	ContentName
	ContentFile
)

// String names the kind.
func (k ContentKind) String() string {
	return [...]string{"", "chat", "reaction", "hand", "name", "file"}[min(k, ContentFile)]
}

// Content is an opened message. From is the participant whose leaf signed it.
type Content struct {
	Kind     ContentKind
	From     string
	Leaf     mls.LeafIndex
	At       time.Time
	Private  bool // for this device only
	ID       [16]byte
	Text     string // chat text, reaction, name
	Up       bool   // hand
	File     *FileOffer
	Identity []byte // what came with a name, not checked here
}

// NoticeKind is what a Notice effect reports.
type NoticeKind uint8

// Notices name people by the tree, never by the server's word.
const (
	NoticeSwitchedOn     NoticeKind = iota + 1 // who: the host whose commit did it
	NoticeSwitchedOff                          // who: the host whose commit did it
	NoticeHostAdded                            // who: the new host
	NoticeHostRemoved                          // who: the former host
	NoticeTookOver                             // who: the member that became host
	NoticeRemoved                              // who: the member removed, By: whose commit
	NoticeBanned                               // who: the member removed for good, By: the host
	NoticeJoinedMeantime                       // who: entered before a host's commit is tried again
	NoticeFailed                               // a command could not be carried out; Text says which and why
	NoticeRejoined                             // this device lost the group's thread and has rejoined
)

// String names the kind.
func (k NoticeKind) String() string {
	return [...]string{
		"", "switchedOn", "switchedOff", "hostAdded", "hostRemoved", "tookOver", "removed", "banned",
		"joinedMeantime", "failed", "rejoined",
	}[min(k, NoticeRejoined)]
}

// Notice is a fact for a banner or the activity list.
type Notice struct {
	Kind    NoticeKind
	Who, By string
	Text    string
}

// ViewChanged says that View differs from what it was.
type ViewChanged struct{}

func (Report) effect()       {}
func (Sign) effect()         {}
func (Open) effect()         {}
func (Fetch) effect()        {}
func (Commit) effect()       {}
func (PublishInfo) effect()  {}
func (Refuse) effect()       {}
func (Knock) effect()        {}
func (Post) effect()         {}
func (MediaEpoch) effect()   {}
func (MediaSend) effect()    {}
func (MediaReceive) effect() {}
func (Content) effect()      {}
func (Notice) effect()       {}
func (ViewChanged) effect()  {}
