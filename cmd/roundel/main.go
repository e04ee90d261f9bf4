// Command roundel is the server: it holds meetings and serves the web client, the
// API and the media path. See roundel.example.toml for its settings.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set when the program is built.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	dropEmpty()
	os.Exit(run(ctx, os.Args[1:], console{os.Stdin, os.Stdout, os.Stderr}))
}

// dropEmpty takes settings without a value out of the environment: a container's
// description often names them all, and means the default.
func dropEmpty() {
	for _, setting := range os.Environ() {
		if name, value, _ := strings.Cut(setting, "="); strings.HasPrefix(name, "ROUNDEL_") && value == "" {
			_ = os.Unsetenv(name)
		}
	}
}

// commands is the command line.
type commands struct {
	Serve   serveCmd   `cmd:"" help:"Run the server."`
	Token   tokenCmd   `cmd:"" help:"API tokens for scripts."`
	User    userCmd    `cmd:"" help:"The people who can sign in."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// console is what commands speak through.
type console struct {
	in       io.Reader
	out, err io.Writer
}

// errHelp ends the parsing when help was asked for and printed.
var errHelp = errors.New("help")

// run executes one command line and returns the exit code. All that goes wrong
// is one line on c.err.
func run(ctx context.Context, args []string, c console) (code int) {
	var cli commands
	parser, err := kong.New(&cli,
		kong.Name("roundel"),
		kong.Description("Self-hosted video meetings that say how they are encrypted."),
		kong.Writers(c.out, c.err),
		kong.Exit(func(int) { panic(errHelp) }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(c),
	)
	if err != nil {
		panic(err) // the command line's own structure is wrong
	}
	defer func() {
		if cause := recover(); cause != nil && cause != errHelp {
			panic(cause)
		}
	}()
	command, err := parser.Parse(args)
	if err == nil {
		err = command.Run()
	}
	if err != nil {
		// Drivers spread their errors over lines.
		fmt.Fprintln(c.err, "roundel:", strings.Join(strings.Fields(err.Error()), " "))
		return 1
	}
	return 0
}

// versionCmd prints the version.
type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(c console) error {
	_, err := fmt.Fprintln(c.out, "roundel", version)
	return err
}
