package transport

import (
	"encoding/binary"
	"net"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"
)

// rawAddr is a struct sockaddr_in or sockaddr_in6 as the kernel reads and
// writes it, and comparable, so that the reader finds a 5-tuple without parsing.
type rawAddr struct {
	b [unix.SizeofSockaddrInet6]byte
	n uint32
}

// makeRawAddr returns addr for a socket of the given family; an IPv6 socket
// gets IPv4 addresses mapped (RFC 4291 section 2.5.5.2).
func makeRawAddr(addr netip.AddrPort, v6socket bool) rawAddr {
	var r rawAddr
	binary.BigEndian.PutUint16(r.b[2:], addr.Port())
	if !v6socket {
		binary.NativeEndian.PutUint16(r.b[:], unix.AF_INET)
		ip := addr.Addr().As4()
		copy(r.b[4:], ip[:])
		r.n = unix.SizeofSockaddrInet4
		return r
	}
	binary.NativeEndian.PutUint16(r.b[:], unix.AF_INET6)
	ip := addr.Addr().As16()
	copy(r.b[8:], ip[:])
	binary.NativeEndian.PutUint32(r.b[24:], zoneIndex(addr.Addr().Zone()))
	r.n = unix.SizeofSockaddrInet6
	return r
}

// addrPort returns the address that r holds, unmapped.
func (r *rawAddr) addrPort() netip.AddrPort {
	port := binary.BigEndian.Uint16(r.b[2:])
	if binary.NativeEndian.Uint16(r.b[:]) == unix.AF_INET {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(r.b[4:8])), port)
	}
	ip := netip.AddrFrom16([16]byte(r.b[8:24])).Unmap()
	if scope := binary.NativeEndian.Uint32(r.b[24:]); scope != 0 && ip.Is6() {
		ip = ip.WithZone(strconv.FormatUint(uint64(scope), 10))
	}
	return netip.AddrPortFrom(ip, port)
}

// zoneIndex returns the interface index of a zone, by number or by name.
func zoneIndex(zone string) uint32 {
	if zone == "" {
		return 0
	}
	if n, err := strconv.ParseUint(zone, 10, 32); err == nil {
		return uint32(n)
	}
	if i, err := net.InterfaceByName(zone); err == nil {
		return uint32(i.Index)
	}
	return 0
}
