package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// printer writes events, one a line. It never prints the seat's secret.
type printer struct {
	out  io.Writer
	json bool
	mu   sync.Mutex // several goroutines print
}

// line is an event as it is printed.
type line struct {
	At   time.Time `json:"at"`
	Type string    `json:"type"`
	Body any       `json:"body,omitempty"`
}

func (p *printer) event(typ string, body any) {
	l := line{At: time.Now().UTC(), Type: typ, Body: body}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.json {
		if b, err := json.Marshal(l); err == nil {
			fmt.Fprintf(p.out, "%s\n", b)
		}
		return
	}
	fmt.Fprintf(p.out, "%s %-20s %s\n", l.At.Local().Format(time.TimeOnly), typ, brief(body))
}

func (p *printer) sdkEvent(e client.Event) {
	if j, ok := e.Body.(wire.Joined); ok {
		j.Seat = ""
		e.Body = j
	}
	p.event(e.Type, e.Body)
}

// brief says in few words what an event is about.
func brief(body any) string {
	switch b := body.(type) {
	case wire.ParticipantEvent:
		return b.Participant.Name + " (" + string(b.Participant.Role) + ")" + network(b.Participant)
	case wire.ParticipantLeft:
		return b.ID + " " + b.Reason
	case wire.Relayed:
		return b.Name + ": " + string(b.Payload)
	case said:
		return strings.TrimSpace(cmp.Or(b.Name, b.From)+": "+b.Text) + sealedMark(b.Sealed)
	case noticed:
		return strings.Join(strings.Fields(b.What+" "+b.Who+" "+b.Text), " ")
	case encryption:
		return b.brief()
	case wire.Closed:
		return b.Message
	case wire.Muted:
		return string(b.Kind)
	case entry:
		return fmt.Sprintf("%q with %d others", b.Title, len(b.Participants)-1)
	case []heardLine:
		var parts []string
		for _, h := range b {
			parts = append(parts, fmt.Sprintf("%s of %s: %d frames", h.Kind, h.Participant, h.Frames))
		}
		return strings.Join(parts, ", ")
	}
	return ""
}

// network says how somebody's connection is, when that is worth a word.
func network(p wire.Participant) string {
	words := map[int]string{1: "poor", 2: "fair"}
	if words[p.Quality] == "" {
		return ""
	}
	return strings.TrimRight(", network "+words[p.Quality]+" "+p.QualityReason, " ")
}

func sealedMark(sealed bool) string {
	if sealed {
		return ""
	}
	return " (not encrypted)"
}

// entry is what is printed on entering.
type entry struct {
	Self         string             `json:"self"`
	Number       string             `json:"number"`
	Title        string             `json:"title"`
	Participants []wire.Participant `json:"participants"`
}

func entered(s client.State) entry {
	return entry{Self: s.Self, Number: s.Room.Number, Title: s.Room.Title, Participants: s.Participants}
}

// heardKey names one track of one participant.
type heardKey struct {
	participant string
	kind        meeting.Kind
}

// heard counts what came of a track.
type heard struct {
	codec         client.Codec
	frames, bytes int
}

// heardLine is one row of the summary.
type heardLine struct {
	Participant string       `json:"participant"`
	Kind        meeting.Kind `json:"kind"`
	Codec       client.Codec `json:"codec"`
	Frames      int          `json:"frames"`
	Bytes       int          `json:"bytes"`
}

// frame counts one frame. The first ones may overtake the word on whose they are.
func (a *attendance) frame(f client.Frame) {
	if f.Binding.Participant == "" {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	key := heardKey{f.Binding.Participant, f.Binding.Kind}
	h := a.heard[key]
	if h == nil {
		h = &heard{}
		a.heard[key] = h
	}
	h.codec = f.Codec
	h.frames++
	h.bytes += len(f.Data)
}

// summary prints what came of each track.
func (a *attendance) summary() {
	a.mu.Lock()
	rows := []heardLine{}
	for key, h := range a.heard {
		rows = append(rows, heardLine{key.participant, key.kind, h.codec, h.frames, h.bytes})
	}
	a.mu.Unlock()
	slices.SortFunc(rows, func(x, y heardLine) int {
		return strings.Compare(x.Participant+string(x.Kind), y.Participant+string(y.Kind))
	})
	a.print.event("received", rows)
}

// rootCause is the innermost error of a chain when a *meeting.Error hides it.
func rootCause(err error) string {
	var e *meeting.Error
	if !errors.As(err, &e) || e.Unwrap() == nil {
		return ""
	}
	inner := e.Unwrap()
	for next := errors.Unwrap(inner); next != nil; next = errors.Unwrap(inner) {
		inner = next
	}
	return inner.Error()
}
