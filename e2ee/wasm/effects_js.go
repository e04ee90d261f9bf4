//go:build js && wasm

package main

import (
	"syscall/js"

	"github.com/roundel-meet/roundel/e2ee/session"
)

// effect writes an effect with its type.
func effect(e session.Effect) js.Value {
	o := object()
	switch e := e.(type) {
	case session.Sign:
		o.Set("type", "sign")
		o.Set("ref", e.Ref)
		o.Set("message", jsBytes(e.Message))
	case session.Open:
		o.Set("type", "open")
		o.Set("ref", e.Ref)
		o.Set("info", jsBytes(e.Info))
	case session.Fetch:
		o.Set("type", "fetch")
	case session.Commit:
		o.Set("type", "commit")
		o.Set("ref", e.Ref)
		o.Set("epoch", float64(e.Epoch))
		o.Set("commit", jsBytes(e.Commit))
		o.Set("welcome", jsBytes(e.Welcome))
		o.Set("info", jsBytes(e.Info))
		o.Set("added", texts(e.Added))
	case session.PublishInfo:
		o.Set("type", "publishInfo")
		o.Set("epoch", float64(e.Epoch))
		o.Set("info", jsBytes(e.Info))
	case session.Refuse:
		o.Set("type", "refuse")
		o.Set("epoch", float64(e.Epoch))
	case session.Knock:
		o.Set("type", "knock")
		o.Set("keyPackage", jsBytes(e.KeyPackage))
		o.Set("proof", jsBytes(e.Proof))
	case session.Post:
		o.Set("type", "post")
		o.Set("message", jsBytes(e.Data))
		o.Set("to", texts(e.To))
	case session.Report:
		o.Set("type", "report")
		o.Set("on", e.On)
		o.Set("epoch", float64(e.Epoch))
		o.Set("offer", e.Offer)
	case session.ViewChanged:
		o.Set("type", "viewChanged")
	default:
		shown(o, e)
	}
	return o
}

// shown are the effects that the media worker and the page get.
func shown(o js.Value, e session.Effect) {
	switch e := e.(type) {
	case session.MediaEpoch:
		o.Set("type", "epoch")
		o.Set("epoch", float64(e.Epoch))
		o.Set("base", jsBytes(e.Base[:]))
		o.Set("self", int(e.Self))
		leaves := array()
		for _, l := range e.Leaves {
			pair := array()
			pair.Call("push", int(l.Leaf), l.Participant)
			leaves.Call("push", pair)
		}
		o.Set("leaves", leaves)
		o.Set("removes", e.Removes)
	case session.MediaSend:
		o.Set("type", "send")
		o.Set("mode", e.Mode.String())
		o.Set("epoch", float64(e.Epoch))
	case session.MediaReceive:
		o.Set("type", "receive")
		o.Set("mode", e.Mode.String())
		o.Set("until", millis(e.Until))
		o.Set("from", texts(e.From))
	case session.Content:
		content(o, e)
	case session.Notice:
		o.Set("type", "notice")
		o.Set("kind", e.Kind.String())
		o.Set("who", e.Who)
		o.Set("by", e.By)
		o.Set("text", e.Text)
	}
}

func content(o js.Value, e session.Content) {
	o.Set("type", "content")
	o.Set("kind", e.Kind.String())
	o.Set("from", e.From)
	o.Set("leaf", int(e.Leaf))
	o.Set("at", millis(e.At))
	o.Set("private", e.Private)
	o.Set("id", jsBytes(e.ID[:]))
	o.Set("text", e.Text)
	o.Set("up", e.Up)
	o.Set("identity", jsBytes(e.Identity))
	if f := e.File; f != nil {
		file := object()
		file.Set("id", f.ID)
		file.Set("key", jsBytes(f.Key))
		file.Set("name", f.Name)
		file.Set("mediaType", f.Type)
		file.Set("size", float64(f.Size))
		file.Set("chunk", int(f.Chunk))
		o.Set("file", file)
	}
}
