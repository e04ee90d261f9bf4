package transport

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"runtime/debug"
	"sync"
	"time"
)

// tcpStream is a TCP connection of a peer that came to a passive candidate (RFC 6544
// section 4.5): datagrams behind their length (RFC 4571 section 2). One goroutine
// reads it, one writes.
type tcpStream struct {
	conn net.Conn

	mu     sync.Mutex
	queue  []byte // framed; what the writer takes next
	closed bool
	wake   chan struct{} // has a value when there is something in queue, or closed
}

// Bounds of a stream.
const (
	streamQueue   = 256 << 10        // a second of 2 Mbit/s; what is dropped tells the estimator
	streamProof   = 10 * time.Second // until the first authentic check
	streamSilence = FailedAfter      // a peer that says nothing for so long has lost its consent anyway
	streamWrite   = 10 * time.Second // for a write to make progress
)

// maxTCPStreams bounds the TCP connections of all peers: each costs two goroutines.
const maxTCPStreams = 4096

// ServeTCP takes over a TCP connection that a peer opened to one of TCPCandidates. It
// closes conn when the peer proves nothing, and with the Socket.
func (s *Socket) ServeTCP(conn net.Conn) {
	t := &tcpStream{conn: conn, wake: make(chan struct{}, 1)}
	s.mu.Lock()
	refused := s.closed || len(s.streams) >= maxTCPStreams
	if !refused {
		s.streams[t] = struct{}{}
		// Under the lock, so that Close cannot have waited already.
		s.tasks.Go(func() { s.attend(t) })
	}
	s.mu.Unlock()
	if refused {
		_ = conn.Close()
	}
}

// attend serves one stream until its end.
func (s *Socket) attend(t *tcpStream) {
	from, ok := t.conn.RemoteAddr().(*net.TCPAddr)
	if !ok || from.IP.To4() == nil && !s.v6 { // the table of 5-tuples is one of IPv4
		t.close()
		s.forgetStream(t)
		return
	}
	r := &streamReader{wayReader: newWayReader(s, t, from.AddrPort()), conn: t.conn}
	defer func() {
		if v := recover(); v != nil {
			s.log.Error("TCP connection ended by a panic", "panic", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
		}
		t.close()
		r.end()
		s.forgetStream(t)
	}()
	s.tasks.Go(t.write)
	r.run()
}

func (s *Socket) forgetStream(t *tcpStream) {
	s.mu.Lock()
	delete(s.streams, t)
	s.mu.Unlock()
}

// streamReader is the reader of one stream.
type streamReader struct {
	*wayReader
	conn net.Conn
	in   *bufio.Reader
	due  time.Time // when the read deadline is to be moved
}

// run reads datagrams until the connection ends or breaks the rules.
func (r *streamReader) run() {
	if r.conn.SetDeadline(time.Time{}) != nil || r.conn.SetReadDeadline(time.Now().Add(streamProof)) != nil {
		return
	}
	r.in = bufio.NewReader(r.conn)
	for r.next() {
		if !r.more() {
			r.finish()
			r.patience()
		}
	}
}

// next reads and routes one datagram.
func (r *streamReader) next() bool {
	n, ok := readFrame(r.in, r.batch[0].buf[:])
	if ok {
		r.take(n)
	}
	return ok
}

// readFrame reads one frame of RFC 4571 into b; false at the end, and for a frame
// that does not fit.
func readFrame(in *bufio.Reader, b []byte) (int, bool) {
	size, err := in.Peek(2)
	if err != nil {
		return 0, false
	}
	n := int(binary.BigEndian.Uint16(size))
	if n > len(b) {
		return 0, false
	}
	_, _ = in.Discard(2)
	_, err = io.ReadFull(in, b[:n])
	return n, err == nil
}

// more reports whether the next datagram is here already.
func (r *streamReader) more() bool {
	if r.in.Buffered() < 2 {
		return false
	}
	size, err := r.in.Peek(2)
	return err == nil && r.in.Buffered() >= 2+int(binary.BigEndian.Uint16(size))
}

// patience gives a peer that has proved itself time for its next word. Moving the
// deadline for each would cost more than the reading.
func (r *streamReader) patience() {
	if now := time.Now(); len(r.tuples) > 0 && now.After(r.due) {
		r.due = now.Add(time.Second)
		_ = r.conn.SetReadDeadline(now.Add(streamSilence))
	}
}

// send queues a datagram, or drops it when the connection does not keep up.
func (t *tcpStream) send(b []byte) bool {
	t.mu.Lock()
	ok := !t.closed && len(t.queue)+2+len(b) <= streamQueue
	if ok {
		t.queue = binary.BigEndian.AppendUint16(t.queue, uint16(len(b)))
		t.queue = append(t.queue, b...)
	}
	t.mu.Unlock()
	if ok {
		t.rouse()
	}
	return ok
}

func (t *tcpStream) rouse() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// write sends what is queued, as much as there is at a time.
func (t *tcpStream) write() {
	var out []byte
	for range t.wake {
		t.mu.Lock()
		out, t.queue = t.queue, out[:0]
		closed := t.closed
		t.mu.Unlock()
		if closed {
			return
		}
		if len(out) == 0 {
			continue
		}
		_ = t.conn.SetWriteDeadline(time.Now().Add(streamWrite))
		if _, err := t.conn.Write(out); err != nil {
			t.close()
			return
		}
	}
}

func (*tcpStream) relayed() bool { return false }

// close ends the connection; its goroutines follow.
func (t *tcpStream) close() {
	t.mu.Lock()
	was := t.closed
	t.closed = true
	t.mu.Unlock()
	if !was {
		_ = t.conn.Close()
		t.rouse()
	}
}
