package journeys

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/roundel-meet/roundel/bench/daemon"
	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/core/wire"
)

// ipv6 returns an address of this machine and the name of its interface. The loopback
// address does not do: the SDK's ICE leaves it out.
func ipv6(t *testing.T) (netip.Addr, string) {
	t.Helper()
	interfaces, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range interfaces {
		addrs, _ := i.Addrs()
		for _, a := range addrs {
			p, err := netip.ParsePrefix(a.String())
			if err == nil && p.Addr().Is6() && p.Addr().IsGlobalUnicast() {
				return p.Addr(), i.Name
			}
		}
	}
	t.Skip("this machine has no IPv6 address")
	return netip.Addr{}, ""
}

// TestIPv6: on a server that has nothing but an IPv6 address, pages, signalling and
// media work, over UDP and over TCP. No packet leaves the machine.
func TestIPv6(t *testing.T) {
	addr, name := ipv6(t)
	at := "[" + addr.String() + "]:0"
	d, err := daemon.Start(testContext(t), house.Binary(), t.TempDir(), "--listen", at, "--udp", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Stop(); err != nil {
			t.Error(err)
		}
	})
	if !strings.HasPrefix(d.URL, "https://["+addr.String()+"]:") {
		t.Fatalf("the server is at %s", d.URL)
	}
	token, err := d.Token(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	options := client.Options{Server: d.URL, CA: d.CA, Token: token}
	session, err := client.Dial(testContext(t), options)
	if err != nil {
		t.Fatal(err)
	}
	made, err := session.CreateMeeting(testContext(t), wire.NewMeeting{Title: t.Name()})
	_ = session.Close()
	if err != nil {
		t.Fatal(err)
	}
	ann, bob := newPerson(t, "Ann"), newPerson(t, "Bob")
	ann.options = options
	bob.options = client.Options{Server: d.URL, CA: d.CA}
	ann.join(made.Number)
	bob.join(made.Number)
	ann.network, bob.network = name, name
	byUDPAndTCP(t, ann, bob)
}
