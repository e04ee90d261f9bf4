// Package hostile is the attacker inside the server: graft builds the real
// roundel program with calls to it in the places where packets, messages and
// files pass. It exists for tests alone; the product does not import it.
//
// A test tells it what to do over the unix socket that ROUNDEL_HOSTILE names,
// with one JSON object in each line, each answered by one.
package hostile

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"sync"
)

// Order is what a test wants of the attacker.
type Order struct {
	Do string `json:"do"` // tap, media, words, keep, serve

	// media: what to do with the packets of one medium that go to some participants.
	To    []string `json:"to"`
	Media string   `json:"media"` // audio or video
	Trick string   `json:"trick"` // "", replay, reorder, forge, clear
	Most  int      `json:"most"`  // frames to inject for each of them; 0: without end

	// words: what to do with what the server says. Lie is "", flags, swap or stale.
	Lie string   `json:"lie"`
	Who []string `json:"who"` // swap: two participants

	// serve: a file in place of the client's own.
	Path    string `json:"path"`
	Content string `json:"content"`
}

// Reply says how far an attack got.
type Reply struct {
	Tap     map[string]*Tapped  `json:"tap,omitempty"` // by "participant kind"
	Figures map[string]*Figures `json:"figures"`       // by participant
	Told    int                 `json:"told"`          // messages that were changed, since the last order about words
	Error   string              `json:"error,omitempty"`
}

// attacker is all that is known. Its media hooks run on the shards of the SFU.
type attacker struct {
	mu      sync.Mutex
	tap     map[string]*Tapped
	media   Order
	figures map[string]*Figures
	lines   map[Slot]*line
	words   Order
	told    int
	wires   map[any]*conversation
	newest  state
	kept    state
	files   map[string]string
}

var it = attacker{
	tap: map[string]*Tapped{}, figures: map[string]*Figures{}, lines: map[Slot]*line{},
	wires: map[any]*conversation{}, files: map[string]string{},
}

// init begins to listen; a program that was built to attack and is told by
// nobody does nothing.
func init() {
	path := os.Getenv("ROUNDEL_HOSTILE")
	if path == "" {
		return
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		fmt.Fprintln(os.Stderr, "hostile:", err)
		os.Exit(1)
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go it.serve(conn)
		}
	}()
}

func (a *attacker) serve(conn net.Conn) {
	defer conn.Close()
	lines := bufio.NewScanner(conn)
	lines.Buffer(nil, 16<<20)
	for answers := json.NewEncoder(conn); lines.Scan(); {
		var order Order
		reply := Reply{}
		if err := json.Unmarshal(lines.Bytes(), &order); err != nil {
			reply.Error = err.Error()
		} else {
			reply = a.obey(order)
		}
		if answers.Encode(reply) != nil {
			return
		}
	}
}

// obey carries out an order; tap also begins to count anew.
func (a *attacker) obey(order Order) Reply {
	a.mu.Lock()
	defer a.mu.Unlock()
	reply := Reply{Figures: map[string]*Figures{}}
	switch order.Do {
	case "tap":
		reply.Tap, a.tap = a.tap, map[string]*Tapped{}
	case "media":
		a.media = order
		for _, f := range a.figures {
			f.Injected = 0
		}
		for _, l := range a.lines {
			l.frame, l.tape, l.withheld, l.later = nil, nil, nil, false
		}
	case "words":
		a.words, a.told = order, 0
		for _, c := range a.wires {
			c.old = true
		}
	case "keep":
		a.kept = a.newest
	case "serve":
		a.files[order.Path] = order.Content
	case "figures":
	default:
		reply.Error = "there is no such order"
	}
	reply.Told = a.told
	for who, f := range a.figures {
		reply.Figures[who] = &Figures{f.Good, f.Injected}
	}
	return reply
}
