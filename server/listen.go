package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"syscall"
	"time"

	"github.com/roundel-meet/roundel/media/transport"
)

// listenTCP opens the port for HTTPS.
func listenTCP(listen string) (net.Listener, netip.AddrPort, error) {
	ln, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, netip.AddrPort{}, refused(err, "TCP", listen, "listen")
	}
	at := ln.Addr().(*net.TCPAddr).AddrPort()
	return ln, netip.AddrPortFrom(at.Addr().Unmap(), at.Port()), nil
}

// listenUDP opens the port for media: the configured one, or the one of the same
// number as that for HTTPS.
func listenUDP(c *Config, tcp netip.AddrPort, log *slog.Logger) (*transport.Socket, error) {
	at, name := tcp, tcp.String()
	if c.UDP != "" {
		var err error
		if at, err = resolve(c.UDP); err != nil {
			return nil, fmt.Errorf("udp: %w", err)
		}
		name = c.UDP
	}
	config := transport.Config{
		Listen: at, TCP: tcp, Advertise: c.Transport.Advertise, Public: publicAddrs(c, net.DefaultResolver.LookupNetIP),
		AllowAESCM: c.Transport.Ciphers.AllowAESCM(), Logger: log,
	}
	socket, err := transport.Listen(config)
	if at.Addr() == netip.IPv6Unspecified() && (errors.Is(err, syscall.EAFNOSUPPORT) || errors.Is(err, syscall.EADDRNOTAVAIL)) {
		// A machine without IPv6.
		config.Listen = netip.AddrPortFrom(netip.IPv4Unspecified(), at.Port())
		socket, err = transport.Listen(config)
	}
	if err != nil {
		return nil, refused(err, "UDP", name, "udp")
	}
	return socket, nil
}

// lookupTime is how long starting may wait for the addresses of the server's name.
const lookupTime = 2 * time.Second

// publicAddrs are the addresses of the name by which people reach the server. Where a
// NAT is before the machine they are the NAT's, and no interface has them.
func publicAddrs(c *Config, lookup func(ctx context.Context, network, host string) ([]netip.Addr, error)) []netip.Addr {
	host := hostOf(c)
	if host == "" {
		host = c.ACME.Domain
	}
	if host == "" || len(c.Transport.Advertise) > 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookupTime)
	defer cancel()
	found, err := lookup(ctx, "ip", host) // an address is its own
	if err != nil {
		return nil // the interfaces' addresses are there
	}
	var public []netip.Addr
	for _, a := range found {
		if a = a.Unmap(); a.IsGlobalUnicast() && !a.IsPrivate() {
			public = append(public, a.WithZone(""))
		}
	}
	return public
}

// refused says why a port could not be had, and what to change.
func refused(err error, protocol, at, setting string) error {
	change := fmt.Sprintf("choose another with --%s or %q in roundel.toml", setting, setting)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%s port %s is in use by another program: %s", protocol, at, change)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%s port %s needs more rights than this user has: %s", protocol, at, change)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("%s address %s is none of this machine's: %s", protocol, at, change)
	}
	return fmt.Errorf("%s port %s cannot be opened: %w", protocol, at, err)
}
