// Package relay has the rules of the ordered envelopes that participants send
// each other through a room: which channels there are, what their payloads may
// be, how much one sender may send, and what latecomers are shown. It does not
// deliver: the room does, in its own order.
package relay

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// channel says what a channel carries.
type channel struct {
	private bool // may be sent to one participant
	kept    bool // latecomers are shown it
	// clean returns the payload as it is passed on, without what the channel does
	// not define, or an Error.
	clean func(json.RawMessage) (any, error)
}

var channels = map[string]channel{
	wire.ChannelChat:     {private: true, kept: true, clean: cleanChat},
	wire.ChannelReaction: {clean: cleanReaction},
}

// Clean checks what a client wants sent and returns its payload as it may be
// passed on. The Error's code is invalid or too_large.
func Clean(send wire.RelaySend) (json.RawMessage, error) {
	ch, ok := channels[send.Channel]
	switch {
	case !ok:
		return nil, meeting.Errorf(meeting.CodeInvalid, "There is no such channel.")
	case len(send.Payload) > wire.MaxPayload:
		return nil, meeting.Errorf(meeting.CodeTooLarge, "The message is larger than %d bytes.", wire.MaxPayload)
	case send.To != "" && !ch.private:
		return nil, meeting.Errorf(meeting.CodeInvalid, "This cannot be sent to one person.")
	}
	payload, err := ch.clean(send.Payload)
	if err != nil {
		return nil, err
	}
	return json.Marshal(payload)
}

// Kept reports whether latecomers are shown what went over a channel.
func Kept(name string) bool { return channels[name].kept }

// KeptBody is Kept for the body of an event that carries a wire.Relayed.
func KeptBody(body json.RawMessage) bool {
	var e struct {
		Channel string `json:"channel"`
	}
	return json.Unmarshal(body, &e) == nil && Kept(e.Channel)
}

func cleanChat(raw json.RawMessage) (any, error) {
	var p wire.ChatPayload
	if err := json.Unmarshal(raw, &p); err != nil {
		return nil, errMalformed(err)
	}
	if p.File != nil {
		return cleanFile(p.File)
	}
	p.Text = strings.TrimSpace(strings.ReplaceAll(p.Text, "\x00", ""))
	switch n := utf8.RuneCountInString(p.Text); {
	case n == 0:
		return nil, meeting.Errorf(meeting.CodeInvalid, "The message is empty.")
	case n > meeting.MaxChat:
		return nil, meeting.Errorf(meeting.CodeTooLarge, "The message is longer than %d characters.", meeting.MaxChat)
	}
	return p, nil
}

// cleanFile passes the offer of a file on, without a text. Whoever gets it sees
// by fetching whether there is such a file.
func cleanFile(f *wire.ChatFile) (any, error) {
	f.Name = strings.TrimSpace(strings.ReplaceAll(f.Name, "\x00", ""))
	switch {
	case !fileID(f.ID) || f.Name == "" || f.Size < 0 || f.Size > wire.MaxFile:
		return nil, meeting.Errorf(meeting.CodeInvalid, "This is not the offer of a file.")
	case len(f.Name) > wire.MaxFileName || len(f.Type) > wire.MaxFileName:
		return nil, meeting.Errorf(meeting.CodeTooLarge, "The name of a file has at most %d bytes.", wire.MaxFileName)
	}
	return wire.ChatPayload{File: f}, nil
}

// fileID reports whether an id could be one that the server gave to a file.
func fileID(id string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return id != "" && len(id) <= 64 && strings.Trim(id, letters) == ""
}

func cleanReaction(raw json.RawMessage) (any, error) {
	var p wire.ReactionPayload
	if err := json.Unmarshal(raw, &p); err != nil {
		return nil, errMalformed(err)
	}
	if !slices.Contains(wire.Reactions[:], p.Emoji) {
		return nil, meeting.Errorf(meeting.CodeInvalid, "There is no such reaction.")
	}
	return p, nil
}

func errMalformed(cause error) error {
	return meeting.Wrap(meeting.CodeInvalid, cause, "The payload does not fit its channel.")
}
