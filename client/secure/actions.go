package secure

import (
	"context"
	"slices"
	"time"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/e2ee/session"
)

// The names that the machine gives its orders, by which it reports failures.
const (
	orderOn       = "switch on"
	orderOff      = "switch off"
	orderSettings = "settings"
	orderRemove   = "remove"
	orderBan      = "remove and ban"
	orderGrant    = "make host"
	orderRevoke   = "take host"
)

// In waits until this device is in the group and may send, or is there alone.
func (m *Meeting) In(ctx context.Context) error {
	return m.until(ctx, func(v *session.View) bool {
		return v.Phase == session.PhaseIn || v.Phase == session.PhaseAlone
	})
}

// Locked waits until everything that the lock says is true.
func (m *Meeting) Locked(ctx context.Context) error {
	return m.until(ctx, func(v *session.View) bool { return v.Lock })
}

// SecurityCode is the current code; the members' codes of one epoch are equal.
func (m *Meeting) SecurityCode() (session.CodeView, bool) {
	v := m.View()
	if v == nil || len(v.Codes) == 0 {
		return session.CodeView{}, false
	}
	return v.Codes[0], true
}

// Link is the meeting's link as it is now; a ban changes it. ok is false for a
// device that came without one.
func (m *Meeting) Link() (link string, ok bool) {
	v := m.View()
	if v == nil || v.Invite == nil {
		return "", false
	}
	return Link(m.session.URL("/j/"+m.Seat.Number()), v.Invite), true
}

// Preview lists what switching on would end; it changes nothing.
func (m *Meeting) Preview(ctx context.Context) ([]wire.E2EEStop, error) {
	var p wire.E2EEPreview
	err := m.session.Request(ctx, wire.TypeE2EEPreview, wire.Empty{}, &p)
	return p.Stops, err
}

// SwitchE2EE turns encryption on or off for everyone and returns when this
// device's commit is in force. Switching on first ends what cannot be encrypted
// (see Preview) and keeps it out; the report afterwards keeps it out for good.
func (m *Meeting) SwitchE2EE(ctx context.Context, on bool) error {
	name := orderOff
	if on {
		name = orderOn
		if err := m.canSwitch(ctx); err != nil {
			return err
		}
		var p wire.E2EEPrepared
		if err := m.session.Request(ctx, wire.TypeE2EEPrepare, wire.Empty{}, &p); err != nil {
			return err
		}
	}
	var epoch uint64
	var offer bool
	err := m.order(ctx, session.SwitchE2EE{On: on}, name, func(v *session.View) bool {
		epoch, offer = v.Epoch, v.Unsupported == session.UnsupportedOffer
		if on {
			return v.Mode == session.ModeOn || v.Mode == session.ModeTurningOn
		}
		return v.Mode == session.ModeOff
	})
	if err != nil {
		return err
	}
	return m.session.Request(ctx, wire.TypeE2EEReport, wire.E2EEReport{On: on, Epoch: epoch, Offer: on && offer}, nil)
}

// hostWait is how long the way to a host's rights may take: into the group, and
// for who has the root key one commit of its own.
const hostWait = 5 * time.Second

// canSwitch waits a moment for the right to switch, which takes a host's device
// that others have answered.
func (m *Meeting) canSwitch(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, hostWait)
	defer cancel()
	root := len(m.opts.Root) > 0 || m.opts.Invite != nil && m.opts.Invite.Root() != nil
	last := &session.View{}
	err := m.until(ctx, func(v *session.View) bool {
		last = v
		return v.CanSwitch || v.Phase == session.PhaseIn && !v.Host && !root || v.Required && v.Mode == session.ModeOn
	})
	switch {
	case m.cipher == nil, err != nil && ctx.Err() == nil:
		return err
	case last.CanSwitch:
		return nil
	case err == nil && last.Required:
		return session.ErrNotAllowed
	case err == nil || last.Phase == session.PhaseIn:
		return session.ErrNotHost
	default:
		return session.ErrNotFresh
	}
}

// sealing says how content goes out now: sealed, in clear, or not at all.
func (m *Meeting) sealing() (sealed bool, err error) {
	if m.cipher == nil {
		return false, nil
	}
	answer := make(chan session.SendMode, 1)
	if !m.in.put(func() { answer <- m.sends.Mode }) {
		return false, ErrClosed
	}
	select {
	case mode := <-answer:
		if mode == session.Hold {
			return false, session.ErrNotFresh
		}
		return mode == session.Seal, nil
	case <-m.over:
		return false, ErrClosed
	}
}

// SendChat writes to everyone, or to one participant: sealed while encryption is
// on, else through the server. Everyone, the sender too, gets it as Content.
func (m *Meeting) SendChat(ctx context.Context, to, text string) error {
	sealed, err := m.sealing()
	switch {
	case err != nil:
		return err
	case !sealed:
		return m.Seat.Chat(ctx, to, text)
	}
	if err := m.do(session.SendChat{Text: text, To: to}); err != nil {
		return err
	}
	m.echo(session.Content{Kind: session.ContentChat, Private: to != "", Text: text})
	return nil
}

// React shows a reaction to everyone.
func (m *Meeting) React(ctx context.Context, emoji string) error {
	sealed, err := m.sealing()
	switch {
	case err != nil:
		return err
	case !sealed:
		return m.Seat.React(ctx, emoji)
	}
	return m.do(session.SendReaction{Text: emoji})
}

// Hand raises or lowers the own hand. Sealed ones are in the View, others in the
// seat's State.
func (m *Meeting) Hand(ctx context.Context, up bool) error {
	sealed, err := m.sealing()
	switch {
	case err != nil:
		return err
	case !sealed:
		return m.Seat.Hand(ctx, up)
	}
	return m.do(session.RaiseHand{Up: up})
}

// Rename changes the own name; the server is told only while encryption is off.
func (m *Meeting) Rename(ctx context.Context, name string) error {
	if m.cipher == nil {
		return m.Seat.Rename(ctx, name)
	}
	sealed, err := m.sealing()
	if err != nil {
		return err
	}
	if err := m.do(session.Rename{Name: name}); err != nil || sealed {
		return err
	}
	return m.Seat.Rename(ctx, name)
}

// Admit lets somebody in by participant id, from the lobby or by adding who came
// without the link, and returns when they are in the group.
func (m *Meeting) Admit(ctx context.Context, id string) error {
	if m.cipher == nil {
		return m.Seat.Admit(ctx, id)
	}
	err := m.order(ctx, session.AdmitKnock{ID: id}, "", func(v *session.View) bool { return inTree(v, id) })
	if err == session.ErrNoPerson { // has not knocked at the group
		return m.Seat.Admit(ctx, id)
	}
	return err
}

// Confirm says that this person has made sure of somebody who came without the
// link; a host says it for everyone.
func (m *Meeting) Confirm(id string) error { return m.do(session.ConfirmPerson{ID: id}) }

// ConfirmCode says that this person has compared the security code of an epoch.
func (m *Meeting) ConfirmCode(epoch uint64) error { return m.do(session.ConfirmCode{Epoch: epoch}) }

// Remove takes somebody out of the group and the meeting. With ban their device
// stays out, and the link is another one afterwards.
func (m *Meeting) Remove(ctx context.Context, id string, ban bool) error {
	if m.cipher == nil {
		return m.Seat.Remove(ctx, id, ban)
	}
	name := orderRemove
	if ban {
		name = orderBan
	}
	err := m.order(ctx, session.RemovePerson{ID: id, Ban: ban}, name, func(v *session.View) bool { return !inTree(v, id) })
	if err != nil && err != session.ErrNoPerson {
		return err
	}
	err = m.Seat.Remove(ctx, id, ban)
	if meeting.CodeOf(err) == meeting.CodeNotFound {
		return nil // gone meanwhile
	}
	return err
}

// Grant makes somebody a host of the group, and a co-host of the server where the
// caller may say so.
func (m *Meeting) Grant(ctx context.Context, id string) error {
	err := m.order(ctx, session.GrantHost{ID: id}, orderGrant, func(v *session.View) bool { return isHost(v, id) })
	if err != nil || m.role() != meeting.RoleHost {
		return err
	}
	return m.Seat.SetRole(ctx, id, meeting.RoleCoHost)
}

// Revoke takes a host's rights back.
func (m *Meeting) Revoke(ctx context.Context, id string) error {
	err := m.order(ctx, session.RevokeHost{ID: id}, orderRevoke, func(v *session.View) bool { return !isHost(v, id) })
	if err != nil || m.role() != meeting.RoleHost {
		return err
	}
	return m.Seat.SetRole(ctx, id, meeting.RoleParticipant)
}

// Configure changes the settings that devices enforce, and the server's with them.
func (m *Meeting) Configure(ctx context.Context, c session.Configure) error {
	err := m.order(ctx, c, orderSettings, func(v *session.View) bool {
		return (c.Lobby == nil || v.Lobby == *c.Lobby) && (c.Locked == nil || v.Locked == *c.Locked) &&
			(c.Required == nil || v.Required == *c.Required) && (c.Admit == nil || v.Admit == *c.Admit) &&
			(c.Unsupported == nil || v.Unsupported == *c.Unsupported) && v.Pending == 0
	})
	if err != nil || c.Lobby == nil && c.Locked == nil && c.Takeover == nil && c.Admit == nil {
		return err
	}
	change := wire.SettingsChange{Lobby: c.Lobby, Locked: c.Locked}
	if c.Admit != nil {
		members := *c.Admit == session.AdmitMembers
		change.MembersAdmit = &members
	}
	if c.Takeover != nil {
		takeover := *c.Takeover != session.TakeoverNone
		change.Takeover = &takeover
	}
	return m.Seat.ChangeSettings(ctx, change)
}

// LiftBan lets a banned device in again, by a link or by being admitted.
func (m *Meeting) LiftBan(device []byte) error { return m.do(session.LiftBan{Device: device}) }

// TakeOver makes this device host when no host is left and the meeting allows it.
func (m *Meeting) TakeOver(ctx context.Context) error {
	return m.order(ctx, session.TakeOver{}, "take over", func(v *session.View) bool { return v.Host })
}

// echo shows the sender its own message, which the group does not send back.
func (m *Meeting) echo(c session.Content) {
	c.From = m.Seat.State().Self
	m.events.put(Content{Content: c, Sealed: true})
}

// role is the own one as the server has it.
func (m *Meeting) role() meeting.Role {
	st := m.Seat.State()
	p, _ := st.Participant(st.Self)
	return p.Role
}

func person(v *session.View, id string) session.PersonView {
	i := slices.IndexFunc(v.People, func(p session.PersonView) bool { return p.ID == id })
	if i < 0 {
		return session.PersonView{}
	}
	return v.People[i]
}

func inTree(v *session.View, id string) bool { return person(v, id).InTree }
func isHost(v *session.View, id string) bool { return person(v, id).Host }
