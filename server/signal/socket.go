package signal

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// Times and bounds of one connection.
const (
	helloTimeout = 10 * time.Second
	writeTimeout = 10 * time.Second
	pingEvery    = 20 * time.Second
	pingTimeout  = 10 * time.Second

	// Over wire.MaxMessage a client gets an error; over this it is cut off.
	readLimit = 4 * wire.MaxMessage

	groupReadLimit = wire.MaxGroupRequest + wire.MaxMessage

	// What a client may send, sustained and at once, in bytes. Over it the server
	// reads more slowly. Those who have a seat may send more to the delivery
	// service: a commit in a large group, and its GroupInfo, are large.
	bytesPerSec      = 128 << 10
	bytesBurst       = readLimit
	groupBytesPerSec = 1 << 20
	groupBytesBurst  = 4 * wire.MaxGroupRequest
)

var errLong = errors.New("the message is too long to be read")

// socket is one websocket with its reader, writer and pinger.
type socket struct {
	ws  *websocket.Conn
	out *outbox
	ctx context.Context
	cut context.CancelCauseFunc // ends the connection without another word

	traffic *traffic
}

func newSocket(ws *websocket.Conn, counted *traffic) *socket {
	s := &socket{ws: ws, traffic: counted}
	s.ctx, s.cut = context.WithCancelCause(context.Background())
	s.out = newOutbox(s.cut)
	ws.SetReadLimit(groupReadLimit)
	return s
}

// serve runs the connection until it is closed from either side.
func (s *socket) serve(session *session) {
	var others sync.WaitGroup
	others.Go(s.write)
	others.Go(s.ping)
	hello := time.AfterFunc(helloTimeout, func() {
		s.finish(meeting.Errorf(meeting.CodeInvalid, "Hello did not come within %d seconds.", int(helloTimeout.Seconds())))
	})
	defer hello.Stop()
	s.read(session, hello)
	session.end()
	others.Wait()
	s.cut(nil)
	_ = s.ws.CloseNow()
}

// read takes messages in until the connection ends. When the client must go it
// leaves the closing to the writer, which still has the reason to write.
func (s *socket) read(session *session, hello *time.Timer) {
	for {
		kind, data, err := s.readOne(session)
		if err != nil {
			s.cut(err)
			return
		}
		s.traffic.messagesIn.Add(1)
		s.traffic.octetsIn.Add(uint64(len(data)))
		if kind != websocket.MessageText {
			s.finish(meeting.Errorf(meeting.CodeInvalid, "Messages are text."))
			break
		}
		if err := session.receive(s.ctx, data); err != nil {
			s.finish(err)
			break
		}
		if session.leg != nil {
			hello.Stop()
		}
	}
	s.drain()
}

// readOne reads a message as far as its sender may send that much. It asks again
// when a message turns out long: somebody may just have been let in.
func (s *socket) readOne(session *session) (websocket.MessageType, []byte, error) {
	kind, r, err := s.ws.Reader(s.ctx)
	if err != nil {
		return kind, nil, err
	}
	data, err := io.ReadAll(io.LimitReader(r, readLimit+1))
	if err == nil && int64(len(data)) > readLimit {
		var rest []byte
		rest, err = io.ReadAll(io.LimitReader(r, session.mostBytes()-readLimit))
		data = append(data, rest...)
	}
	if err == nil && int64(len(data)) > session.mostBytes() {
		_ = s.ws.Close(websocket.StatusMessageTooBig, string(meeting.CodeTooLarge))
		err = errLong
	}
	return kind, data, err
}

// drain waits for the client's half of the close, so that what was written
// before it arrives (RFC 6455, 7.1.1).
func (s *socket) drain() {
	for {
		_, r, err := s.ws.Reader(s.ctx)
		if err != nil {
			s.cut(err)
			return
		}
		_, _ = io.Copy(io.Discard, r)
	}
}

// finish sends the reason as the last message; the writer then closes.
func (s *socket) finish(err error) {
	s.out.Send(closedFor(meeting.CodeOf(err), meeting.MessageOf(err)))
}

// write sends what is in the outbox, and closes after the last message.
func (s *socket) write() {
	for {
		select {
		case <-s.out.wake:
		case <-s.ctx.Done():
			return
		}
		for {
			m, ok := s.out.next()
			if !ok {
				break
			}
			if err := s.writeOne(m); err != nil {
				s.cut(err)
				return
			}
			if m.Type == wire.TypeClosed {
				s.close(m)
				return
			}
		}
	}
}

func (s *socket) writeOne(m wire.Message) error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	s.traffic.messagesOut.Add(1)
	s.traffic.octetsOut.Add(uint64(len(data)))
	ctx, cancel := context.WithTimeout(s.ctx, writeTimeout)
	defer cancel()
	return s.ws.Write(ctx, websocket.MessageText, data)
}

// close says goodbye with the status of the last message, waits briefly for the
// client to do the same, and ends the connection.
func (s *socket) close(m wire.Message) {
	var why wire.Closed
	_ = json.Unmarshal(m.Body, &why)
	_ = s.ws.Close(status(meeting.Code(why.Code)), why.Code)
	s.cut(nil)
}

// status is the websocket status for a code (RFC 6455, 7.4.1; the IANA registry
// for 1012 and later).
func status(code meeting.Code) websocket.StatusCode {
	switch code {
	case meeting.CodeInternal:
		return websocket.StatusInternalError
	case meeting.CodeUnavailable:
		return websocket.StatusServiceRestart
	case meeting.CodeTooLarge:
		return websocket.StatusMessageTooBig
	case meeting.CodeInvalid, meeting.CodeRateLimited, meeting.CodeUnknownType, meeting.CodeVersion:
		return websocket.StatusPolicyViolation
	}
	return websocket.StatusNormalClosure
}

// ping finds out whether the client is still there.
func (s *socket) ping() {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-s.ctx.Done():
			return
		}
		ctx, cancel := context.WithTimeout(s.ctx, pingTimeout)
		err := s.ws.Ping(ctx)
		cancel()
		if err != nil {
			s.cut(err)
			return
		}
	}
}
