//go:build js && wasm

package main

import (
	"syscall/js"

	"github.com/roundel-meet/roundel/e2ee/session"
)

// view writes the picture that the page shows. It holds no secret but the invite
// fragment, which the person is meant to copy.
func view(v *session.View) js.Value {
	o := object()
	o.Set("phase", v.Phase.String())
	o.Set("reason", v.Reason)
	o.Set("online", v.Online)
	o.Set("mode", v.Mode.String())
	o.Set("by", v.By)
	o.Set("lock", v.Lock)
	o.Set("epoch", float64(v.Epoch))
	o.Set("groupId", jsBytes(v.GroupID))
	o.Set("suite", int(v.Suite))
	o.Set("digits", v.Digits)
	o.Set("host", v.Host)
	o.Set("canSwitch", v.CanSwitch)
	o.Set("canAdmit", v.CanAdmit)
	o.Set("canTakeOver", v.CanTakeOver)
	o.Set("hostAnswers", v.HostAnswers)
	o.Set("required", v.Required)
	o.Set("lobby", v.Lobby)
	o.Set("locked", v.Locked)
	o.Set("admitMembers", v.Admit == session.AdmitMembers)
	o.Set("takeover", v.Takeover == session.TakeoverLongestPresent)
	o.Set("offerToEnd", v.Unsupported == session.UnsupportedOffer)
	o.Set("sequence", float64(v.Sequence))
	o.Set("linkNumber", float64(v.LinkNumber))
	o.Set("pending", v.Pending)
	o.Set("sending", v.Sending.String())
	o.Set("sendEpoch", float64(v.SendEpoch))
	if v.Invite != nil {
		o.Set("fragment", v.Invite.Fragment())
	}
	o.Set("banned", jsArray(v.Banned, jsBytes))
	o.Set("doubts", jsArray(v.Doubts, doubt))
	o.Set("codes", jsArray(v.Codes, code))
	people := jsArray(v.People, person)
	recognise(v, o, people)
	o.Set("people", people)
	o.Set("waiting", jsArray(v.Waiting, waiting))
	return o
}

func doubt(d session.Doubt) js.Value {
	o := object()
	o.Set("kind", d.Kind.String())
	o.Set("who", texts(d.Who))
	return o
}

// written has the codes that were written before: they stay what they are, and in
// two minutes of coming and going there are many.
var written = map[session.CodeView]js.Value{}

const maxWritten = 256

func code(c session.CodeView) js.Value {
	if o, ok := written[c]; ok {
		return o
	}
	if len(written) == maxWritten {
		clear(written)
	}
	o := object()
	written[c] = o
	o.Set("epoch", float64(c.Epoch))
	o.Set("digits", texts(c.Code.Digits[:]))
	emoji := array()
	for _, e := range c.Code.Emoji {
		p := object()
		p.Set("symbol", string(e.Symbol))
		p.Set("name", e.Name)
		emoji.Call("push", p)
	}
	o.Set("emoji", emoji)
	return o
}

func person(p session.PersonView) js.Value {
	o := object()
	o.Set("id", p.ID)
	o.Set("name", p.Name)
	o.Set("nameSigned", p.NameSigned)
	o.Set("leaf", int(p.Leaf))
	o.Set("device", jsBytes(p.Device))
	o.Set("self", p.Self)
	o.Set("host", p.Host)
	o.Set("rooted", p.Rooted)
	o.Set("inTree", p.InTree)
	o.Set("signalled", p.Signalled)
	o.Set("connected", p.Connected)
	o.Set("standing", p.Standing.String())
	o.Set("answering", p.Answering)
	o.Set("flipped", p.Flipped)
	o.Set("hand", p.Hand)
	o.Set("disagreeing", p.Disagreeing)
	return o
}

func waiting(w session.WaitingView) js.Value {
	o := object()
	o.Set("id", w.ID)
	o.Set("name", w.Name)
	o.Set("digits", w.Digits)
	o.Set("link", w.Proof == session.ProofLink)
	o.Set("oldLink", w.Proof == session.ProofOldLink)
	o.Set("lobby", w.Lobby)
	o.Set("may", w.May)
	o.Set("banned", w.Banned)
	o.Set("failed", w.Failed)
	return o
}
