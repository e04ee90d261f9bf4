package limit

import (
	"net/http"
	"net/netip"
)

// IP returns the key of the client that sent r: its IPv4 address, or the /64 of
// its IPv6 address, since one subscriber has all of that (RFC 6177, section 2).
// Only the connection counts; headers that a client could invent are not read.
func IP(r *http.Request) string { return Addr(r.RemoteAddr) }

// Addr is IP for a host:port. What is not one is a key by itself.
func Addr(hostport string) string {
	ap, err := netip.ParseAddrPort(hostport)
	if err != nil {
		return hostport
	}
	a := ap.Addr().Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return hostport
	}
	return p.String()
}
