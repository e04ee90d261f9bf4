package server

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"

	"github.com/roundel-meet/roundel/server/door"
)

// Addresses is where a running server is reached.
type Addresses struct {
	URL   string         // for people, without a slash at the end
	LAN   []string       // further URLs for the same network; empty when URL is set by the operator
	Owner string         // link that claims the owner, or "" when that is done; a secret
	TCP   netip.AddrPort // what HTTPS is bound to
	UDP   netip.AddrPort // what media is bound to
}

// publicURL derives how people reach a server that listens at tcp.
func publicURL(c *Config, tcp netip.AddrPort) string {
	switch {
	case c.URL != "":
		u, _ := url.Parse(c.URL) // checked by Config.check
		return "https://" + u.Host
	case c.ACME.Domain != "":
		return atPort(c.ACME.Domain, 443) // where the CA reached it
	case tcp.Addr().IsUnspecified():
		return atPort("localhost", tcp.Port())
	default:
		return atPort(tcp.Addr().Unmap().String(), tcp.Port())
	}
}

// lanURLs lists the URLs by which others on the network reach a server that
// listens on every address, and whose public name nobody has set.
func lanURLs(c *Config, tcp netip.AddrPort) []string {
	if c.URL != "" || c.ACME.Domain != "" || !tcp.Addr().IsUnspecified() {
		return nil
	}
	var urls []string
	addrs := door.InterfaceAddrs()
	for _, a := range addrs {
		// IPv6 addresses are for networks that have no others: nobody types them.
		if a.Is4() || !addrs[0].Is4() {
			urls = append(urls, atPort(a.String(), tcp.Port()))
		}
	}
	return urls
}

func atPort(host string, port uint16) string {
	if port == 443 {
		if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
			host = "[" + host + "]"
		}
		return "https://" + host
	}
	return "https://" + net.JoinHostPort(host, strconv.Itoa(int(port)))
}

// hostOf returns the host of the configured URL, or "".
func hostOf(c *Config) string {
	u, err := url.Parse(c.URL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
