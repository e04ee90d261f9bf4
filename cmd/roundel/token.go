package main

import (
	"context"
	"fmt"

	"github.com/roundel-meet/roundel/server"
)

// tokenCmd has what can be done with API tokens.
type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make an API token and print it as the last line. The server may be running."`
}

// tokenCreateCmd makes an API token.
type tokenCreateCmd struct {
	placeFlags `embed:""`

	User string `help:"Whose token it is." default:"owner" placeholder:"NAME"`
	Name string `help:"What it is for." default:"command line" placeholder:"TEXT"`
}

// Run makes the token. It is printed once and cannot be read again.
func (cmd tokenCreateCmd) Run(ctx context.Context, c console) error {
	config, err := cmd.load()
	if err != nil {
		return err
	}
	token, err := server.CreateToken(ctx, config, cmd.User, cmd.Name)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.err, "API token for %s; it cannot be shown again:\n", cmd.User)
	_, err = fmt.Fprintln(c.out, token)
	return err
}
