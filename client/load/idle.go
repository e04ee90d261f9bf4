package load

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"time"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/client/secure"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/e2ee/mls"
	"github.com/roundel-meet/roundel/e2ee/session"
)

// idleTurn is how many idle people knock before the members have added them.
const idleTurn = 100

// idlers lets people in whose seats and leaves are real and who do nothing else:
// they make the tree large for the members that are measured without taking their
// processor. Members remove leaves that are silent for three intervals of
// heartbeats, which in a group of 1,000 is ten minutes.
func (r *Roundel) idlers(ctx context.Context, count int, at *member) (close func(), err error) {
	sessions := make([]*client.Session, count)
	close = func() {
		_ = together(count, func(i int) error {
			if sessions[i] == nil {
				return nil
			}
			return sessions[i].Close()
		})
	}
	view := at.View()
	if view == nil {
		return close, errNotSecure
	}
	present := len(view.People)
	for from := 0; from < count; from += idleTurn {
		turn := min(idleTurn, count-from)
		err := together(turn, func(i int) (err error) {
			sessions[from+i], err = again(ctx, func() (*client.Session, error) { return r.idler(ctx, view) })
			return err
		})
		if err != nil {
			return close, err
		}
		if err := at.until(ctx, present+from+turn); err != nil {
			return close, err
		}
	}
	return close, nil
}

// idler takes a seat and knocks with a KeyPackage whose keys are forgotten.
func (r *Roundel) idler(ctx context.Context, view *session.View) (*client.Session, error) {
	s, err := secure.Dial(ctx, r.opts)
	if err != nil {
		return nil, err
	}
	m, err := s.Join(ctx, wire.Join{Number: r.number, Name: secure.Hidden})
	if err == nil {
		var packaged []byte
		if packaged, err = r.keyPackage(view, m.State().Self); err == nil {
			proof := session.KnockProof(r.secure.Invite.Secret[:], packaged)
			err = s.Request(ctx, wire.TypeGroupKnock, wire.GroupKnock{KeyPackage: packaged, Proof: proof}, nil)
		}
	}
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

func (r *Roundel) keyPackage(view *session.View, participant string) ([]byte, error) {
	_, device, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	key, err := view.Suite.GenerateKey()
	if err != nil {
		return nil, err
	}
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return nil, errNotSecure
	}
	credential, err := session.NewCredential(session.KeyDevice(device), r.secure.Meeting.ID, view.GroupID, participant, public)
	if err != nil {
		return nil, err
	}
	packaged, err := mls.NewKeyPackage(view.Suite, key, credential, mls.Config{
		Extensions:      []uint16{session.StateExtension, session.LinkProofExtension, session.EntryExtension},
		CredentialTypes: []uint16{session.CredentialType},
		Lifetime:        -1,
	})
	if err != nil {
		return nil, err
	}
	return packaged.Bytes(), nil
}

// until waits until so many people are in the member's tree.
func (m *member) until(ctx context.Context, people int) error {
	ctx, cancel := context.WithTimeout(ctx, rekeyWait)
	defer cancel()
	for {
		count := 0
		if v := m.View(); v != nil {
			for _, p := range v.People {
				if p.InTree {
					count++
				}
			}
		}
		if count >= people {
			return nil
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}
