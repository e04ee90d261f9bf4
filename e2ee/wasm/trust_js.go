//go:build js && wasm

package main

import (
	"syscall/js"

	"github.com/roundel-meet/roundel/e2ee/session"
)

// memory is what this device remembers of others. The worker keeps its encoding;
// here it is only looked at and changed.
var memory = &session.Trust{}

// trust does one thing with the memory: load (an encoding or nothing), list, or
// remember, verify, doubt, forget, each of a name and a device. What changes it
// returns the encoding to be kept.
func trust(args []js.Value) any {
	if len(args) < 3 || args[0].Type() != js.TypeString || args[1].Type() != js.TypeString {
		return failure("e2ee: action, name and device expected")
	}
	name, device := args[1].String(), toBytes(args[2])
	switch args[0].String() {
	case "load":
		return loadTrust(device)
	case "list":
		return listTrust()
	case "remember":
		memory.Remember(name, device)
	case "verify":
		memory.Remember(name, device)
		memory.SetVerified(device, true)
	case "doubt":
		memory.SetVerified(device, false)
	case "forget":
		memory.Forget(device)
	}
	return encodedTrust()
}

func listTrust() js.Value {
	out := array()
	for _, k := range memory.All() {
		e := object()
		e.Set("name", k.Name)
		e.Set("device", jsBytes(k.Device))
		e.Set("verified", k.Verified)
		out.Call("push", e)
	}
	return out
}

// loadTrust takes what the worker has kept; nothing is an empty memory. What
// cannot be read leaves the memory as it is.
func loadTrust(encoded []byte) any {
	if len(encoded) == 0 {
		memory = &session.Trust{}
		return js.Undefined()
	}
	known, err := session.ParseTrust(encoded)
	if err != nil {
		return failure(err.Error())
	}
	memory = known
	return js.Undefined()
}

func encodedTrust() js.Value {
	b, err := memory.Encode()
	if err != nil {
		return failure(err.Error())
	}
	return jsBytes(b)
}

// recognise adds to a view what this device remembers of each person in it, and
// whether there is somebody to remember.
func recognise(v *session.View, o, people js.Value) {
	judged, learns := memory.Meet(v.People, false)
	o.Set("learns", learns)
	for i, j := range judged {
		if j == nil {
			continue
		}
		known := object()
		known.Set("seen", j.String())
		known.Set("like", j.Like)
		known.Set("as", j.As)
		known.Set("verified", j.Verified)
		people.Index(i).Set("known", known)
	}
}
