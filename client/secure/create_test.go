package secure

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/e2ee/mls"
	"github.com/roundel-meet/roundel/e2ee/session"
)

func TestLinks(t *testing.T) {
	invite, err := session.NewRoot(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"https://meet.example:8443/j/0123456789", "https://meet.example/below/j/012-345-6789"} {
		server, number, got, err := ParseLink(Link(page, invite))
		if err != nil || number != "0123456789" || !strings.HasPrefix(page, server+"/j/") || got.Fragment() != invite.Fragment() {
			t.Errorf("%s: %s, %s, %v", page, server, number, err)
		}
		if _, _, got, err := ParseLink(page); err != nil || got != nil {
			t.Errorf("without a secret: %v, %v", got, err)
		}
	}
	secret := invite.Fragment()
	for _, link := range []string{"", "meet.example/j/0123456789", "https://meet.example/0123456789#" + secret, "https://meet.example/j/x#" + secret, "https://meet.example/j/0123456789#" + secret[1:], "%zz#" + secret} {
		if _, _, _, err := ParseLink(link); err != errLink {
			t.Errorf("%s: %v", link, err)
		}
	}
}

func TestCardAgreesWithTheMeeting(t *testing.T) {
	invite, err := session.NewRoot(nil)
	if err != nil {
		t.Fatal(err)
	}
	m := wire.Meeting{ID: testMeeting, Settings: meeting.Settings{Lobby: true, Takeover: true}}
	for _, tt := range []struct {
		o     CardOptions
		suite mls.CipherSuite
		e2ee  bool
	}{{CardOptions{}, mls.XWing, false}, {CardOptions{Required: true}, mls.XWing, true}, {CardOptions{E2EE: true, People: 201}, mls.X25519AES128, true}} {
		raw, err := signCard(m, invite, tt.o)
		if err != nil {
			t.Fatal(err)
		}
		card, err := session.ParseCard(raw)
		if err != nil || card.Verify(invite.Guest()) != nil {
			t.Fatal(err)
		}
		s := card.Settings
		if card.MeetingID != testMeeting || card.Suite != tt.suite || s.E2EE != tt.e2ee || !s.Lobby || s.Takeover != session.TakeoverLongestPresent {
			t.Errorf("%+v: %+v", tt.o, card)
		}
		if id, version, err := wire.ParseCardHead(raw); err != nil || id != testMeeting || version != 1 {
			t.Errorf("the server reads %s, %d, %v", id, version, err)
		}
	}
}

func TestDeviceKeyIsKept(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "device")
	first, err := LoadDevice(folder)
	if err != nil {
		t.Fatal(err)
	}
	again, err := LoadDevice(folder)
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("another key, %v", err)
	}
	path := filepath.Join(folder, deviceFile)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if entries, _ := os.ReadDir(folder); len(entries) != 1 {
		t.Errorf("the folder has %v", entries)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadDevice(folder); err == nil {
		t.Error("a key that others can read was taken")
	}
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadDevice(folder); err != errDeviceFile {
		t.Errorf("a damaged file: %v", err)
	}
	guest, err := LoadDevice("")
	other, _ := LoadDevice("")
	if err != nil || bytes.Equal(guest, other) {
		t.Errorf("guests share a key, %v", err)
	}
}
