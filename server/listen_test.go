package server

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"testing"
)

// TestPublicAddrs: the addresses of a NAT are those of the server's name.
func TestPublicAddrs(t *testing.T) {
	names := map[string][]netip.Addr{
		"meet.example.com": {netip.MustParseAddr("::ffff:203.0.113.7"), netip.MustParseAddr("2001:db8::7"), netip.MustParseAddr("10.0.0.1")},
		"home.example.com": {netip.MustParseAddr("127.0.1.1"), netip.MustParseAddr("fe80::1%1"), netip.MustParseAddr("fd00::1")},
	}
	lookup := func(_ context.Context, _, host string) ([]netip.Addr, error) {
		if found, ok := names[host]; ok {
			return found, nil
		}
		return nil, errors.New("no such name")
	}
	both := []netip.Addr{netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("2001:db8::7")}
	for _, tt := range []struct {
		name, url, domain string
		advertise         []netip.Addr
		want              []netip.Addr
	}{
		{"OKURL", "https://meet.example.com:8443", "", nil, both},
		{"OKDomain", "", "meet.example.com", nil, both},
		{"OKPrivate", "https://home.example.com", "", nil, nil},
		{"OKUnknown", "https://nowhere.example.com", "", nil, nil},
		{"OKNoName", "", "", nil, nil},
		{"OKAdvertised", "https://meet.example.com", "", both[:1], nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := DefaultConfig()
			c.URL, c.ACME.Domain, c.Transport.Advertise = tt.url, tt.domain, tt.advertise
			if got := publicAddrs(&c, lookup); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	c := DefaultConfig()
	c.URL = "https://[2001:db8::9]:8443"
	if got := publicAddrs(&c, net.DefaultResolver.LookupNetIP); len(got) != 1 || got[0] != netip.MustParseAddr("2001:db8::9") {
		t.Errorf("of an address: %v", got)
	}
}
