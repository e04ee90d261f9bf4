package netsim

import (
	"container/heap"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// maxClients bounds the sockets of a relay.
const maxClients = 1000

// maxDatagram is more than media or a handshake sends at once.
const maxDatagram = 2048

// Relay passes UDP between clients and one server through two lines for each client:
// the server sees another address for each of them, as behind a NAT. A server that
// advertises the relay's address only is reached through it only.
type Relay struct {
	// immutable
	socket *net.UDPConn // the clients' side
	server netip.AddrPort
	seed   uint64
	start  time.Time
	wake   chan struct{}
	quit   chan struct{}
	done   sync.WaitGroup

	mu       sync.Mutex
	up, down Path
	clients  map[netip.AddrPort]*client
	travels  travels
	order    uint64
	closed   bool
}

// client is somebody who sends through the relay.
type client struct {
	socket   *net.UDPConn // connected to the server
	up, down *Line
}

// travel is a datagram on its way.
type travel struct {
	arrives time.Duration
	order   uint64
	deliver func(b []byte)
	payload []byte
}

// NewRelay begins to listen on an address, of which port 0 is any, for what is to
// go to server; up is the way there and down the way back.
func NewRelay(listen, server netip.AddrPort, up, down Path, seed uint64) (*Relay, error) {
	socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(listen))
	if err != nil {
		return nil, fmt.Errorf("netsim: %w", err)
	}
	r := &Relay{
		socket: socket, server: server, seed: seed, start: time.Now(),
		wake: make(chan struct{}, 1), quit: make(chan struct{}),
		up: up, down: down, clients: make(map[netip.AddrPort]*client),
	}
	r.done.Add(2)
	go r.listen()
	go r.deliver()
	return r, nil
}

// Addr returns where clients send.
func (r *Relay) Addr() netip.AddrPort {
	a := r.socket.LocalAddr().(*net.UDPAddr).AddrPort()
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// Set changes both ways, for all clients.
func (r *Relay) Set(up, down Path) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.up, r.down = up, down
	for _, c := range r.clients {
		c.up.Set(up)
		c.down.Set(down)
	}
}

// Rebind gives every client another address towards the server, as a NAT does that
// was restarted. What is on its way to the old ones is lost.
func (r *Relay) Rebind() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for addr, c := range r.clients {
		c.socket.Close()
		delete(r.clients, addr)
	}
}

// Stats adds up what became of the packets of the clients that there are.
func (r *Relay) Stats() (up, down Stats) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.clients {
		up.add(c.up.Stats())
		down.add(c.down.Stats())
	}
	return up, down
}

func (s *Stats) add(o Stats) {
	s.Packets += o.Packets
	s.Lost += o.Lost
	s.Overflow += o.Overflow
}

// Close ends the relay; what is on its way is lost.
func (r *Relay) Close() {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return
	}
	r.closed = true
	for _, c := range r.clients {
		c.socket.Close()
	}
	r.mu.Unlock()
	close(r.quit)
	r.socket.Close()
	r.done.Wait()
}

// listen takes in what clients send.
func (r *Relay) listen() {
	defer r.done.Done()
	buffer := make([]byte, maxDatagram)
	for {
		n, from, err := r.socket.ReadFromUDPAddrPort(buffer)
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			continue // a port that is closed meanwhile
		}
		r.mu.Lock()
		if c := r.client(from); c != nil {
			r.send(c.up, buffer[:n], func(b []byte) { _, _ = c.socket.Write(b) })
		}
		r.mu.Unlock()
	}
}

// client returns the client with this address; nil when there can be no more.
func (r *Relay) client(addr netip.AddrPort) *client {
	if c := r.clients[addr]; c != nil {
		return c
	}
	if r.closed || len(r.clients) == maxClients {
		return nil
	}
	socket, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(r.server))
	if err != nil {
		return nil
	}
	n := uint64(len(r.clients))
	c := &client{socket: socket, up: NewLine(r.up, r.seed+2*n), down: NewLine(r.down, r.seed+2*n+1)}
	r.clients[addr] = c
	r.done.Go(func() { r.answer(c, addr) })
	return c
}

// answer takes in what the server sends to a client.
func (r *Relay) answer(c *client, addr netip.AddrPort) {
	buffer := make([]byte, maxDatagram)
	for {
		n, err := c.socket.Read(buffer)
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			continue
		}
		r.mu.Lock()
		r.send(c.down, buffer[:n], func(b []byte) { _, _ = r.socket.WriteToUDPAddrPort(b, addr) })
		r.mu.Unlock()
	}
}

// send puts a datagram on its way.
func (r *Relay) send(l *Line, b []byte, deliver func([]byte)) {
	arrives, ok := l.Send(time.Since(r.start), len(b))
	if !ok {
		return
	}
	r.order++
	heap.Push(&r.travels, travel{arrives, r.order, deliver, append([]byte(nil), b...)})
	if r.travels[0].order == r.order {
		select {
		case r.wake <- struct{}{}:
		default:
		}
	}
}

// deliver hands over what arrives.
func (r *Relay) deliver() {
	defer r.done.Done()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var due []travel
	for {
		wait := time.Hour
		r.mu.Lock()
		now := time.Since(r.start)
		for len(r.travels) > 0 && r.travels[0].arrives <= now {
			due = append(due, heap.Pop(&r.travels).(travel))
		}
		if len(r.travels) > 0 {
			wait = r.travels[0].arrives - now
		}
		r.mu.Unlock()
		for _, t := range due {
			t.deliver(t.payload)
		}
		clear(due)
		due = due[:0]
		timer.Reset(wait)
		select {
		case <-r.quit:
			return
		case <-r.wake:
		case <-timer.C:
		}
	}
}

// travels is a heap by arrival.
type travels []travel

func (t travels) Len() int { return len(t) }

func (t travels) Less(i, j int) bool {
	if t[i].arrives != t[j].arrives {
		return t[i].arrives < t[j].arrives
	}
	return t[i].order < t[j].order
}

func (t travels) Swap(i, j int) { t[i], t[j] = t[j], t[i] }

func (t *travels) Push(x any) { *t = append(*t, x.(travel)) }

func (t *travels) Pop() any {
	old := *t
	last := old[len(old)-1]
	old[len(old)-1] = travel{}
	*t = old[:len(old)-1]
	return last
}
