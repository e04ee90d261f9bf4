package secure

import (
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/e2ee/session"
)

// Options say with what somebody comes to a meeting.
type Options struct {
	Invite *session.Invite // from the link; nil without one
	// Device is the folder of the device key and of what it remembers of others;
	// "" for a new key of this meeting only, which remembers nobody.
	Device string
	Root   []byte // the root key's seed; not needed when the Invite has it
	// Name is told to the group. The server is told it only by those who come
	// without the link, and in a meeting that is not encrypted.
	Name       string
	KnownHosts []ed25519.PublicKey // verified before, besides those that the folder says
	Identity   []byte              // goes with the name
	Logger     *slog.Logger        // nil discards
}

// Hidden is the name that the server is told of somebody who has the link.
const Hidden = "Guest"

// Errors of Join and of the actions.
var (
	ErrNoFeature = errors.New("secure: the session does not offer e2ee: dial with secure.Dial")
	ErrNoCard    = errors.New("secure: the server has no card of this meeting, which the link promises")
	ErrNoGroup   = errors.New("secure: this meeting has no encryption")
	ErrClosed    = errors.New("secure: the meeting is over for this device")
)

// Meeting is a seat in a meeting, or a place in its lobby, and this device's part
// in the meeting's group. Its methods may be called from any goroutine.
type Meeting struct {
	// Seat is what has nothing to do with encryption: state, events, wants,
	// moderation. Its media connection is made by Connect here.
	Seat *client.Meeting

	// immutable
	session *client.Session
	opts    Options
	log     *slog.Logger
	device  ed25519.PrivateKey
	memory  *memory
	cipher  *Cipher // nil without a card, as machine and out
	out     *outbox
	cancel  context.CancelFunc
	tasks   sync.WaitGroup
	over    chan struct{} // closed when the loop has ended

	in     inbox
	events eventQueue

	// owned by the loop
	machine *session.Machine
	lobby   bool
	online  bool
	named   bool // the server has been told the name, or must not be
	roster  bool // has changed
	sends   session.MediaSend
	gets    session.MediaReceive
	flip    flip
	waits   []*wait
	changed bool

	mu   sync.Mutex
	last *session.View // when the loop has ended
}

// Dial is client.Dial that offers end-to-end encryption.
func Dial(ctx context.Context, o client.Options) (*client.Session, error) {
	o.Features = append([]string{wire.FeatureE2EE}, o.Features...)
	return client.Dial(ctx, o)
}

// Join takes a seat, or a place in the lobby, and joins the meeting's group when
// the meeting has a card. It returns as soon as the server has answered; the way
// into the group goes on behind it (see In). With an Invite a meeting whose card
// is missing or is not the invite's is refused. Close or Leave it when done.
func Join(ctx context.Context, s *client.Session, o Options, j wire.Join) (*Meeting, error) {
	if !s.Offers(wire.FeatureE2EE) {
		return nil, ErrNoFeature
	}
	device, err := LoadDevice(o.Device)
	if err != nil {
		return nil, err
	}
	memory, err := openMemory(o.Device)
	if err != nil {
		return nil, err
	}
	m := &Meeting{
		session: s, opts: o, device: device, memory: memory, log: o.Logger, over: make(chan struct{}),
		in: newInbox(), events: newEventQueue(),
	}
	if m.log == nil {
		m.log = slog.New(slog.DiscardHandler)
	}
	switch {
	case o.Invite != nil:
		j.Name = Hidden
	case j.Name == "":
		j.Name = o.Name
	}
	m.named = o.Invite == nil
	if m.Seat, err = s.JoinWatched(ctx, j, m.watch); err != nil {
		return nil, err
	}
	if err := m.begin(); err != nil {
		_ = s.Close()
		return nil, err
	}
	return m, nil
}

// begin starts this device's part, if the meeting has a card.
func (m *Meeting) begin() error {
	raw := m.Seat.Card()
	if raw == nil {
		if m.opts.Invite != nil {
			return ErrNoCard
		}
		m.gets.Mode = session.ReceiveClear
		m.start(m.runPlain)
		return nil
	}
	card, err := session.ParseCard(raw)
	if err != nil {
		return err
	}
	state := m.Seat.State()
	self := state.Self
	if lobby, waiting := m.Seat.Lobby(); waiting {
		self, m.lobby = lobby.Self, state.Self == ""
	}
	if state.Room.ID != "" && state.Room.ID != card.MeetingID {
		return session.ErrCard
	}
	config := session.Config{
		MeetingID: card.MeetingID, Self: self, Name: m.opts.Name, Device: m.device.Public().(ed25519.PublicKey),
		Invite: m.opts.Invite, Card: raw, Identity: m.opts.Identity,
		KnownHosts: append(m.memory.verified(), m.opts.KnownHosts...),
	}
	if len(m.opts.Root) == ed25519.SeedSize {
		config.Root = ed25519.NewKeyFromSeed(m.opts.Root)
	}
	if m.machine, err = session.New(config, time.Now()); err != nil {
		return err
	}
	// One cipher lives as long as one membership after another of this machine,
	// and every membership begins with keys that nobody had before: its number
	// cannot repeat under a leaf.
	m.cipher, err = NewCipher(CipherOptions{Meeting: card.MeetingID})
	if err != nil {
		return err
	}
	m.out = newOutbox(m.session)
	m.start(m.out.run, m.run)
	return nil
}

// start runs tasks until stop.
func (m *Meeting) start(tasks ...func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	m.cancel = cancel
	for _, task := range tasks {
		m.tasks.Go(func() { task(ctx) })
	}
}

// Encrypted reports whether the meeting has a card, so that encryption can be on.
func (m *Meeting) Encrypted() bool { return m.cipher != nil }

// Device is the public key by which others recognise this device.
func (m *Meeting) Device() ed25519.PublicKey { return m.device.Public().(ed25519.PublicKey) }

// Connect makes the media connection, with every frame under the group's keys
// while encryption is on. What the options have as a Cipher is replaced.
func (m *Meeting) Connect(ctx context.Context, o client.MediaOptions) (*client.Media, error) {
	if m.cipher != nil {
		o.Cipher = m.cipher
	}
	return m.Seat.Connect(ctx, o)
}

// Counts are the cipher's; zero in a meeting without a card.
func (m *Meeting) Counts() Counts {
	if m.cipher == nil {
		return Counts{}
	}
	return m.cipher.Counts()
}

// Leave gives the seat up, ends the session and waits for everything.
func (m *Meeting) Leave(ctx context.Context) error {
	err := m.Seat.Leave(ctx)
	m.stop()
	return err
}

// Close ends the session without a good-bye and waits for everything.
func (m *Meeting) Close() error {
	err := m.session.Close()
	m.stop()
	return err
}

// stop ends the loop. The seat is gone already.
func (m *Meeting) stop() {
	m.cancel()
	m.tasks.Wait()
	m.events.close(m.reason())
}

// reason is why the seat is gone.
func (m *Meeting) reason() error {
	if err := m.Seat.Err(); err != nil {
		return err
	}
	return meeting.Wrap(meeting.CodeUnavailable, ErrClosed, "The meeting is over for this device.")
}
