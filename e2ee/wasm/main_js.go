//go:build js && wasm

// Package main is the browser build of e2ee/session: it gives the mls worker one
// object, roundelE2EE, whose functions take and return plain objects with
// Uint8Array for bytes and numbers of milliseconds for time. It opens no socket
// and reads no clock. docs/e2ee.md describes what the machine behind it does.
//
//	roundelE2EE.newMeeting(settings)     -> {hostFragment, fragment, rootHash} (a root key made here)
//	roundelE2EE.signCard(hostFragment, card) -> {card: Uint8Array}
//	roundelE2EE.open(config, now)        -> handle, or {error}
//	handle.handle(now, event)            an event of session/events.go, by its type
//	handle.tick(now)
//	handle.do(now, command)              -> "" or a sentence that can be shown
//	handle.next()                        -> milliseconds, 0 when nothing is due
//	handle.take()                        -> effects of session/effects.go, in order
//	handle.view()                        -> session.View, with what trust knows of each person
//	handle.learn()                       remembers newcomers -> encoding of the memory
//	handle.close()
//	roundelE2EE.trust(action, name, device)  what this device remembers of others (session.Trust)
//
// A fault inside never goes unseen: after one every call returns or throws
// nothing but {error: "e2ee: stopped"}, and the worker must be treated as dead.
package main

import (
	"syscall/js"
	"time"

	"github.com/roundel-meet/roundel/e2ee/session"
)

func main() {
	api := js.Global().Get("Object").New()
	api.Set("newMeeting", guarded(newMeeting))
	api.Set("signCard", guarded(signCard))
	api.Set("open", guarded(open))
	api.Set("trust", guarded(trust))
	js.Global().Set("roundelE2EE", api)
	select {} // the callbacks live on
}

// guarded makes a function for JavaScript that cannot bring the program down.
func guarded(f func(args []js.Value) any) js.Func {
	return js.FuncOf(func(_ js.Value, args []js.Value) (result any) {
		defer func() {
			if recover() != nil {
				result = failure("e2ee: stopped")
			}
		}()
		return f(args)
	})
}

func failure(text string) js.Value {
	o := object()
	o.Set("error", text)
	return o
}

// open makes a machine. The device's private key stays with the worker: Sign
// effects ask for its signatures.
func open(args []js.Value) any {
	if len(args) < 2 {
		return failure("e2ee: config and time expected")
	}
	c := args[0]
	cfg := session.Config{
		MeetingID: text(c, "meetingId"), Self: text(c, "self"), Name: text(c, "name"),
		Device: bytesOf(c, "device"), Card: bytesOf(c, "card"), Identity: bytesOf(c, "identity"),
	}
	if fragment := text(c, "fragment"); fragment != "" {
		invite, err := session.ParseFragment(fragment)
		if err != nil {
			return failure(err.Error())
		}
		cfg.Invite = invite
	}
	cfg.KnownHosts = memory.VerifiedDevices()
	machine, err := session.New(cfg, moment(args[1]))
	if err != nil {
		return failure(err.Error())
	}
	return handleOf(machine)
}

// handleOf is the object that the worker drives a machine with.
func handleOf(m *session.Machine) js.Value {
	o := object()
	dead := false
	add := func(name string, least int, f func(args []js.Value) any) {
		o.Set(name, js.FuncOf(func(_ js.Value, args []js.Value) (result any) {
			defer func() {
				if recover() != nil {
					dead = true
					result = failure("e2ee: stopped")
				}
			}()
			if dead || len(args) < least {
				return failure("e2ee: stopped")
			}
			return f(args)
		}))
	}
	add("handle", 2, func(args []js.Value) any {
		if e := event(args[1]); e != nil {
			m.Handle(moment(args[0]), e)
		}
		return js.Undefined()
	})
	add("tick", 1, func(args []js.Value) any {
		m.Tick(moment(args[0]))
		return js.Undefined()
	})
	add("do", 2, func(args []js.Value) any {
		c := command(args[1])
		if c == nil {
			return "e2ee: unknown command"
		}
		if err := m.Do(moment(args[0]), c); err != nil {
			return err.Error()
		}
		return ""
	})
	add("next", 0, func([]js.Value) any { return millis(m.Next()) })
	add("take", 0, func([]js.Value) any {
		out := array()
		for _, e := range m.Take() {
			out.Call("push", effect(e))
		}
		return out
	})
	add("view", 0, func([]js.Value) any { return view(m.View()) })
	add("learn", 0, func([]js.Value) any {
		memory.Meet(m.View().People, true)
		return encodedTrust()
	})
	add("close", 0, func([]js.Value) any {
		m.Close()
		return js.Undefined()
	})
	return o
}

func moment(v js.Value) time.Time { return time.UnixMilli(int64(v.Float())) }

func millis(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	// Rounded up: a tick must not come before its time.
	return float64(t.Add(time.Millisecond - time.Nanosecond).UnixMilli())
}
