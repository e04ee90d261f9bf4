//go:build js && wasm

package main

import (
	"syscall/js"

	"github.com/roundel-meet/roundel/e2ee/mls"
	"github.com/roundel-meet/roundel/e2ee/session"
)

// newMeeting makes the root key and first link of a meeting on this device. The
// host's fragment holds the root key's seed and is for the host's own devices.
func newMeeting([]js.Value) any {
	invite, err := session.NewRoot(nil)
	if err != nil {
		return failure(err.Error())
	}
	o := object()
	o.Set("hostFragment", invite.Fragment())
	o.Set("fragment", invite.Guest().Fragment())
	return o
}

// signCard signs a meeting card with the root key of a host's fragment.
func signCard(args []js.Value) any {
	if len(args) < 2 || args[0].Type() != js.TypeString {
		return failure("e2ee: host fragment and card expected")
	}
	invite, err := session.ParseFragment(args[0].String())
	if err != nil {
		return failure(err.Error())
	}
	c := args[1]
	card := &session.Card{
		MeetingID: text(c, "meetingId"), Version: uint32(number(c, "version")), LinkNumber: invite.LinkNumber,
		Suite: mls.CipherSuite(number(c, "suite")),
		Settings: session.CardSettings{
			Lobby: flag(c, "lobby"), Locked: flag(c, "locked"), Required: flag(c, "required"), E2EE: flag(c, "e2ee"),
			Admit: admitOf(text(c, "admit")), Takeover: takeoverOf(text(c, "takeover")),
			Unsupported: unsupportedOf(text(c, "unsupported")),
		},
	}
	if card.Suite == 0 {
		card.Suite = mls.XWing
	}
	if err := card.SignCard(invite.Seed); err != nil {
		return failure(err.Error())
	}
	encoded, err := card.Encode()
	if err != nil {
		return failure(err.Error())
	}
	o := object()
	o.Set("card", jsBytes(encoded))
	return o
}
