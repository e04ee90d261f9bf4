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

// What Note returns. The last two are warnings; what they warn of is remembered
// only when the person says so (Remember).
const (
	Familiar         Familiarity = iota // this device has had this name before
	FamiliarNew                         // a device not seen before under a name not seen before
	FamiliarChanged                     // the name is known with another device
	FamiliarConfused                    // the name looks like one known with another device
)

// Trust is what a device remembers of others: trust on first use. The zero value
// remembers nothing. It is not for concurrent use.
type Trust struct{ known []Known }

// Note looks a name and key up and remembers them unless there is reason to warn.
func (t *Trust) Note(name string, device ed25519.PublicKey) Familiarity {
	if len(device) != ed25519.PublicKeySize || !validText(name, MaxName) {
		return FamiliarConfused
	}
	i := t.index(device)
	if i >= 0 && t.known[i].Name == name {
		return Familiar
	}
	found := FamiliarNew
	for _, k := range t.known {
		switch {
		case bytes.Equal(k.Device, device):
		case k.Name == name:
			return FamiliarChanged
		case SameLook(k.Name, name):
			found = FamiliarConfused
		}
	}
	if found == FamiliarNew {
		t.Remember(name, device)
		if i >= 0 {
			return Familiar // a known device with a new name of its own
		}
	}
	return found
}

// Remember keeps a name for a device, also after a warning.
func (t *Trust) Remember(name string, device ed25519.PublicKey) {
	if len(device) != ed25519.PublicKeySize || !validText(name, MaxName) {
		return
	}
	if i := t.index(device); i >= 0 {
		t.known[i].Name = name
		return
	}
	if len(t.known) >= MaxKnown {
		i := slices.IndexFunc(t.known, func(k Known) bool { return !k.Verified })
		if i < 0 {
			return
		}
		t.known = slices.Delete(t.known, i, i+1)
	}
	t.known = append(t.known, Known{Device: slices.Clone(device), Name: name})
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
	out := slices.Clone(t.known)
	for i := range out {
		out[i].Device = slices.Clone(out[i].Device)
	}
	return out
}

func (t *Trust) index(device ed25519.PublicKey) int {
	return slices.IndexFunc(t.known, func(k Known) bool { return bytes.Equal(k.Device, device) })
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
		t.known = append(t.known, k)
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	return t, nil
}
