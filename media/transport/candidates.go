package transport

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
)

// candidates lists the host candidates of a socket bound to addr: advertise if
// given, else addr itself, else every usable interface address of its family. Before
// the latter two come public ones that lead here, unless only this machine does.
func candidates(addr netip.AddrPort, advertise, public []netip.Addr) ([]netip.AddrPort, error) {
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
	if len(advertise) == 0 && !addr.Addr().IsLoopback() {
		ips = append(reachable(public, addr.Addr()), ips...)
	}
	var out []netip.AddrPort
	for _, ip := range ips {
		if c := netip.AddrPortFrom(ip.Unmap(), addr.Port()); !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out, nil
}

// reachable picks the public addresses of which a NAT can lead to a socket bound to
// an address: those of its family, both for one that takes both.
func reachable(public []netip.Addr, bound netip.Addr) []netip.Addr {
	return slices.DeleteFunc(slices.Clone(public), func(ip netip.Addr) bool {
		ip = ip.Unmap()
		return !usable(ip, bound.Is6()) || ip.Is4() && bound.Is6() && !bound.IsUnspecified()
	})
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
