package signal

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
)

// deviceCookie recognises a browser for bans of guests, and for nothing else. It
// says nothing of its user, no script can read it and no other site gets it.
const deviceCookie = "__Host-roundel-device"

const deviceSeconds = 30 * 24 * 60 * 60

// device is the browser of a visitor.
type device struct {
	id    string
	known bool // it came with the cookie; else it has just been given one
}

// devices gives out and recognises device cookies. They are signed with a key of
// this process: who makes one up counts as new, and so does everyone after a
// restart, which also ends the bans.
type devices struct{ key []byte }

func newDevices() *devices {
	key := make([]byte, 32)
	rand.Read(key)
	return &devices{key: key}
}

// recognise returns the device of r and gives it a cookie when it has none.
func (d *devices) recognise(w http.ResponseWriter, r *http.Request) device {
	if c, err := r.Cookie(deviceCookie); err == nil {
		id, tag, _ := strings.Cut(c.Value, ".")
		if hmac.Equal([]byte(tag), []byte(d.mark("cookie", id))) {
			return device{id: id, known: true}
		}
	}
	raw := make([]byte, 16)
	rand.Read(raw)
	id := base64.RawURLEncoding.EncodeToString(raw)
	http.SetCookie(w, &http.Cookie{
		Name: deviceCookie, Value: id + "." + d.mark("cookie", id), Path: "/", MaxAge: deviceSeconds,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
	return device{id: id}
}

// mark is what is kept of a value: enough to recognise it, not to learn it.
func (d *devices) mark(kind, value string) string {
	h := hmac.New(sha256.New, d.key)
	h.Write([]byte(kind + "\x00" + value))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:18])
}

// marks returns by what a ban recognises the visitor, and what a ban of the
// visitor remembers. A ban remembers all there is: user, device and address. It
// recognises people by their user and their device; by the address only a guest
// without a device cookie, since many people can share one.
func (v visitor) marks() (known, traces []string) {
	device := v.devices.mark("device", v.device.id)
	address := v.devices.mark("address", v.source)
	traces = []string{device, address}
	if v.user != nil {
		user := v.devices.mark("user", v.user.ID)
		traces = append(traces, user)
		known = append(known, user)
	}
	switch {
	case v.device.known:
		known = append(known, device)
	case v.user == nil:
		known = append(known, address)
	}
	return known, traces
}
