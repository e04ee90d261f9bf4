package main

import (
	"context"
	"fmt"

	"github.com/roundel-meet/roundel/server"
)

// serveCmd runs the server.
type serveCmd struct {
	serveFlags `embed:""`
}

// Run serves until ctx ends.
func (cmd serveCmd) Run(ctx context.Context, c console) error {
	config, err := cmd.load()
	if err != nil {
		return err
	}
	config.Logger = logger(config, c)
	config.Ready = func(at server.Addresses) { announce(c, at) }
	limitMemory()
	s, err := server.New(config)
	if err != nil {
		return err
	}
	return s.Run(ctx)
}

// announce tells the operator, and scripts, where the server is. The lines
// "ready:" and "owner:" are relied upon.
func announce(c console, at server.Addresses) {
	if at.Owner != "" {
		fmt.Fprintln(c.out, "owner:", at.Owner)
	}
	for _, url := range at.LAN {
		fmt.Fprintln(c.out, "lan:", url)
	}
	fmt.Fprintln(c.out, "ready:", at.URL)
}
