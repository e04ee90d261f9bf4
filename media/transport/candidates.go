package transport

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
)

// candidates lists the host candidates of a socket bound to addr: advertise if
// given, else addr itself, else every usable interface address of its family.
func candidates(addr netip.AddrPort, advertise []netip.Addr) ([]netip.AddrPort, error) {
	ips := slices.Clone(advertise)
	if len(ips) == 0 && !addr.Addr().IsUnspecified() {
		ips = []netip.Addr{addr.Addr()}
	}
	if len(ips) == 0 {
		found, err := net.InterfaceAddrs()
		if err != nil {
			return nil, err
		}
		for _, a := range found {
			if n, ok := a.(*net.IPNet); ok {
				ip, _ := netip.AddrFromSlice(n.IP)
				ips = append(ips, ip.Unmap())
			}
		}
		ips = slices.DeleteFunc(ips, func(ip netip.Addr) bool { return !usable(ip, addr.Addr().Is6()) })
		slices.SortStableFunc(ips, func(a, b netip.Addr) int { return cmp.Compare(rank(a), rank(b)) })
	}
	out := make([]netip.AddrPort, len(ips))
	for i, ip := range ips {
		out[i] = netip.AddrPortFrom(ip.Unmap(), addr.Port())
	}
	return out, nil
}

// usable leaves out what a peer could not use: other families, and link-local
// addresses, which need a zone that SDP cannot carry.
func usable(ip netip.Addr, v6socket bool) bool {
	return ip.IsValid() && (ip.Is4() || v6socket) && !ip.IsLinkLocalUnicast() && !ip.IsMulticast()
}

// rank puts loopback last, so that a browser on the same machine tries the
// address that others use first.
func rank(ip netip.Addr) int {
	switch {
	case ip.IsLoopback():
		return 2
	case ip.Is6():
		return 1
	}
	return 0
}
