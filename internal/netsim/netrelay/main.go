// Command netrelay runs a netsim.Relay for tests that are not written in Go. It
// prints the address that it listens on, and reads one JSON object a line:
// {"up":PATH,"down":PATH} changes both ways, {"rebind":true} gives every client
// another address towards the server. A PATH has loss and burst, delay and jitter in
// milliseconds, rate in bit/s, queue in milliseconds, and cut. With -tcp it passes TCP
// on, too, as it comes. It ends with its input.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"time"

	"github.com/roundel-meet/roundel/internal/netsim"
)

type path struct {
	Loss, Burst, Delay, Jitter, Rate, Queue float64
	Cut                                     bool
}

func (p path) path() netsim.Path {
	return netsim.Path{
		Loss: p.Loss, Burst: p.Burst, Delay: milliseconds(p.Delay), Jitter: milliseconds(p.Jitter),
		Rate: p.Rate, Queue: milliseconds(p.Queue), Cut: p.Cut,
	}
}

func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

type order struct {
	Up, Down path
	Rebind   bool
}

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "where clients send")
	server := flag.String("server", "", "where the server listens")
	seed := flag.Uint64("seed", 1, "of what happens at random")
	tcp := flag.Bool("tcp", false, "pass TCP on, too")
	flag.Parse()
	if err := run(*listen, *server, *seed, *tcp); err != nil {
		fmt.Fprintln(os.Stderr, "netrelay:", err)
		os.Exit(1)
	}
}

func run(listen, server string, seed uint64, tcp bool) error {
	from, err := netip.ParseAddrPort(listen)
	if err != nil {
		return err
	}
	to, err := netip.ParseAddrPort(server)
	if err != nil {
		return err
	}
	r, err := netsim.NewRelay(from, to, netsim.Path{}, netsim.Path{}, seed)
	if err != nil {
		return err
	}
	defer r.Close()
	if tcp {
		s, err := netsim.NewSplice(r.Addr(), to)
		if err != nil {
			return err
		}
		defer s.Close()
	}
	fmt.Println(r.Addr())
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		var o order
		if err := json.Unmarshal(in.Bytes(), &o); err != nil {
			return fmt.Errorf("%q: %w", in.Text(), err)
		}
		if o.Rebind {
			r.Rebind()
			continue
		}
		r.Set(o.Up.path(), o.Down.path())
	}
	return in.Err()
}
