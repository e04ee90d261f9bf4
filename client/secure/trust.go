package secure

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/e2ee/session"
)

// trustFile holds what the device remembers of others, as session.Trust encodes it.
const trustFile = "known.devices"

// maxTrustFile is more than a full memory takes.
const maxTrustFile = 4 << 20

var errTrustFile = errors.New("the file of remembered devices is damaged")

// Warning says that somebody is here with another device than the one that this
// device remembers by that name, or by a name that looks like it (Like). It is
// told once for each device and name.
type Warning struct {
	Participant, Name string
	Familiarity       session.Familiarity
	Like              string
}

// memory is what this device remembers of others, kept in a file beside its key.
// A device without a folder is new each time and remembers nobody.
type memory struct {
	path string // "" for none

	mu    sync.Mutex
	trust *session.Trust
	met   map[string]bool // judged already, by device and name
}

// openMemory reads the memory of a folder; none is an empty one.
func openMemory(folder string) (*memory, error) {
	m := &memory{trust: &session.Trust{}, met: map[string]bool{}}
	if folder == "" {
		return m, nil
	}
	m.path = filepath.Join(folder, trustFile)
	return m, m.read()
}

// read takes over what is in the file.
func (m *memory) read() error {
	info, err := os.Stat(m.path)
	if errors.Is(err, fs.ErrNotExist) {
		m.trust = &session.Trust{}
		return nil
	}
	if err != nil {
		return fmt.Errorf("find the remembered devices: %w", err)
	}
	if err := ownersOnly(m.path, info); err != nil {
		return err
	}
	if info.Size() > maxTrustFile {
		return errTrustFile
	}
	b, err := os.ReadFile(m.path)
	if err != nil {
		return fmt.Errorf("read the remembered devices: %w", err)
	}
	trust, err := session.ParseTrust(b)
	if err != nil {
		return errTrustFile
	}
	m.trust = trust
	return nil
}

// verified lists the devices that were verified here.
func (m *memory) verified() []ed25519.PublicKey {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.trust.VerifiedDevices()
}

// change changes the memory on top of what another program may have put into the
// file, which is there whole or as it was.
func (m *memory) change(do func(t *session.Trust)) error {
	if m.path == "" {
		return nil
	}
	if err := m.read(); err != nil {
		return err
	}
	do(m.trust)
	b, err := m.trust.Encode()
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(m.path), trustFile) // mode 0600
	if err != nil {
		return fmt.Errorf("keep the remembered devices: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), m.path)
	}
	if err != nil {
		return fmt.Errorf("keep the remembered devices: %w", err)
	}
	return nil
}

// meet judges those who are new in a view, remembers whom it may, and returns
// what to warn of.
func (m *memory) meet(people []session.PersonView) ([]Warning, error) {
	if m.path == "" {
		return nil, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var fresh []session.PersonView
	for i := range people {
		// The standing is part of it: who is confirmed later can be remembered then.
		key := people[i].Standing.String() + string(people[i].Device) + people[i].Name
		if people[i].InTree && people[i].NameSigned && !m.met[key] {
			m.met[key] = true
			fresh = append(fresh, people[i])
		}
	}
	if len(fresh) == 0 {
		return nil, nil
	}
	judged, learns := m.trust.Meet(fresh, false)
	var err error
	if learns {
		err = m.change(func(t *session.Trust) { judged, _ = t.Meet(fresh, true) })
	}
	var list []Warning
	for i, j := range judged {
		if j != nil && (j.Familiarity == session.FamiliarChanged || j.Familiarity == session.FamiliarConfused) {
			list = append(list, Warning{fresh[i].ID, fresh[i].Name, j.Familiarity, j.Like})
		}
	}
	return list, err
}

// meetPeople warns of devices that are not those remembered.
func (m *Meeting) meetPeople() {
	if m.memory.path == "" {
		return
	}
	v := m.machine.View()
	if v.Phase != session.PhaseIn {
		return
	}
	warnings, err := m.memory.meet(v.People)
	if err != nil {
		m.log.Warn("remembered devices not kept", "error", err)
	}
	for _, w := range warnings {
		m.events.put(w)
	}
}

// Remember keeps a person's device by their name, so that it is no longer warned
// of; with verified set it counts as verified by this person, whose device then
// makes a host trusted by who comes without the link.
func (m *Meeting) Remember(participant string, verified bool) error {
	v := m.View()
	if v == nil {
		return ErrNoGroup
	}
	for i := range v.People {
		p := &v.People[i]
		if p.ID != participant || !p.InTree || p.Name == "" {
			continue
		}
		if m.memory.path == "" {
			return meeting.Wrap(meeting.CodeConflict, errNoFolder, "This device remembers nobody: it was started without a folder for its key.")
		}
		m.memory.mu.Lock()
		defer m.memory.mu.Unlock()
		return m.memory.change(func(t *session.Trust) {
			t.Remember(p.Name, p.Device)
			if verified {
				t.SetVerified(p.Device, true)
			}
		})
	}
	return meeting.Wrap(meeting.CodeNotFound, session.ErrNoPerson, "There is no such person.")
}

var errNoFolder = errors.New("secure: no folder for the device")

// Known lists the remembered devices, the oldest first.
func (m *Meeting) Known() []session.Known {
	m.memory.mu.Lock()
	defer m.memory.mu.Unlock()
	return m.memory.trust.All()
}

// Forget drops a remembered device.
func (m *Meeting) Forget(device ed25519.PublicKey) error {
	m.memory.mu.Lock()
	defer m.memory.mu.Unlock()
	return m.memory.change(func(t *session.Trust) { t.Forget(device) })
}
