package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/roundel-meet/roundel/client/secure"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/e2ee/session"
)

// encryption is what is printed of the view, whenever it changes.
type encryption struct {
	Phase   string          `json:"phase"`
	Reason  string          `json:"reason,omitempty"`
	Mode    string          `json:"mode"`
	By      string          `json:"by,omitempty"` // participant id
	Lock    bool            `json:"lock"`
	Doubts  []doubtLine     `json:"doubts,omitempty"`
	Epoch   uint64          `json:"epoch"`
	Code    string          `json:"code,omitempty"` // the security code
	Digits  string          `json:"digits,omitempty"`
	Host    bool            `json:"host"`
	People  []encryptedLine `json:"people"`
	Waiting []waitingLine   `json:"waiting,omitempty"`
}

type doubtLine struct {
	Kind session.DoubtKind `json:"kind"`
	Who  []string          `json:"who,omitempty"`
}

type encryptedLine struct {
	Participant string `json:"participant"`
	Name        string `json:"name"`
	Keys        bool   `json:"keys"` // has a leaf in the group
	Host        bool   `json:"host"`
	Standing    string `json:"standing"`
	Hand        bool   `json:"hand,omitempty"`
}

type waitingLine struct {
	Participant string `json:"participant"`
	Name        string `json:"name"`
	Digits      string `json:"digits,omitempty"`
	OldLink     bool   `json:"oldLink,omitempty"`
}

func encryptionOf(v *session.View) encryption {
	e := encryption{
		Phase: v.Phase.String(), Reason: v.Reason, Mode: v.Mode.String(), By: v.By, Lock: v.Lock,
		Epoch: v.Epoch, Digits: v.Digits, Host: v.Host, People: []encryptedLine{},
	}
	if len(v.Codes) > 0 {
		e.Code = v.Codes[0].Code.String()
	}
	for _, d := range v.Doubts {
		e.Doubts = append(e.Doubts, doubtLine{d.Kind, d.Who})
	}
	for _, p := range v.People {
		e.People = append(e.People, encryptedLine{p.ID, p.Name, p.InTree, p.Host, p.Standing.String(), p.Hand})
	}
	for _, w := range v.Waiting {
		e.Waiting = append(e.Waiting, waitingLine{w.ID, w.Name, w.Digits, w.Proof == session.ProofOldLink})
	}
	return e
}

// brief is the line for a person.
func (e encryption) brief() string {
	text := "encryption " + e.Mode + ", " + e.Phase
	switch {
	case e.Lock:
		text += ", locked"
	case e.Digits != "":
		text += ", your digits are " + e.Digits
	}
	if e.Code != "" {
		text += ", security code " + e.Code
	}
	for _, w := range e.Waiting {
		text += "; " + w.Participant + " waits " + w.Digits
	}
	return text
}

// fingerprint tells whether there is something new to print.
func fingerprint(e encryption) string {
	b, _ := json.Marshal(e) // has nothing that cannot be encoded
	return string(b)
}

// said is what is printed of content.
type said struct {
	From    string `json:"from"` // participant id
	Name    string `json:"name,omitempty"`
	Text    string `json:"text"`
	Sealed  bool   `json:"sealed"`
	Private bool   `json:"private,omitempty"`
}

var contentNames = map[session.ContentKind]string{
	session.ContentChat: "chat", session.ContentReaction: "reaction", session.ContentName: "name", session.ContentFile: "file",
}

var noticeNames = map[session.NoticeKind]string{
	session.NoticeSwitchedOn: "encryption on", session.NoticeSwitchedOff: "encryption off",
	session.NoticeHostAdded: "host added", session.NoticeHostRemoved: "host removed", session.NoticeTookOver: "took over",
	session.NoticeRemoved: "removed", session.NoticeBanned: "banned", session.NoticeJoinedMeantime: "joined meanwhile",
	session.NoticeFailed: "failed", session.NoticeRejoined: "rejoined",
}

// noticed is what is printed of a notice.
type noticed struct {
	What string `json:"what"`
	Who  string `json:"who,omitempty"`
	By   string `json:"by,omitempty"`
	Text string `json:"text,omitempty"`
}

var warningNames = map[session.Familiarity]string{
	session.FamiliarChanged: "another device", session.FamiliarConfused: "confusable name",
}

// warningText says what is strange about somebody's device.
func warningText(w secure.Warning) string {
	if w.Like != "" {
		return w.Name + " looks like " + w.Like + ", whom this device knows; it is another device"
	}
	return w.Name + " is here with another device than before; compare the security code, then /verify " + w.Participant
}

// group prints what the group brings until the meeting is over for us.
func (a *attendance) group(ctx context.Context) {
	var last string
	for {
		e, err := a.secure.Next(ctx)
		if err != nil {
			return
		}
		switch e := e.(type) {
		case secure.Changed:
			view := encryptionOf(a.secure.View())
			if now := fingerprint(view); now != last {
				last = now
				a.print.event("encryption", view)
			}
		case session.Notice:
			a.print.event("notice", noticed{noticeNames[e.Kind], e.Who, e.By, e.Text})
		case secure.Warning:
			a.print.event("warning", noticed{What: warningNames[e.Familiarity], Who: e.Participant, Text: warningText(e)})
		case secure.Content:
			a.content(ctx, e)
		}
	}
}

// content prints what somebody sent, and fetches files when there is a folder.
func (a *attendance) content(ctx context.Context, c secure.Content) {
	name, ok := contentNames[c.Kind]
	if !ok {
		return
	}
	line := said{From: c.From, Text: c.Text, Sealed: c.Sealed, Private: c.Private}
	if p, ok := a.meeting.State().Participant(c.From); ok && !c.Sealed {
		line.Name = p.Name
	}
	if c.File != nil {
		line.Text = c.File.Name
		if a.files != "" {
			if err := a.fetch(ctx, c.File); err != nil {
				line.Text += ": " + explain(err)
			}
		}
	}
	a.print.event(name, line)
}

// toggle switches encryption as host, once this device is one.
func (a *attendance) toggle(ctx context.Context, on bool) {
	if err := a.secure.SwitchE2EE(ctx, on); err != nil && ctx.Err() == nil {
		a.print.event("notice", noticed{What: "failed", Text: explain(err)})
	}
}

// read takes lines and says or does what they say, until the input ends.
func (a *attendance) read(ctx context.Context, in io.Reader) {
	lines := bufio.NewScanner(in)
	for lines.Scan() && ctx.Err() == nil {
		if line := strings.TrimSpace(lines.Text()); line != "" {
			if err := a.line(ctx, line); err != nil && ctx.Err() == nil {
				a.print.event("notice", noticed{What: "failed", Text: explain(err)})
			}
		}
	}
}

var errLine = errors.New("there is no such command: /e2ee on|off, /name, /hand up|down, /react, /to ID TEXT, /admit, /confirm, /verify, /remember, /remove, /ban, /host ID, /file PATH")

// lineTimeout bounds what one line asks for.
const lineTimeout = 15 * time.Second

// line is a chat message, or a command behind a slash.
func (a *attendance) line(ctx context.Context, line string) error {
	ctx, cancel := context.WithTimeout(ctx, lineTimeout)
	defer cancel()
	if !strings.HasPrefix(line, "/") {
		return a.secure.SendChat(ctx, "", line)
	}
	command, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	switch command {
	case "/e2ee":
		return a.secure.SwitchE2EE(ctx, rest == "on")
	case "/name":
		return a.secure.Rename(ctx, rest)
	case "/hand":
		return a.secure.Hand(ctx, rest != "down")
	case "/react":
		return a.secure.React(ctx, rest)
	case "/to":
		to, text, _ := strings.Cut(rest, " ")
		return a.secure.SendChat(ctx, to, text)
	case "/admit":
		return a.secure.Admit(ctx, rest)
	case "/confirm":
		return a.secure.Confirm(rest)
	case "/verify", "/remember":
		return a.secure.Remember(rest, command == "/verify")
	case "/remove", "/ban":
		return a.secure.Remove(ctx, rest, command == "/ban")
	case "/host":
		return a.secure.Grant(ctx, rest)
	case "/file":
		return a.send(ctx, rest)
	}
	return meeting.Wrap(meeting.CodeInvalid, errLine, "This line is not understood.")
}
