package session

import "errors"

// Command is something the person at this device wants. Do checks it against the
// signed state and carries it out, now or with the next commits.
type Command interface{ command() }

// Errors of Do. Their texts can be shown to a person.
var (
	ErrNotIn      = errors.New("session: not in the meeting yet")
	ErrNotFresh   = errors.New("session: nobody has answered yet")
	ErrNotHost    = errors.New("session: only a host may do this")
	ErrNoPerson   = errors.New("session: no such person")
	ErrNotAllowed = errors.New("session: the meeting does not allow this")
	ErrBusy       = errors.New("session: too much is waiting")
	ErrTooLong    = errors.New("session: too long")
)

// SwitchE2EE turns end-to-end encryption on or off for everyone.
type SwitchE2EE struct{ On bool }

// Configure changes settings of the meeting; nil leaves one as it is.
type Configure struct {
	Lobby, Locked *bool
	Admit         *Admit
	Takeover      *Takeover
	Unsupported   *Unsupported
	Required      *bool
}

// AdmitKnock adds a waiting person by participant id.
type AdmitKnock struct{ ID string }

// ConfirmPerson says that a host has made sure of an unverified person, for
// everyone; by anybody else it is remembered on this device only.
type ConfirmPerson struct{ ID string }

// ConfirmCode says that the person compared the security code of Epoch with
// somebody who is in.
type ConfirmCode struct{ Epoch uint64 }

// RemovePerson removes somebody's leaf. With Ban the device key is banned and
// the link changes in the same commit; that takes a host.
type RemovePerson struct {
	ID  string
	Ban bool
}

// GrantHost and RevokeHost change who is a host.
type GrantHost struct{ ID string }

// RevokeHost takes the host's rights away.
type RevokeHost struct{ ID string }

// LiftBan lets a banned device key in again, if a link or somebody admits it.
type LiftBan struct{ Device []byte }

// TakeOver makes this device host when the state allows it and no host is left.
type TakeOver struct{}

// SendChat writes to everyone, or to one participant.
type SendChat struct{ Text, To string }

// SendReaction shows a reaction to everyone.
type SendReaction struct{ Text string }

// RaiseHand raises or lowers the own hand.
type RaiseHand struct{ Up bool }

// Rename changes the own name.
type Rename struct{ Name string }

// OfferFile offers a sealed blob, to everyone or to one participant.
type OfferFile struct {
	File FileOffer
	To   string
}

func (SwitchE2EE) command()    {}
func (Configure) command()     {}
func (AdmitKnock) command()    {}
func (ConfirmPerson) command() {}
func (ConfirmCode) command()   {}
func (RemovePerson) command()  {}
func (GrantHost) command()     {}
func (RevokeHost) command()    {}
func (LiftBan) command()       {}
func (TakeOver) command()      {}
func (SendChat) command()      {}
func (SendReaction) command()  {}
func (RaiseHand) command()     {}
func (Rename) command()        {}
func (OfferFile) command()     {}
