package room

import (
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// reach says onto whom a role may use its power; each step includes the former.
type reach int

const (
	nobody       reach = iota // not at all
	participants              // onto participants
	cohosts                   // onto participants and co-hosts
	everyone                  // onto all, or without a target
)

// rule is who may do one thing. Participants without a role may do none of what
// has a rule; what has no rule concerns only oneself and is open to all.
type rule struct {
	host   reach
	cohost reach
	self   bool // also onto oneself
}

// changeTakeover is the one setting that is the host's alone: it decides who
// becomes host.
const changeTakeover = "room.settings.takeover"

// rules is who may do what to whom, by request.
var rules = map[string]rule{
	wire.TypeAdmit:     {host: everyone, cohost: everyone},
	wire.TypeDeny:      {host: everyone, cohost: everyone},
	wire.TypeMute:      {host: everyone, cohost: cohosts, self: true},
	wire.TypeMuteAll:   {host: everyone, cohost: everyone},
	wire.TypeAskUnmute: {host: everyone, cohost: everyone},
	wire.TypeLowerHand: {host: everyone, cohost: everyone, self: true},
	wire.TypeRemove:    {host: everyone, cohost: participants},
	wire.TypeSetRole:   {host: everyone},
	wire.TypeTransfer:  {host: everyone},
	wire.TypeSettings:  {host: everyone, cohost: everyone},
	changeTakeover:     {host: everyone},
	wire.TypeSpotlight: {host: everyone, cohost: everyone, self: true},
	wire.TypeEnd:       {host: everyone},

	wire.TypeE2EEPreview: {host: everyone, cohost: everyone},
	wire.TypeE2EEPrepare: {host: everyone, cohost: everyone},
	wire.TypeE2EEReport:  {host: everyone, cohost: everyone},
}

var errForbidden = meeting.Errorf(meeting.CodeForbidden, "Your role in this meeting does not allow this.")

// may returns nil when a participant of role by may do what. With a target, onto
// is the target's role and self says that it is the same participant; without
// one, onto is "".
func may(by meeting.Role, what string, onto meeting.Role, self bool) error {
	rule, ok := rules[what]
	if !ok {
		return nil
	}
	has := nobody
	switch by {
	case meeting.RoleHost:
		has = rule.host
	case meeting.RoleCoHost:
		has = rule.cohost
	}
	need := participants
	switch {
	case onto == meeting.RoleCoHost:
		need = cohosts
	case onto == "" || onto == meeting.RoleHost:
		need = everyone
	}
	if self {
		need = participants
	}
	if has < need {
		return errForbidden
	}
	if self && !rule.self {
		return meeting.Errorf(meeting.CodeConflict, "You cannot do this to yourself.")
	}
	return nil
}
