package attacks

import (
	"crypto"
	"crypto/ed25519"
	"errors"
	"slices"
	"time"

	"github.com/roundel-meet/roundel/e2ee/mls"
	"github.com/roundel-meet/roundel/e2ee/session"
)

// rogue is a member that runs a program of its own on the bare MLS core: an
// attacker, who keeps no rule, or a victim who keeps all but one.
type rogue struct {
	w      *world
	id     string
	key    ed25519.PrivateKey
	group  *mls.Group
	psks   map[string][]byte
	accept func(*mls.Change) error
	err    error // of the last commit that it refused
}

// forgiving is the acceptance of a victim that lacks some rules.
func (w *world) forgiving(rules ...session.Refusal) func(*mls.Change) error {
	return func(c *mls.Change) error {
		data, _ := c.Previous.Extension(session.StateExtension)
		state, err := session.ParseState(data)
		if err != nil {
			return err
		}
		err = session.Accept(state, w.card, c)
		var broken session.Refusal
		if errors.As(err, &broken) && slices.Contains(rules, broken) {
			return nil
		}
		return err
	}
}

// anything is the acceptance of an attacker.
func anything(*mls.Change) error { return nil }

func (r *rogue) config() mls.Config {
	return mls.Config{
		Authenticate: session.Authenticate(meetingID), Accept: r.accept,
		PSK:        func(id []byte) []byte { return r.psks[string(id)] },
		Extensions: []uint16{session.StateExtension, session.LinkProofExtension, session.EntryExtension}, CredentialTypes: []uint16{session.CredentialType},
		Lifetime: -1, Now: func() time.Time { return r.w.now },
	}
}

// entering is config for a leaf that enters with an epoch.
func (r *rogue) entering(epoch uint64) mls.Config {
	c := r.config()
	c.LeafExtensions = []mls.Extension{session.EntryOf(epoch)}
	return c
}

func (w *world) newRogue(id string, invite *session.Invite, accept func(*mls.Change) error) *rogue {
	r := &rogue{w: w, id: id, key: deviceKey(id), psks: map[string][]byte{}, accept: accept}
	if invite != nil {
		r.psks[string(invite.PSKID())] = invite.PSK(meetingID)
	}
	return r
}

// credential makes a leaf key and its credential.
func (r *rogue) credential(groupID []byte) (crypto.Signer, mls.Credential) {
	r.w.Helper()
	key, err := mls.X25519AES128.GenerateKey()
	if err != nil {
		r.w.Fatal(err)
	}
	credential, err := session.NewCredential(session.KeyDevice(r.key), meetingID, groupID, r.id, key.Public().(ed25519.PublicKey))
	if err != nil {
		r.w.Fatal(err)
	}
	return key, credential
}

// joins makes r a member by an external commit, as anybody with the link may.
func (r *rogue) joins() *rogue {
	w := r.w
	w.Helper()
	staged, err := r.external(w.info, r.state(w.info).LinkNumber)
	if err != nil {
		w.Fatal(r.id, err)
	}
	w.rogues = append(w.rogues, r)
	w.tellPeople()
	r.commits(staged)
	w.pass(300 * time.Millisecond)
	return r
}

// external stages an external commit with the PSK of a link.
func (r *rogue) external(info []byte, link uint32) (*mls.Staged, error) {
	view, err := mls.InspectGroupInfo(info, r.config())
	if err != nil {
		return nil, err
	}
	key, credential := r.credential(view.GroupID())
	x := mls.External{Key: key, Credential: credential, PSKs: [][]byte{session.LinkPSKID(link)}}
	return view.ExternalCommit(x, r.entering(view.Epoch()+1))
}

// commits puts a commit into the order of the delivery service, and goes on in
// the epoch that it makes.
func (r *rogue) commits(staged *mls.Staged) {
	r.w.Helper()
	info, err := staged.Next.GroupInfo()
	if err != nil {
		r.w.Fatal(err)
	}
	r.group = staged.Next
	r.w.order(r.id, session.Committed{Epoch: staged.Next.Epoch() - 1, From: r.id, Commit: staged.Commit}, info, nil)
}

// follow processes what others commit.
func (r *rogue) follow(c session.Committed) {
	if r.group == nil || c.Epoch != r.group.Epoch() {
		return
	}
	received, err := r.group.Process(c.Commit)
	switch r.err = err; {
	case err != nil:
		r.w.refuse(r.id, c.Epoch)
	case received.Next != nil:
		r.group = received.Next
	}
}

// state reads the meeting state of a GroupInfo.
func (r *rogue) state(info []byte) *session.State {
	r.w.Helper()
	view, err := mls.InspectGroupInfo(info, r.config())
	if err != nil {
		r.w.Fatal(err)
	}
	return r.w.stateOf(view.Extension)
}

func (w *world) stateOf(extension func(uint16) ([]byte, bool)) *session.State {
	w.Helper()
	data, _ := extension(session.StateExtension)
	s, err := session.ParseState(data)
	if err != nil {
		w.Fatal(err)
	}
	return s
}

// signed makes the extensions of a state that this device signs.
func (r *rogue) signed(s *session.State) []mls.Extension {
	r.w.Helper()
	if err := s.Sign(session.KeyDevice(r.key)); err != nil {
		r.w.Fatal(err)
	}
	return r.w.extensions(s)
}

func (w *world) extensions(s *session.State) []mls.Extension {
	w.Helper()
	list, err := session.GroupExtensions(s)
	if err != nil {
		w.Fatal(err)
	}
	return list
}

// stage stages a commit of proposals.
func (r *rogue) stage(proposals ...mls.Proposal) *mls.Staged {
	r.w.Helper()
	staged, err := r.group.Commit(proposals...)
	if err != nil {
		r.w.Fatal(r.id, err)
	}
	return staged
}

func (r *rogue) device() ed25519.PublicKey { return r.key.Public().(ed25519.PublicKey) }
