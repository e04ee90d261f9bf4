// Command roundelctl is Roundel's client for scripts: it joins meetings with
// media from files and puts load on servers.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/core/meeting"
)

// version is set by the linker in releases.
var version = "dev"

// cli is the command line. Its field tags are its documentation.
type cli struct {
	Join    joinCmd    `cmd:"" help:"Join a meeting, send media from files and print what happens."`
	Meeting meetingCmd `cmd:"" help:"Make meetings."`
	Load    loadCmd    `cmd:"" help:"Start a meeting with synthetic participants and print what they measure."`
	Audit   auditCmd   `cmd:"" help:"Look for planted secrets and clear media in what a server had."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// server is how to reach one, for every command that does.
type server struct {
	Server string `required:"" placeholder:"URL" env:"ROUNDEL_SERVER" help:"Base URL of the server."`
	reach
}

// reach is how to reach a server whose URL is known.
type reach struct {
	CA    string `type:"existingfile" placeholder:"FILE" env:"ROUNDEL_CA" help:"PEM certificate of the server's CA; without it the system's roots."`
	Token string `placeholder:"TOKEN" env:"ROUNDEL_TOKEN" help:"API token; without it a guest."`

	Loopback  bool     `help:"Send media over the loopback interface too."`
	Transport string   `enum:"auto,udp,tcp" default:"auto" help:"Send media over udp or tcp only; auto takes what gets through."`
	Interface []string `placeholder:"NAME" help:"Send media over these interfaces only."`
	SRTP      []string `enum:"aes256gcm,aes128gcm,aes128cm" placeholder:"SUITE" help:"Offer these SRTP suites only: aes256gcm, aes128gcm, aes128cm."`
}

func (s server) options() client.Options {
	return client.Options{Server: s.Server, CA: s.CA, Token: s.Token, Client: "roundelctl " + version}
}

// suites maps the words of --srtp to IANA's names.
var suites = map[string]string{
	"aes256gcm": meeting.SRTPAES256GCM, "aes128gcm": meeting.SRTPAES128GCM, "aes128cm": meeting.SRTPAES128CM,
}

func (s reach) media() client.MediaOptions {
	o := client.MediaOptions{Loopback: s.Loopback}
	if s.Transport != "auto" {
		o.Transport = client.Transport(s.Transport)
	}
	for _, word := range s.SRTP {
		o.SRTP = append(o.SRTP, suites[word])
	}
	if len(s.Interface) > 0 {
		allowed := map[string]bool{}
		for _, name := range s.Interface {
			allowed[name] = true
		}
		o.Interface = func(name string) bool { return allowed[name] }
	}
	return o
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(out io.Writer) error {
	_, err := fmt.Fprintln(out, "roundelctl", version)
	return err
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program without its process: it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (status int) {
	var c cli
	parser, err := kong.New(&c, kong.Name("roundelctl"),
		kong.Description("Roundel's client for scripts."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { panic(exit(code)) }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.BindTo(stdout, (*io.Writer)(nil)))
	if err != nil {
		fmt.Fprintln(stderr, "roundelctl:", err)
		return 2
	}
	defer func() {
		// kong ends --help and usage errors through Exit.
		switch cause := recover().(type) {
		case nil:
		case exit:
			status = int(cause)
		default:
			panic(cause)
		}
	}()
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintln(stderr, "roundelctl:", err)
		return 2
	}
	if err := parsed.Run(); err != nil {
		fmt.Fprintln(stderr, "roundelctl:", explain(err))
		return 1
	}
	return 0
}

// exit is an exit status on its way up.
type exit int

// explain gives a person what they can act on, and the cause behind it.
func explain(err error) string {
	text := err.Error()
	if code := meeting.CodeOf(err); code != meeting.CodeInternal {
		text = meeting.MessageOf(err)
	}
	if cause := rootCause(err); cause != "" {
		text += " (" + cause + ")"
	}
	return text
}
