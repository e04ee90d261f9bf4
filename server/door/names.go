package door

import (
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
)

// Names are what a certificate is for.
type Names struct {
	DNS   []string
	Addrs []netip.Addr
}

// MachineNames returns what this machine may be called on its networks: localhost,
// its host name (also as mDNS has it, RFC 6762), and every address it can be
// reached at, with extra names or addresses from the configuration.
func MachineNames(extra ...string) Names {
	n := Names{
		DNS:   []string{"localhost"},
		Addrs: []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback()},
	}
	if host, err := os.Hostname(); err == nil {
		host = strings.ToLower(host)
		n.add(host)
		if !strings.Contains(host, ".") {
			n.add(host + ".local")
		}
	}
	for _, a := range InterfaceAddrs() {
		n.add(a.String())
	}
	for _, e := range extra {
		n.add(e)
	}
	return n
}

// InterfaceAddrs returns the addresses at which others can reach this machine,
// IPv4 first: not loopback, and not link-local, which need a zone.
func InterfaceAddrs() []netip.Addr {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var addrs []netip.Addr
	for _, item := range list {
		ipNet, ok := item.(*net.IPNet)
		if !ok {
			continue
		}
		a, ok := netip.AddrFromSlice(ipNet.IP)
		if a = a.Unmap(); ok && a.IsGlobalUnicast() {
			addrs = append(addrs, a)
		}
	}
	slices.SortStableFunc(addrs, netip.Addr.Compare)
	return addrs
}

// add adds a name or address that is not there yet; what can be neither is left out.
func (n *Names) add(s string) {
	if a, err := netip.ParseAddr(s); err == nil {
		if a = a.Unmap(); a.Zone() == "" && !slices.Contains(n.Addrs, a) {
			n.Addrs = append(n.Addrs, a)
		}
		return
	}
	if isHostname(s) && !slices.Contains(n.DNS, s) {
		n.DNS = append(n.DNS, s)
	}
}

// missing returns the names of n that have does not have.
func (n Names) missing(have Names) []string {
	var list []string
	for _, s := range n.DNS {
		if !slices.Contains(have.DNS, s) {
			list = append(list, s)
		}
	}
	for _, a := range n.Addrs {
		if !slices.Contains(have.Addrs, a) {
			list = append(list, a.String())
		}
	}
	return list
}

func (n Names) ips() []net.IP {
	ips := make([]net.IP, len(n.Addrs))
	for i, a := range n.Addrs {
		ips[i] = a.AsSlice()
	}
	return ips
}

// isHostname reports whether s may stand in a certificate (RFC 1123, 2.1).
func isHostname(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
				return false
			}
		}
	}
	return true
}
