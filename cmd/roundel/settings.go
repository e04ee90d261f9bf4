package main

import (
	"errors"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"

	"github.com/roundel-meet/roundel/server"
	"github.com/roundel-meet/roundel/server/door"
)

// configFile is read when it is there and no other is named.
const configFile = "roundel.toml"

// placeFlags say where the data is; every command that opens it has them.
type placeFlags struct {
	Config   string  `help:"Settings file; ./roundel.toml is read when it is there." env:"ROUNDEL_CONFIG" placeholder:"FILE"`
	Data     *string `help:"Folder for everything that is kept." env:"ROUNDEL_DATA" placeholder:"DIR"`
	Database *string `help:"PostgreSQL URL in place of SQLite in the data folder." env:"ROUNDEL_DATABASE" placeholder:"URL"`
}

// load returns the settings of the file, or the defaults, with the flags of p.
func (p placeFlags) load() (server.Config, error) {
	c := server.DefaultConfig()
	path := p.Config
	if path == "" {
		path = configFile
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			path = ""
		}
	}
	if path != "" {
		if err := c.LoadFile(path); err != nil {
			return c, err
		}
	}
	set(&c.Data, p.Data)
	set(&c.Database, p.Database)
	return c, nil
}

// serveFlags are the settings that have a flag. A flag that is not given, also
// not in the environment, is nil and leaves the file's setting as it is.
type serveFlags struct {
	placeFlags

	Listen    *string       `help:"TCP address for HTTPS, HOST:PORT (default :8443)." env:"ROUNDEL_LISTEN" placeholder:"ADDR"`
	UDP       *string       `name:"udp" help:"UDP address for media, HOST:PORT (default: as --listen)." env:"ROUNDEL_UDP" placeholder:"ADDR"`
	URL       *string       `name:"url" help:"How people reach the server: https://HOST[:PORT]." env:"ROUNDEL_URL" placeholder:"URL"`
	Ciphers   *door.Ciphers `help:"compatible or aes256-only." env:"ROUNDEL_CIPHERS" placeholder:"NAME"`
	Advertise []netip.Addr  `help:"Addresses that clients send media to (default: those of the interfaces)." env:"ROUNDEL_ADVERTISE" placeholder:"IP,..."`

	MaxParticipants *int `help:"How many people one meeting may have (default 500)." env:"ROUNDEL_MAX_PARTICIPANTS" placeholder:"N"`

	Domain         *string `help:"Domain name to get a certificate for by ACME." env:"ROUNDEL_DOMAIN" placeholder:"NAME"`
	Email          *string `help:"Where the certificate authority may send warnings." env:"ROUNDEL_EMAIL" placeholder:"ADDR"`
	TLSCertificate *string `name:"tls-certificate" help:"Own certificate chain, PEM." env:"ROUNDEL_TLS_CERTIFICATE" placeholder:"FILE"`
	TLSKey         *string `name:"tls-key" help:"Its key, PEM." env:"ROUNDEL_TLS_KEY" placeholder:"FILE"`

	LogLevel  *slog.Level       `help:"debug, info, warn or error." env:"ROUNDEL_LOG_LEVEL" placeholder:"LEVEL"`
	LogFormat *server.LogFormat `help:"text or json." env:"ROUNDEL_LOG_FORMAT" placeholder:"FORMAT"`
}

// load returns the settings of the file with the flags of f.
func (f serveFlags) load() (server.Config, error) {
	c, err := f.placeFlags.load()
	if err != nil {
		return c, err
	}
	set(&c.Listen, f.Listen)
	set(&c.UDP, f.UDP)
	set(&c.URL, f.URL)
	set(&c.Transport.Ciphers, f.Ciphers)
	set(&c.MaxParticipants, f.MaxParticipants)
	if f.Advertise != nil {
		c.Transport.Advertise = f.Advertise
	}
	set(&c.ACME.Domain, f.Domain)
	set(&c.ACME.Email, f.Email)
	set(&c.TLS.Certificate, f.TLSCertificate)
	set(&c.TLS.Key, f.TLSKey)
	set(&c.Log.Level, f.LogLevel)
	set(&c.Log.Format, f.LogFormat)
	c.Version = version
	return c, nil
}

// set puts the value of a flag, if it was given, in its place.
func set[T any](to *T, flag *T) {
	if flag != nil {
		*to = *flag
	}
}

// logger returns the log that the settings ask for.
func logger(c server.Config, to console) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.Log.Level}
	if c.Log.Format == server.LogJSON {
		return slog.New(slog.NewJSONHandler(to.err, options))
	}
	return slog.New(slog.NewTextHandler(to.err, options))
}
