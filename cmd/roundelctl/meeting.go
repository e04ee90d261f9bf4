package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/roundel-meet/roundel/client/secure"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/e2ee/session"
)

// meetingCmd has what concerns meetings themselves.
type meetingCmd struct {
	Create createCmd `cmd:"" help:"Make a meeting with a card and print its link and host link."`
}

// createCmd makes a meeting that can be end-to-end encrypted.
type createCmd struct {
	server

	Title    string `help:"Title of the meeting."`
	E2EE     bool   `name:"e2ee" help:"End-to-end encryption is on from the start."`
	Required bool   `help:"End-to-end encryption can never be turned off."`
	Lobby    bool   `help:"Newcomers wait until a host lets them in."`
	Members  bool   `help:"Members too may let people in from the lobby."`
	Offer    bool   `help:"When somebody comes whose client cannot encrypt, hosts are offered to end encryption."`
	Takeover bool   `help:"When no host is left, whoever has been there longest may become host."`
	People   int    `placeholder:"N" help:"People expected; over 200 the group's messages are small, without the hybrid key exchange."`
	JSON     bool   `help:"Print one JSON object."`
}

// Run makes the meeting. The links are secrets: they are printed here and kept
// nowhere.
func (c *createCmd) Run(ctx context.Context, out io.Writer) error {
	s, err := secure.Dial(ctx, c.options())
	if err != nil {
		return err
	}
	defer s.Close()
	settings := meeting.DefaultSettings()
	settings.Lobby, settings.Takeover = c.Lobby, c.Takeover
	o := secure.CardOptions{E2EE: c.E2EE, Required: c.Required, People: c.People}
	if c.Members {
		o.Admit = session.AdmitMembers
	}
	if c.Offer {
		o.Unsupported = session.UnsupportedOffer
	}
	made, err := secure.NewMeeting(ctx, s, wire.NewMeeting{Title: c.Title, Settings: &settings}, o)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(out).Encode(struct {
			ID, Number, Link, Host string
		}{made.Meeting.ID, made.Meeting.Number, made.Link, made.Host})
	}
	_, err = fmt.Fprintf(out, "number     %s\nlink       %s\nhost link  %s\n", made.Meeting.Number, made.Link, made.Host)
	return err
}
