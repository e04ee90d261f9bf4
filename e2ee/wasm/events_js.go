//go:build js && wasm

package main

import (
	"syscall/js"

	"github.com/roundel-meet/roundel/e2ee/session"
)

// event reads an event by its type; nil for one that is not known.
func event(v js.Value) session.Event {
	switch text(v, "type") {
	case "online":
		return session.Online{Resumed: flag(v, "resumed")}
	case "offline":
		return session.Offline{}
	case "groupState":
		return session.GroupState{
			Exists: flag(v, "exists"), Epoch: number(v, "epoch"), Info: bytesOf(v, "info"), Queue: flag(v, "queue"),
		}
	case "committed":
		return committed(v)
	case "reply":
		r := session.Reply{Ref: int(number(v, "ref")), Accepted: flag(v, "accepted"), Failed: flag(v, "failed")}
		for _, c := range list(v, "missed") {
			r.Missed = append(r.Missed, committed(c))
		}
		return r
	case "reopened":
		return session.Reopened{Epoch: number(v, "epoch"), Without: text(v, "without")}
	case "knocks":
		var k session.Knocks
		for _, w := range list(v, "knocks") {
			k.List = append(k.List, session.Knocking{
				Participant: text(w, "participant"), Name: text(w, "name"),
				KeyPackage: bytesOf(w, "keyPackage"), Proof: bytesOf(w, "proof"), Lobby: flag(w, "lobby"),
			})
		}
		return k
	case "messages":
		var d session.Delivered
		for _, e := range list(v, "messages") {
			d.Messages = append(d.Messages, session.Envelope{From: text(e, "from"), Data: bytesOf(e, "message")})
		}
		return d
	case "roster":
		var r session.Roster
		for _, p := range list(v, "people") {
			r.People = append(r.People, session.Person{
				ID: text(p, "id"), Name: text(p, "name"), Host: flag(p, "host"), Moderator: flag(p, "moderator"),
				Capable: flag(p, "capable"), Connected: flag(p, "connected"),
			})
		}
		return r
	case "roomSays":
		return session.RoomSays{On: flag(v, "on")}
	case "signed":
		return session.Signed{Ref: int(number(v, "ref")), Signature: bytesOf(v, "signature")}
	case "mediaFlipped":
		return session.MediaFlipped{Epoch: number(v, "epoch")}
	}
	return nil
}

func committed(v js.Value) session.Committed {
	return session.Committed{
		Epoch: number(v, "epoch"), From: text(v, "from"), Commit: bytesOf(v, "commit"), Welcome: bytesOf(v, "welcome"),
	}
}

// command reads a command by its type; nil for one that is not known.
func command(v js.Value) session.Command {
	id := text(v, "id")
	switch text(v, "type") {
	case "switchE2EE":
		return session.SwitchE2EE{On: flag(v, "on")}
	case "configure":
		return configure(v)
	case "admitKnock":
		return session.AdmitKnock{ID: id}
	case "confirmPerson":
		return session.ConfirmPerson{ID: id}
	case "confirmCode":
		return session.ConfirmCode{Epoch: number(v, "epoch")}
	case "removePerson":
		return session.RemovePerson{ID: id, Ban: flag(v, "ban")}
	case "grantHost":
		return session.GrantHost{ID: id}
	case "revokeHost":
		return session.RevokeHost{ID: id}
	case "liftBan":
		return session.LiftBan{Device: bytesOf(v, "device")}
	case "takeOver":
		return session.TakeOver{}
	case "sendChat":
		return session.SendChat{Text: text(v, "text"), To: text(v, "to")}
	case "sendReaction":
		return session.SendReaction{Text: text(v, "text")}
	case "raiseHand":
		return session.RaiseHand{Up: flag(v, "up")}
	case "rename":
		return session.Rename{Name: text(v, "name")}
	case "offerFile":
		f := get(v, "file")
		return session.OfferFile{To: text(v, "to"), File: session.FileOffer{
			ID: text(f, "id"), Key: bytesOf(f, "key"), Name: text(f, "name"), Type: text(f, "mediaType"),
			Size: number(f, "size"), Chunk: uint32(number(f, "chunk")),
		}}
	}
	return nil
}

func configure(v js.Value) session.Configure {
	c := session.Configure{Lobby: option(v, "lobby"), Locked: option(v, "locked"), Required: option(v, "required")}
	if s := text(v, "admit"); s != "" {
		a := admitOf(s)
		c.Admit = &a
	}
	if s := text(v, "takeover"); s != "" {
		t := takeoverOf(s)
		c.Takeover = &t
	}
	if s := text(v, "unsupported"); s != "" {
		u := unsupportedOf(s)
		c.Unsupported = &u
	}
	return c
}

func admitOf(s string) session.Admit {
	if s == "members" {
		return session.AdmitMembers
	}
	return session.AdmitHosts
}

func takeoverOf(s string) session.Takeover {
	if s == "longest-present" {
		return session.TakeoverLongestPresent
	}
	return session.TakeoverNone
}

func unsupportedOf(s string) session.Unsupported {
	if s == "end-e2ee-and-notify" {
		return session.UnsupportedOffer
	}
	return session.UnsupportedRefuse
}
