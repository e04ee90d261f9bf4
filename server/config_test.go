package server

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/server/door"
)

// MustWrite writes a file in a folder of the test and returns its path.
func MustWrite(tb testing.TB, name, content string) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

func TestLoadFile(t *testing.T) {
	tests := []struct {
		name, file string
		want       func(*Config)
		err        string // "FILE" stands for its path
	}{
		{name: "OKEmpty"},
		{
			name: "OK",
			file: "listen = ':1'\nmax_participants = 20\n[transport]\nciphers = 'aes256-only'\nadvertise = ['192.0.2.1', '2001:db8::1']\n[log]\nlevel = 'debug'\nformat = 'json'",
			want: func(c *Config) {
				c.Listen = ":1"
				c.MaxParticipants = 20
				c.Transport.Ciphers = door.AES256Only
				c.Transport.Advertise = []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}
				c.Log = Log{Level: slog.LevelDebug, Format: LogJSON}
			},
		},
		{name: "ErrUnknownKey", file: "\nlisen = ':1'", err: `FILE:2: there is no setting "lisen"`},
		{name: "ErrUnknownNestedKey", file: "[transport]\ncipher = 'x'", err: `FILE:2: there is no setting "transport.cipher"`},
		{name: "ErrUnknownTable", file: "[transports]\nciphers = 'compatible'", err: `FILE:1: there is no setting "transports"`},
		{name: "ErrNotForFiles", file: "version = '1'", err: `FILE:1: there is no setting "version"`},
		{name: "ErrCiphers", file: "[transport]\nciphers = 'aes128'", err: `FILE:2: transport.ciphers: "aes128" is neither "compatible" nor "aes256-only"`},
		{name: "ErrFormat", file: "[log]\nformat = 'xml'", err: `FILE:2: log.format: "xml" is neither "text" nor "json"`},
		{name: "ErrCiphersNumber", file: "[transport]\nciphers = 7", err: `FILE: "7" is neither`},
		{name: "ErrType", file: "listen = 8443", err: "FILE:1: "},
		{name: "ErrAddress", file: "[transport]\n\nadvertise = ['here']", err: "FILE:3: "},
		{name: "ErrSyntax", file: "data = \n", err: "FILE:1: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := MustWrite(t, "roundel.toml", tt.file)
			got, want := DefaultConfig(), DefaultConfig()
			err := got.LoadFile(path)
			if tt.err != "" {
				expected := strings.ReplaceAll(tt.err, "FILE", path)
				if err == nil || !strings.HasPrefix(err.Error(), expected) || strings.Contains(err.Error(), "\n") {
					t.Errorf("got  %v\nwant %v", err, expected)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if tt.want != nil {
				tt.want(&want)
			}
			if diff := cmp.Diff(fmt.Sprintf("%+v", want), fmt.Sprintf("%+v", got)); diff != "" {
				t.Error(diff)
			}
		})
	}
	if err := new(Config).LoadFile("absent.toml"); err == nil || !strings.Contains(err.Error(), "absent.toml") {
		t.Errorf("got %v", err)
	}
}

// TestExample holds the reference to what there is: with every setting switched
// on it loads, and it has each of them.
func TestExample(t *testing.T) {
	data, err := os.ReadFile("../roundel.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	var plain Config
	if err := plain.LoadFile("../roundel.example.toml"); err != nil {
		t.Fatal(err)
	}
	want := DefaultConfig()
	if diff := cmp.Diff(fmt.Sprintf("%+v", want), fmt.Sprintf("%+v", plain)); diff != "" {
		t.Errorf("what is not commented out differs from the defaults: %s", diff)
	}
	all := regexp.MustCompile(`(?m)^# ([a-z]+ = )`).ReplaceAllString(string(data), "$1")
	var c Config
	if err := c.LoadFile(MustWrite(t, "roundel.toml", all)); err != nil {
		t.Fatal(err)
	}
	empty := []string{}
	for name, value := range map[string]bool{
		"listen": c.Listen == "", "udp": c.UDP == "", "url": c.URL == "", "database": c.Database == "",
		"transport.advertise": c.Transport.Advertise == nil, "tls.certificate": c.TLS.Certificate == "", "tls.key": c.TLS.Key == "",
		"acme.domain": c.ACME.Domain == "", "acme.email": c.ACME.Email == "", "acme.directory": c.ACME.Directory == "", "acme.roots": c.ACME.Roots == "",
	} {
		if value {
			empty = append(empty, name)
		}
	}
	if len(empty) > 0 {
		t.Errorf("the example does not have %v", empty)
	}
}

func TestNewErrors(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	file := MustWrite(t, "file", "x")
	tests := []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"ErrTCPInUse", func(c *Config) { c.Listen = tcp.Addr().String() }, "TCP port " + tcp.Addr().String() + " is in use by another program: choose another with --listen"},
		{"ErrUDPInUse", func(c *Config) { c.UDP = udp.LocalAddr().String() }, "UDP port " + udp.LocalAddr().String() + " is in use by another program: choose another with --udp"},
		{"ErrNotOurs", func(c *Config) { c.Listen = "192.0.2.1:8443" }, "TCP address 192.0.2.1:8443 is none of this machine's"},
		{"ErrListen", func(c *Config) { c.Listen = "8443" }, `listen: "8443" is not HOST:PORT`},
		{"ErrListenPort", func(c *Config) { c.Listen = ":84430" }, `listen: ":84430" has no port`},
		{"ErrUDP", func(c *Config) { c.UDP = "x" }, `udp: "x" is not HOST:PORT`},
		{"ErrURL", func(c *Config) { c.URL = "http://meet.example.org" }, "url: "},
		{"ErrURLPath", func(c *Config) { c.URL = "https://example.org/meet" }, "url: "},
		{"ErrNoData", func(c *Config) { c.Data = "" }, "data: "},
		{"ErrDataNotMade", func(c *Config) { c.Data = filepath.Join(file, "data") }, "the data folder " + filepath.Join(file, "data") + " cannot be made: not a directory"},
		{"ErrDataNotFolder", func(c *Config) { c.Data = file }, "the data folder " + file + " cannot be made: not a directory"},
		{"ErrDataUnwritable", func(c *Config) { c.Data = "/proc" }, "the data folder /proc cannot be written"},
		{"ErrNobody", func(c *Config) { c.MaxParticipants = 0 }, "max_participants: a meeting can have 2 to 5000 people"},
		{"ErrEverybody", func(c *Config) { c.MaxParticipants = 5001 }, "max_participants: "},
		{"ErrHalfCertificate", func(c *Config) { c.TLS.Key = file }, "tls: certificate and key must both be set"},
		{"ErrCertificate", func(c *Config) { c.TLS = TLS{Certificate: file, Key: file} }, "the certificate " + file},
		{"ErrTwoCertificates", func(c *Config) { c.TLS = TLS{Certificate: file, Key: file}; c.ACME.Domain = "x" }, "cannot both be set"},
		{"ErrDomain", func(c *Config) { c.ACME.Domain = "https://x" }, "not a domain name"},
		{"ErrDatabase", func(c *Config) { c.Database = "postgres://user:secret@127.0.0.1:1/none?connect_timeout=2" }, "the database cannot be opened"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := DefaultConfig()
			c.Data, c.Listen, c.Logger = t.TempDir(), "127.0.0.1:0", slog.New(slog.DiscardHandler)
			tt.change(&c)
			s, err := New(c)
			if err == nil {
				s.Close()
				t.Fatal("no error")
			}
			if got := err.Error(); !strings.Contains(got, tt.want) || strings.Contains(got, "secret") {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestAddresses(t *testing.T) {
	loopback := netip.MustParseAddrPort("127.0.0.1:8443")
	tests := []struct {
		name   string
		change func(*Config)
		tcp    netip.AddrPort
		want   string
		lan    bool
	}{
		{name: "OKLoopback", tcp: loopback, want: "https://127.0.0.1:8443"},
		{name: "OKEverywhere", tcp: netip.MustParseAddrPort("[::]:8443"), want: "https://localhost:8443", lan: true},
		{name: "OKEverywhere4", tcp: netip.MustParseAddrPort("0.0.0.0:443"), want: "https://localhost", lan: true},
		{name: "OKIPv6", tcp: netip.MustParseAddrPort("[::1]:8443"), want: "https://[::1]:8443"},
		{name: "OKIPv6Standard", tcp: netip.MustParseAddrPort("[::1]:443"), want: "https://[::1]"},
		{name: "OKURL", tcp: loopback, change: func(c *Config) { c.URL = "https://meet.example.org/" }, want: "https://meet.example.org"},
		{name: "OKDomain", tcp: loopback, change: func(c *Config) { c.ACME.Domain = "meet.example.org" }, want: "https://meet.example.org"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := DefaultConfig()
			if tt.change != nil {
				tt.change(&c)
			}
			if got := publicURL(&c, tt.tcp); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			want := 0
			if tt.lan {
				for _, a := range door.InterfaceAddrs() {
					if a.Is4() || !door.InterfaceAddrs()[0].Is4() {
						want++
					}
				}
			}
			if got := len(lanURLs(&c, tt.tcp)); got != want {
				t.Errorf("got %d LAN links, want %d", got, want)
			}
		})
	}
}

func TestListenDefaults(t *testing.T) {
	c := DefaultConfig()
	if err := c.check(); err != nil || c.Listen != ":8443" {
		t.Errorf("got %q, %v", c.Listen, err)
	}
	c = DefaultConfig()
	c.ACME.Domain = "meet.example.org"
	if err := c.check(); err != nil || c.Listen != ":443" {
		t.Errorf("got %q, %v", c.Listen, err)
	}
}
