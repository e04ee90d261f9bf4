//go:build js && wasm

// Package main is the crowd for JavaScript: crowd.make(suite, members) makes one,
// crowd.process(), crowd.join() and crowd.remove() do one thing once. They return "" or what
// went wrong. It is built with the flags of the web client's own program.
package main

import (
	"syscall/js"

	"github.com/roundel-meet/roundel/bench/crowd"
	"github.com/roundel-meet/roundel/e2ee/mls"
)

func main() {
	var c *crowd.Crowd
	api := js.Global().Get("Object").New()
	set := func(name string, do func(args []js.Value) error) {
		api.Set(name, js.FuncOf(func(_ js.Value, args []js.Value) any {
			if err := do(args); err != nil {
				return err.Error()
			}
			return ""
		}))
	}
	set("make", func(args []js.Value) (err error) {
		c, err = crowd.New(mls.CipherSuite(args[0].Int()), args[1].Int())
		return err
	})
	set("process", func([]js.Value) error { return c.Process() })
	set("join", func([]js.Value) error { return c.Join() })
	set("remove", func([]js.Value) error { return c.Remove() })
	js.Global().Set("crowd", api)
	select {} // the functions live on
}
