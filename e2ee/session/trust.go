package session

import (
	"bytes"
	"crypto/ed25519"
	"slices"
)

// MaxKnown is how many devices are remembered. The oldest one that is not
// verified gives way to a new one.
const MaxKnown = 4096

const trustFormat = 1

// Known is a remembered device.
type Known struct {
	Device   ed25519.PublicKey
	Name     string
	Verified bool
}

// Familiarity is what a device makes of a name and a device key.
type Familiarity uint8

// What a name and a key turn out to be. The last two are warnings; what they warn
// of is remembered only when the person says so (Remember).
const (
	Familiar         Familiarity = iota // this device is known, and the name is its own or free
	FamiliarNew                         // a device not seen before under a name not seen before
	FamiliarChanged                     // the name is known with another device
	FamiliarConfused                    // the name looks like one known with another device
)

// String names it.
func (f Familiarity) String() string {
	return [...]string{"known", "new", "changed", "confused"}[min(f, FamiliarConfused)]
}

// Judgement is a Familiarity with what is remembered.
type Judgement struct {
	Familiarity
	Like     string // FamiliarConfused: the known name
	As       string // the name this device is remembered by, "" for a new one
	Verified bool   // this device was verified, under the name As
}

// entry keeps the form in which names are compared beside what is remembered.
type entry struct {
	Known
	look string
}

func newEntry(k Known) entry { return entry{k, skeleton(k.Name)} }

// Trust is what a device remembers of others: trust on first use. The zero value
// remembers nothing. It is not for concurrent use.
type Trust struct{ known []entry }

// Judge looks a name and key up and remembers nothing.
func (t *Trust) Judge(name string, device ed25519.PublicKey) Judgement {
	if len(device) != ed25519.PublicKeySize || !validText(name, MaxName) {
		return Judgement{Familiarity: FamiliarConfused}
	}
	j := Judgement{Familiarity: FamiliarNew}
	if i := t.index(device); i >= 0 {
		j = Judgement{Familiarity: Familiar, As: t.known[i].Name, Verified: t.known[i].Verified}
		if j.As == name {
			return j
		}
	}
	look := skeleton(name)
	for _, k := range t.known {
		switch {
		case bytes.Equal(k.Device, device):
		case k.Name == name:
			j.Familiarity, j.Like = FamiliarChanged, ""
			return j
		case k.look == look:
			j.Familiarity, j.Like = FamiliarConfused, k.Name
		}
	}
	return j
}

// Note is Judge that remembers what there is no reason to warn of. A verified
// device keeps the name under which it was verified.
func (t *Trust) Note(name string, device ed25519.PublicKey) Familiarity {
	j := t.Judge(name, device)
	if j.learns(name) {
		t.Remember(name, device)
	}
	return j.Familiarity
}

// learns reports whether Note has something to remember.
func (j Judgement) learns(name string) bool {
	return j.Familiarity == FamiliarNew || j.Familiarity == Familiar && j.As != name && !j.Verified
}

// Meet judges the members of a group by the names that they have said there
// themselves, in their order; nil for who has not, as what the server calls them
// says nothing. With learn it remembers newcomers, but nobody who came without the
// link and is not confirmed: whoever the server invents must not take a name
// first. learns says that there is, or was, something to remember.
func (t *Trust) Meet(people []PersonView, learn bool) (judged []*Judgement, learns bool) {
	judged = make([]*Judgement, len(people))
	for i := range people {
		p := &people[i]
		if !p.InTree || !p.NameSigned || p.Self {
			continue
		}
		j := t.Judge(p.Name, p.Device)
		if j.learns(p.Name) && p.Standing != StandingUnverified {
			learns = true
			if learn {
				t.Remember(p.Name, p.Device)
			}
		}
		judged[i] = &j
	}
	return judged, learns
}

// Remember keeps a name for a device, also after a warning.
func (t *Trust) Remember(name string, device ed25519.PublicKey) {
	if len(device) != ed25519.PublicKeySize || !validText(name, MaxName) {
		return
	}
	if i := t.index(device); i >= 0 {
		t.known[i] = newEntry(Known{Device: t.known[i].Device, Name: name, Verified: t.known[i].Verified})
		return
	}
	if len(t.known) >= MaxKnown {
		i := slices.IndexFunc(t.known, func(k entry) bool { return !k.Verified })
		if i < 0 {
			return
		}
		t.known = slices.Delete(t.known, i, i+1)
	}
	t.known = append(t.known, newEntry(Known{Device: slices.Clone(device), Name: name}))
}

// SetVerified marks a remembered device after codes were compared, or takes the
// mark away. It reports whether the device is remembered.
func (t *Trust) SetVerified(device ed25519.PublicKey, verified bool) bool {
	i := t.index(device)
	if i < 0 {
		return false
	}
	t.known[i].Verified = verified
	return true
}

// VerifiedDevices lists the marked devices.
func (t *Trust) VerifiedDevices() []ed25519.PublicKey {
	var out []ed25519.PublicKey
	for _, k := range t.known {
		if k.Verified {
			out = append(out, slices.Clone(k.Device))
		}
	}
	return out
}

// Verified reports whether a device is marked.
func (t *Trust) Verified(device ed25519.PublicKey) bool {
	i := t.index(device)
	return i >= 0 && t.known[i].Verified
}

// Forget drops a device.
func (t *Trust) Forget(device ed25519.PublicKey) {
	if i := t.index(device); i >= 0 {
		t.known = slices.Delete(t.known, i, i+1)
	}
}

// All lists the remembered devices, the oldest first.
func (t *Trust) All() []Known {
	out := make([]Known, 0, len(t.known))
	for _, k := range t.known {
		k.Device = slices.Clone(k.Device)
		out = append(out, k.Known)
	}
	return out
}

func (t *Trust) index(device ed25519.PublicKey) int {
	return slices.IndexFunc(t.known, func(k entry) bool { return bytes.Equal(k.Device, device) })
}

// Encode returns the store for the device's own storage.
func (t *Trust) Encode() ([]byte, error) {
	var w writer
	w.u8(trustFormat)
	w.count(len(t.known))
	for _, k := range t.known {
		w.fixed(k.Device, ed25519.PublicKeySize)
		w.text(k.Name)
		w.flag(k.Verified)
	}
	return w.bytes()
}

// ParseTrust reads what Encode wrote.
func ParseTrust(b []byte) (*Trust, error) {
	r := reader{rest: b}
	if r.u8() != trustFormat {
		return nil, ErrFormat
	}
	t := &Trust{}
	seen := make(map[string]bool)
	for range r.count(MaxKnown, ed25519.PublicKeySize+3) {
		k := Known{Device: r.fixed(ed25519.PublicKeySize), Name: r.text(MaxName), Verified: r.flag()}
		if r.failed || seen[string(k.Device)] || !validText(k.Name, MaxName) {
			return nil, ErrFormat
		}
		seen[string(k.Device)] = true
		t.known = append(t.known, newEntry(k))
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	return t, nil
}
