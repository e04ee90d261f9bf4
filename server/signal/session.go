package signal

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/room"
)

// Bounds of what a client says of itself, in bytes.
const maxClient = 120

// What a client may do wrong before its connection is closed: a message that is
// too large costs more than one that is malformed or comes too soon.
const (
	faultsPerSec = 1
	faultsBurst  = 60
	faultLarge   = 20
)

// visitor is who is behind a connection, as the handshake showed.
type visitor struct {
	user    *wire.User
	facts   meeting.Signalling
	source  string
	device  device
	devices *devices
}

// session is the protocol of one connection, without its socket: raw messages
// go in, messages for the outbox come out. It is for one goroutine.
type session struct {
	cfg     *Config
	out     *outbox
	visitor visitor
	rate    *rate.Limiter
	faults  *rate.Limiter
	bytes   *rate.Limiter // of all messages but
	group   *rate.Limiter // those of the delivery service, by clients with a seat
	leg     *meeting.Leg  // nil before hello
	place   *room.Attendance
}

func newSession(cfg *Config, out *outbox, v visitor) *session {
	return &session{
		cfg:     cfg,
		out:     out,
		visitor: v,
		rate:    rate.NewLimiter(wire.MaxMessagesPerSec, 2*wire.MaxMessagesPerSec),
		faults:  rate.NewLimiter(faultsPerSec, faultsBurst),
		bytes:   rate.NewLimiter(bytesPerSec, bytesBurst),
		group:   rate.NewLimiter(groupBytesPerSec, groupBytesBurst),
	}
}

// receive handles one message. An error says that the connection must close; the
// client has been told why.
func (s *session) receive(ctx context.Context, data []byte) error {
	var m wire.Message
	err := json.Unmarshal(data, &m)
	grouped := strings.HasPrefix(m.Type, "group.") && s.groups()
	if err := s.spend(ctx, grouped, len(data)); err != nil {
		return err
	}
	now, most := time.Now(), wire.MaxMessage
	if grouped {
		most = wire.MaxGroupRequest
	}
	switch {
	case len(data) > most:
		return s.fault(now, faultLarge, m.ID, meeting.Errorf(meeting.CodeTooLarge, "This message has at most %d bytes.", most))
	case err != nil:
		return s.fault(now, 1, m.ID, meeting.Wrap(meeting.CodeInvalid, err, "The message is not JSON of the protocol."))
	case !s.rate.AllowN(now, 1):
		return s.fault(now, 1, m.ID, meeting.Errorf(meeting.CodeRateLimited, "At most %d messages a second.", wire.MaxMessagesPerSec))
	case m.ID == 0 || m.Type == "":
		return s.fault(now, 1, m.ID, meeting.Errorf(meeting.CodeInvalid, "A request has an id from 1 and a type."))
	case s.leg == nil:
		return s.first(m)
	}
	switch m.Type {
	case wire.TypeHello:
		s.out.fail(m.ID, meeting.Errorf(meeting.CodeConflict, "Hello has been said."))
	case wire.TypePing:
		s.out.reply(m.ID, wire.Empty{})
	case wire.TypeJoin:
		s.join(ctx, m)
	default:
		s.inMeeting(ctx, m)
	}
	return nil
}

// spend waits until the client may have sent so many bytes.
func (s *session) spend(ctx context.Context, grouped bool, size int) error {
	budget := s.bytes
	if grouped {
		budget = s.group
	}
	return budget.WaitN(ctx, min(size, budget.Burst()))
}

// groups reports whether the client may send the large requests of the delivery
// service.
func (s *session) groups() bool { return s.place != nil && s.place.Groups() }

// mostBytes is where a message is cut off. Over its limit, which is lower for
// most, a client gets an error.
func (s *session) mostBytes() int64 {
	if s.groups() {
		return groupReadLimit
	}
	return readLimit
}

// fault answers what a client did wrong, and ends the connection when it goes on.
func (s *session) fault(now time.Time, cost int, id uint64, err error) error {
	s.out.fail(id, err)
	if !s.faults.AllowN(now, cost) {
		return err
	}
	return nil
}

// first is the first request, which has to be a good hello.
func (s *session) first(m wire.Message) error {
	var hello wire.Hello
	err := error(meeting.Errorf(meeting.CodeInvalid, "The first request is hello."))
	if m.Type == wire.TypeHello {
		err = decodeHello(m.Body, &hello)
	}
	if err != nil {
		s.out.fail(m.ID, err)
		return err
	}
	s.leg = &meeting.Leg{
		Kind: hello.Kind, Client: hello.Client, Signalling: s.visitor.facts,
		E2EE: slices.Contains(hello.Features, wire.FeatureE2EE),
	}
	s.out.reply(m.ID, wire.Welcome{Server: s.cfg.Server, Signalling: s.visitor.facts, User: s.visitor.user})
	return nil
}

func decodeHello(raw json.RawMessage, hello *wire.Hello) error {
	if err := json.Unmarshal(raw, hello); err != nil {
		return meeting.Wrap(meeting.CodeInvalid, err, "The body of hello does not fit.")
	}
	if hello.Kind != meeting.LegWeb && hello.Kind != meeting.LegSDK {
		return meeting.Errorf(meeting.CodeInvalid, "The kind of client is web or sdk.")
	}
	name, err := meeting.CleanTitle(hello.Client)
	if err != nil || len(name) > maxClient {
		return meeting.Errorf(meeting.CodeInvalid, "The client names itself in at most %d bytes.", maxClient)
	}
	hello.Client = name
	return nil
}

func (s *session) join(ctx context.Context, m wire.Message) {
	var body wire.Join
	if err := json.Unmarshal(m.Body, &body); err != nil {
		s.out.fail(m.ID, meeting.Wrap(meeting.CodeInvalid, err, "The body of join does not fit."))
		return
	}
	if s.place != nil && s.place.Held() {
		s.out.fail(m.ID, meeting.Errorf(meeting.CodeConflict, "This connection is in a meeting already."))
		return
	}
	limits := s.cfg.Limits
	if limits != nil {
		unknown, _ := limits.Unknown.Check(s.visitor.source)
		if joins, _ := limits.Join.Allow(s.visitor.source); !joins || !unknown {
			s.out.fail(m.ID, meeting.Errorf(meeting.CodeRateLimited, "Too many tries. Please wait a moment."))
			return
		}
	}
	place, err := s.cfg.Rooms.Join(ctx, s.caller(), s.out, m.ID, body)
	if err != nil {
		if limits != nil && body.Seat == "" && meeting.CodeOf(err) == meeting.CodeNotFound {
			limits.Unknown.Allow(s.visitor.source)
		}
		if meeting.CodeOf(err) == meeting.CodeInternal {
			s.cfg.Logger.Error("join failed", "err", err)
		}
		s.out.fail(m.ID, err)
		return
	}
	s.place = place
}

func (s *session) caller() room.Caller {
	known, traces := s.visitor.marks()
	return room.Caller{User: s.visitor.user, Leg: *s.leg, Source: s.visitor.source, Known: known, Traces: traces}
}

func (s *session) inMeeting(ctx context.Context, m wire.Message) {
	switch {
	case s.place != nil:
		s.place.Request(ctx, m)
	case !room.Knows(m.Type):
		s.out.fail(m.ID, room.ErrUnknownType)
	default:
		s.out.fail(m.ID, meeting.Errorf(meeting.CodeConflict, "You are not in a meeting."))
	}
}

// end gives up the connection; a seat is kept for a while.
func (s *session) end() {
	if s.place != nil {
		s.place.Lost()
	}
}
