//go:build !linux

package transport

import "net/netip"

// rawAddr is a peer's address as a map key.
type rawAddr struct{ addr netip.AddrPort }

func makeRawAddr(addr netip.AddrPort, _ bool) rawAddr { return rawAddr{addr} }

func (r *rawAddr) addrPort() netip.AddrPort { return r.addr }
