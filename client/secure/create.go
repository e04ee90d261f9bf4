package secure

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/e2ee/mls"
	"github.com/roundel-meet/roundel/e2ee/session"
)

// ManyPeople is from how many expected people on the hybrid suite's messages cost
// more than they are worth.
const ManyPeople = 200

// CardOptions say how a new meeting treats encryption.
type CardOptions struct {
	E2EE        bool // it is on from the start
	Required    bool // it can never be off
	People      int  // expected; over ManyPeople the messages are ten times smaller, without the hybrid
	Admit       session.Admit
	Unsupported session.Unsupported
}

// Created is a new meeting with its links. Host is the link with the root key's
// seed, for the host's own devices only.
type Created struct {
	Meeting    wire.Meeting
	Link, Host string
	Invite     *session.Invite // of the host link
}

// NewMeeting makes a meeting of the token's user with a root key, a link and a
// card that the root has signed. The secrets stay in what it returns.
func NewMeeting(ctx context.Context, s *client.Session, m wire.NewMeeting, o CardOptions) (Created, error) {
	invite, err := session.NewRoot(nil)
	if err != nil {
		return Created{}, err
	}
	if o.Admit == session.AdmitMembers { // the server's door and the devices' rule are one setting
		settings := meeting.DefaultSettings()
		if m.Settings != nil {
			settings = *m.Settings
		}
		settings.MembersAdmit = true
		m.Settings = &settings
	}
	made, err := s.CreateMeeting(ctx, m)
	if err != nil {
		return Created{}, err
	}
	card, err := signCard(made, invite, o)
	if err == nil {
		err = s.PutCard(ctx, made.Number, wire.CardUpdate{Card: card, E2EE: o.E2EE || o.Required})
	}
	if err != nil {
		_ = s.EndMeeting(context.WithoutCancel(ctx), made.Number)
		return Created{}, err
	}
	base := s.URL(made.Path)
	return Created{Meeting: made, Link: Link(base, invite.Guest()), Host: Link(base, invite), Invite: invite}, nil
}

// signCard makes the card that agrees with the meeting's own settings.
func signCard(m wire.Meeting, invite *session.Invite, o CardOptions) ([]byte, error) {
	card := &session.Card{
		MeetingID: m.ID, Version: 1, LinkNumber: invite.LinkNumber, Suite: mls.XWing,
		Settings: session.CardSettings{
			Lobby: m.Settings.Lobby, Locked: m.Settings.Locked, Admit: o.Admit,
			Unsupported: o.Unsupported, Required: o.Required, E2EE: o.E2EE || o.Required,
		},
	}
	if m.Settings.MembersAdmit {
		card.Settings.Admit = session.AdmitMembers
	}
	if m.Settings.Takeover {
		card.Settings.Takeover = session.TakeoverLongestPresent
	}
	if o.People > ManyPeople {
		card.Suite = mls.X25519AES128
	}
	if err := card.SignCard(invite.Seed); err != nil {
		return nil, err
	}
	return card.Encode()
}

// NextCard stores the card of a meeting's next occurrence: old with the next
// version and the number of the invite's link, signed by the invite's root, with
// the lobby on, since a link that is used again may be known to more people than
// before. While devices are in a group the server keeps it for the group after.
func NextCard(ctx context.Context, s *client.Session, number string, old []byte, invite *session.Invite) ([]byte, error) {
	card, err := session.ParseCard(old)
	if err != nil {
		return nil, err
	}
	if err := card.Verify(invite); err != nil {
		return nil, err
	}
	card.Version++
	card.LinkNumber = max(card.LinkNumber, invite.LinkNumber)
	card.Settings.Lobby = true
	if err := card.SignCard(invite.Seed); err != nil {
		return nil, err
	}
	next, err := card.Encode()
	if err != nil {
		return nil, err
	}
	return next, s.PutCard(ctx, number, wire.CardUpdate{Card: next, E2EE: card.Settings.E2EE})
}

// Link joins the address of a meeting's page and an invite.
func Link(page string, i *session.Invite) string { return page + "#" + i.Fragment() }

var errLink = errors.New("not the link of a meeting")

// ParseLink splits a meeting's link into the server's base URL, the meeting's
// number and the invite, which is nil for a link without a fragment.
func ParseLink(link string) (server, number string, invite *session.Invite, err error) {
	page, fragment, secret := strings.Cut(link, "#")
	u, err := url.Parse(page)
	if err != nil || u.Host == "" {
		return "", "", nil, errLink // without the cause, which could repeat the link
	}
	at := strings.LastIndex(u.Path, "/j/")
	if at < 0 {
		return "", "", nil, errLink
	}
	if number, err = meeting.ParseNumber(u.Path[at+len("/j/"):]); err != nil {
		return "", "", nil, errLink
	}
	if secret {
		if invite, err = session.ParseFragment(fragment); err != nil {
			return "", "", nil, errLink
		}
	}
	u.Path, u.RawQuery = u.Path[:at], ""
	return u.String(), number, invite, nil
}
