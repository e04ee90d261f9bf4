package server

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"

	"github.com/roundel-meet/roundel/server/door"
)

// Config is what an operator can set. Its keys in roundel.toml are those of the
// tags; roundel.example.toml describes each.
type Config struct {
	Data     string `toml:"data"`     // folder for everything that is kept
	Listen   string `toml:"listen"`   // TCP address for HTTPS; "" for the default
	UDP      string `toml:"udp"`      // UDP address for media; "" for the same as Listen
	URL      string `toml:"url"`      // how people reach the server; "" to derive it
	Database string `toml:"database"` // postgres:// URL; "" for SQLite in Data
	// MaxParticipants is how many people one meeting may have, 2 to 5,000.
	MaxParticipants int `toml:"max_participants"`

	Transport Transport `toml:"transport"`
	TLS       TLS       `toml:"tls"`
	ACME      ACME      `toml:"acme"`
	Log       Log       `toml:"log"`

	Version string          `toml:"-"` // of the program, as clients are told
	Logger  *slog.Logger    `toml:"-"` // nil for slog.Default
	Ready   func(Addresses) `toml:"-"` // called once when clients are served; may be nil
}

// Transport says how connections are encrypted and where media is sent to.
type Transport struct {
	Ciphers   door.Ciphers `toml:"ciphers"`
	Advertise []netip.Addr `toml:"advertise"` // addresses that clients send media to; empty for those of the interfaces
}

// TLS names certificate files of the operator's own, both or neither.
type TLS struct {
	Certificate string `toml:"certificate"`
	Key         string `toml:"key"`
}

// ACME asks a CA for the certificate when Domain is set (RFC 8555).
type ACME struct {
	Domain    string `toml:"domain"`
	Email     string `toml:"email"`
	Directory string `toml:"directory"` // "" for Let's Encrypt
	Roots     string `toml:"roots"`     // PEM file; "" for the system's roots
}

// Log says what is logged, and how.
type Log struct {
	Level  slog.Level `toml:"level"`
	Format LogFormat  `toml:"format"`
}

// LogFormat is how a line of the log looks. The zero value is LogText.
type LogFormat struct{ json bool }

// The formats.
var (
	LogText = LogFormat{}
	LogJSON = LogFormat{json: true}
)

// String returns the format's name.
func (f LogFormat) String() string {
	if f.json {
		return "json"
	}
	return "text"
}

// UnmarshalText reads a format by name.
func (f *LogFormat) UnmarshalText(text []byte) error {
	for _, choice := range []LogFormat{LogText, LogJSON} {
		if string(text) == choice.String() {
			*f = choice
			return nil
		}
	}
	return fmt.Errorf("%q is neither %q nor %q", text, LogText, LogJSON)
}

// The default ports: one for both protocols, and that of HTTPS where a public CA
// must reach the server.
const (
	defaultListen     = ":8443"
	defaultListenACME = ":443"
)

// The most and the fewest people that a meeting can be set to have.
const (
	mostParticipants   = 5000
	fewestParticipants = 2
)

// DefaultConfig is the configuration without any file, flag or environment.
func DefaultConfig() Config {
	return Config{
		Data: "data", MaxParticipants: 500,
		Transport: Transport{Ciphers: door.Compatible},
		Log:       Log{Level: slog.LevelInfo, Format: LogText},
	}
}

// check reports the first setting that cannot be, and fills in what follows
// from others.
func (c *Config) check() error {
	if c.Data == "" {
		return errors.New("data: no folder is named")
	}
	if c.Listen == "" {
		c.Listen = defaultListen
		if c.ACME.Domain != "" {
			c.Listen = defaultListenACME
		}
	}
	if _, err := resolve(c.Listen); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if c.UDP != "" {
		if _, err := resolve(c.UDP); err != nil {
			return fmt.Errorf("udp: %w", err)
		}
	}
	if err := checkURL(c.URL); err != nil {
		return fmt.Errorf("url: %w", err)
	}
	if c.MaxParticipants < fewestParticipants || c.MaxParticipants > mostParticipants {
		return fmt.Errorf("max_participants: a meeting can have %d to %d people", fewestParticipants, mostParticipants)
	}
	if (c.TLS.Certificate == "") != (c.TLS.Key == "") {
		return errors.New("tls: certificate and key must both be set, or neither")
	}
	if c.TLS.Certificate != "" && c.ACME.Domain != "" {
		return errors.New("acme.domain and tls.certificate cannot both be set")
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Version == "" {
		c.Version = "dev"
	}
	if c.Ready == nil {
		c.Ready = func(Addresses) {}
	}
	return nil
}

func checkURL(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || (u.Path != "" && u.Path != "/") ||
		u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fmt.Errorf("%q is not https:// with a host and nothing after it", s)
	}
	return nil
}

// resolve reads HOST:PORT. An empty host is every address of the machine, an
// IPv6 unspecified address here.
func resolve(hostport string) (netip.AddrPort, error) {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%q is not HOST:PORT", hostport)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%q has no port between 0 and 65535", hostport)
	}
	if host == "" {
		return netip.AddrPortFrom(netip.IPv6Unspecified(), uint16(number)), nil
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		list, err := net.LookupIP(host)
		if err != nil || len(list) == 0 {
			return netip.AddrPort{}, fmt.Errorf("%q names no address of this machine", hostport)
		}
		addr, _ = netip.AddrFromSlice(list[0])
	}
	return netip.AddrPortFrom(addr.Unmap(), uint16(number)), nil
}

// makeFolder makes the data folder, for its owner alone, and tries to write in it.
func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("the data folder %s cannot be made: %w", dir, plain(err))
	}
	f, err := os.CreateTemp(dir, ".write-*")
	if err != nil {
		return fmt.Errorf("the data folder %s cannot be written: %w", dir, plain(err))
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// plain takes the operation and path, which are said already, off an error.
func plain(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
