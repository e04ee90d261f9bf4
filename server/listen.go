package server

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"syscall"

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
		Listen: at, TCP: tcp, Advertise: c.Transport.Advertise,
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
