package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/roundel-meet/roundel/server"
)

// userCmd has what can be done with users, also while the server runs.
type userCmd struct {
	Password userPasswordCmd `cmd:"" help:"Set a user's password, read as one line from standard input, and sign them out everywhere."`
}

// userPasswordCmd sets a password. It is no flag: the command lines of a machine
// can be read by all its users.
type userPasswordCmd struct {
	placeFlags `embed:""`

	User string `help:"Whose password it is; owner is the owner, whatever they call themselves." required:"" placeholder:"NAME"`
}

// maxPasswordLine bounds what is read of standard input, in bytes.
const maxPasswordLine = 4 << 10

// Run reads the password and sets it.
func (cmd userPasswordCmd) Run(ctx context.Context, c console) error {
	config, err := cmd.load()
	if err != nil {
		return err
	}
	password, err := readLine(c.in)
	if err != nil {
		return err
	}
	if err := server.SetPassword(ctx, config, cmd.User, password); err != nil {
		return err
	}
	fmt.Fprintln(c.err, "The password is set. All sessions of the user have ended.")
	return nil
}

// readLine returns the first line of r without its end.
func readLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, maxPasswordLine)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
	if line == "" {
		return "", errors.New("no password on standard input")
	}
	return line, nil
}
