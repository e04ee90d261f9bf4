package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/roundel-meet/roundel/server"
)

// tokenCmd has what can be done with API tokens, also while the server runs.
type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make an API token and print it as the last line. The server may be running."`
	List   tokenListCmd   `cmd:"" help:"List a user's API tokens: id, when it was made, what it is for."`
	Revoke tokenRevokeCmd `cmd:"" help:"Make an API token invalid."`
}

// ownerFlags say where the data is and whose tokens are meant.
type ownerFlags struct {
	placeFlags

	User string `help:"Whose token it is." default:"owner" placeholder:"NAME"`
}

// tokenCreateCmd makes an API token.
type tokenCreateCmd struct {
	ownerFlags `embed:""`

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

// tokenListCmd lists API tokens.
type tokenListCmd struct {
	ownerFlags `embed:""`
}

// Run prints a line for each token, oldest first.
func (cmd tokenListCmd) Run(ctx context.Context, c console) error {
	config, err := cmd.load()
	if err != nil {
		return err
	}
	tokens, err := server.Tokens(ctx, config, cmd.User)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	for _, t := range tokens {
		fmt.Fprintf(table, "%s\t%s\t%s\n", t.ID, t.CreatedAt.UTC().Format(time.RFC3339), t.Name)
	}
	return table.Flush()
}

// tokenRevokeCmd revokes an API token.
type tokenRevokeCmd struct {
	ownerFlags `embed:""`

	ID string `arg:"" name:"id" help:"The token's id, as token list prints it."`
}

// Run revokes the token.
func (cmd tokenRevokeCmd) Run(ctx context.Context, c console) error {
	config, err := cmd.load()
	if err != nil {
		return err
	}
	if err := server.RevokeToken(ctx, config, cmd.User, cmd.ID); err != nil {
		return err
	}
	fmt.Fprintln(c.err, "The token is no longer valid.")
	return nil
}
