package mls_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// stateExtension is a private-use GroupContext extension that all members know.
const stateExtension = 0xF0D3

// publicBytes is a signature key as it stands in a leaf: RFC 9420 5.1.1.
func publicBytes(tb testing.TB, key crypto.PublicKey) []byte {
	tb.Helper()
	switch key := key.(type) {
	case ed25519.PublicKey:
		return key
	case *ecdsa.PublicKey:
		encoded, err := key.Bytes()
		if err != nil {
			tb.Fatal(err)
		}
		return encoded
	}
	tb.Fatalf("a key of type %T", key)
	return nil
}

// newcomer is a person with a key package who waits for a Welcome.
type newcomer struct {
	*person
	packaged *mls.KeyPackage
}

func (c *churn) newcomers(n int) ([]newcomer, []mls.Proposal, error) {
	var people []newcomer
	var adds []mls.Proposal
	for range n {
		p := c.newPerson()
		packaged, err := mls.NewKeyPackage(c.suite, p.key, p.credential(), c.config())
		if err != nil {
			return nil, nil, fmt.Errorf("key package: %w", err)
		}
		public, err := mls.ParseKeyPackage(packaged.Bytes())
		if err != nil {
			return nil, nil, fmt.Errorf("key package: %w", err)
		}
		people = append(people, newcomer{p, packaged})
		adds = append(adds, mls.Add(public))
	}
	return people, adds, nil
}

// commit lets a member commit and everyone follow: those in leaving learn that
// they are out, those in coming join by the Welcome.
func (c *churn) commit(by *person, leaving []*person, coming []newcomer, proposals ...mls.Proposal) error {
	staged, err := by.group.Commit(proposals...)
	if err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if err := c.follow(staged, by, leaving); err != nil {
		return err
	}
	return c.join(staged, coming)
}

func (c *churn) join(staged *mls.Staged, coming []newcomer) error {
	for _, p := range coming {
		group, err := mls.Join(p.packaged, staged.Welcome, nil, c.config())
		if err != nil {
			return fmt.Errorf("%s joins: %w", p.name, err)
		}
		p.packaged.Erase()
		p.group, p.entered = group, group.Epoch()
		c.here = append(c.here, p.person)
	}
	return nil
}

// follow delivers an accepted commit to everybody, also to those who are long gone.
func (c *churn) follow(staged *mls.Staged, by *person, leaving []*person) error {
	for _, p := range c.gone {
		if _, err := p.group.Process(staged.Commit); err == nil {
			return fmt.Errorf("%s was removed and follows", p.name)
		}
	}
	for _, p := range slices.Clone(c.here) {
		if p == by {
			continue
		}
		received, err := p.group.Process(staged.Commit)
		if slices.Contains(leaving, p) {
			if !errors.Is(err, mls.ErrRemoved) {
				return fmt.Errorf("%s is removed: %w", p.name, orNil(err))
			}
			continue
		}
		if err != nil {
			return fmt.Errorf("%s processes: %w", p.name, err)
		}
		if err := checkChange(received, staged.Next, len(leaving)); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		p.adopt(received.Next)
	}
	c.depart(leaving)
	by.adopt(staged.Next)
	return nil
}

func (c *churn) depart(leaving []*person) {
	for _, p := range leaving {
		c.here = slices.DeleteFunc(c.here, func(other *person) bool { return other == p })
		c.gone = append(c.gone, p)
	}
	c.gone = c.gone[max(0, len(c.gone)-4):]
}

// checkChange compares what a member was told of a commit with what came of it.
func checkChange(received *mls.Received, next *mls.Group, removed int) error {
	change := received.Change
	switch {
	case received.Next == nil || change == nil || received.Application != nil:
		return errors.New("a commit that is not told as one")
	case change.Epoch+1 != next.Epoch() || received.Epoch != change.Epoch:
		return fmt.Errorf("a change of epoch %d", change.Epoch)
	case change.Committer != next.Self() || !change.Path:
		return fmt.Errorf("a change by leaf %d, path %t", change.Committer, change.Path)
	case len(change.Removed) != removed:
		return fmt.Errorf("%d removed, not %d", len(change.Removed), removed)
	case len(change.Added) != len(change.AddedPackages):
		return fmt.Errorf("%d added with %d key packages", len(change.Added), len(change.AddedPackages))
	}
	for _, leaf := range change.Added {
		if got, ok := next.View().Leaf(leaf.Index); !ok || !bytes.Equal(got.SignatureKey, leaf.SignatureKey) {
			return fmt.Errorf("an added leaf is not at %d", leaf.Index)
		}
	}
	return nil
}

func (c *churn) welcome() error {
	coming, adds, err := c.newcomers(1 + c.rng.IntN(c.grow))
	if err != nil {
		return err
	}
	return c.commit(c.one(), nil, coming, adds...)
}

func (c *churn) external() error { return c.enter(c.newPerson(), nil) }

// rejoin lets a member that lost its state come again, now and then with a new key.
func (c *churn) rejoin() error {
	p := c.one()
	leaf := p.leaf()
	if c.rng.IntN(2) == 0 {
		key, err := c.suite.GenerateKey()
		if err != nil {
			return err
		}
		p.key = key
		c.keys[p.name] = append(c.keys[p.name], key.Public())
	}
	return c.enter(p, &leaf)
}

// enter joins by external commit, with the leaf of p's former self as remove.
func (c *churn) enter(p *person, remove *mls.LeafIndex) error {
	info, err := c.one(p).group.GroupInfo()
	if err != nil {
		return fmt.Errorf("group info: %w", err)
	}
	outside := mls.External{Key: p.key, Credential: p.credential(), Remove: remove}
	for range c.rng.IntN(3) {
		outside.PSKs = append(outside.PSKs, fmt.Append(nil, "link ", len(outside.PSKs)))
	}
	staged, err := mls.ExternalCommit(info, outside, c.config())
	if err != nil {
		return fmt.Errorf("external commit: %w", err)
	}
	if remove != nil {
		if _, err := p.group.Process(staged.Commit); !errors.Is(err, mls.ErrRemoved) {
			return fmt.Errorf("the former self of %s: %w", p.name, orNil(err))
		}
		c.depart([]*person{{name: p.name + " before", group: p.group}})
		c.here = slices.DeleteFunc(c.here, func(other *person) bool { return other == p })
		p.group, p.past = nil, nil
	}
	removed := 0
	if remove != nil {
		removed = 1
	}
	for _, other := range c.here {
		received, err := other.group.Process(staged.Commit)
		if err != nil {
			return fmt.Errorf("%s processes an external commit: %w", other.name, err)
		}
		if err := checkChange(received, staged.Next, removed); err != nil {
			return fmt.Errorf("%s: %w", other.name, err)
		}
		if change := received.Change; !change.External || len(change.PSKs) != len(outside.PSKs) ||
			string(change.CommitterLeaf.Credential.Data) != p.name {
			return fmt.Errorf("%s was told of no external commit by %s", other.name, p.name)
		}
		other.adopt(received.Next)
	}
	p.group, p.entered = staged.Next, staged.Next.Epoch()
	c.here = append(c.here, p)
	return nil
}

func (c *churn) update() error { return c.commit(c.one(), nil, nil) }

// remove throws out one or a few, and may let others in by the same commit.
func (c *churn) remove() error {
	by := c.one()
	var leaving []*person
	var proposals []mls.Proposal
	for _, p := range c.some(1 + c.rng.IntN(c.grow)) {
		if p != by {
			leaving = append(leaving, p)
			proposals = append(proposals, mls.Remove(p.leaf()))
		}
	}
	var coming []newcomer
	if c.rng.IntN(3) == 0 {
		people, adds, err := c.newcomers(1)
		if err != nil {
			return err
		}
		coming, proposals = people, append(proposals, adds...)
	}
	return c.commit(by, leaving, coming, proposals...)
}

func (c *churn) psk() error {
	by := c.one()
	proposals := []mls.Proposal{mls.PSK([]byte("one")), mls.PSK([]byte("two"))}[:1+c.rng.IntN(2)]
	coming, adds, err := c.newcomers(c.rng.IntN(2))
	if err != nil {
		return err
	}
	wanted := len(proposals)
	if err := c.commit(by, nil, coming, append(proposals, adds...)...); err != nil {
		return err
	}
	for _, p := range coming {
		if listed := p.group.JoinPSKs(); len(listed) != wanted || string(listed[0]) != "one" {
			return fmt.Errorf("the Welcome of %s listed %q", p.name, listed)
		}
	}
	return nil
}

// extensions changes the GroupContext, now and then with required capabilities.
func (c *churn) extensions() error {
	set := []mls.Extension{{Type: stateExtension, Data: fmt.Append(nil, "state ", c.rng.IntN(1000))}}
	if c.rng.IntN(2) == 0 {
		required := []byte{2, stateExtension >> 8, stateExtension & 0xff, 0, 2, 0, 1}
		set = append([]mls.Extension{{Type: 3, Data: required}}, set...)
	}
	by := c.one()
	if err := c.commit(by, nil, nil, mls.SetExtensions(set)); err != nil {
		return err
	}
	for _, p := range c.here {
		if data, ok := p.group.Extension(stateExtension); !ok || !bytes.Equal(data, set[len(set)-1].Data) {
			return fmt.Errorf("%s has the state %q", p.name, data)
		}
	}
	return nil
}

// propose sends proposals of several members: updates, an add, a removal, a
// pre-shared key. It returns who is to leave and to come when they are committed.
func (c *churn) propose(committer *person) (leaving []*person, coming []newcomer, err error) {
	touched := []*person{committer} // nobody may be updated or removed twice
	keyed := false
	for _, p := range c.some(4) {
		var message []byte
		var next *mls.Group
		switch kind := c.rng.IntN(5); {
		case kind == 0:
			people, adds, err := c.newcomers(1)
			if err != nil {
				return nil, nil, err
			}
			coming = append(coming, people...)
			message, next, err = p.group.Propose(adds[0])
			if err != nil {
				return nil, nil, fmt.Errorf("propose an add: %w", err)
			}
		case kind == 1 && len(leaving) == 0 && len(touched)+1 < len(c.here):
			out := c.one(append(touched, p)...)
			leaving, touched = append(leaving, out), append(touched, out)
			message, next, err = p.group.Propose(mls.Remove(out.leaf()))
		case kind == 2 && !keyed:
			keyed = true
			message, next, err = p.group.Propose(mls.PSK([]byte("proposed")))
		case slices.Contains(touched, p):
			continue
		default:
			touched = append(touched, p)
			message, next, err = p.group.ProposeUpdate()
		}
		if err != nil {
			return nil, nil, fmt.Errorf("propose: %w", err)
		}
		p.group = next
		if err := c.spread(message, p); err != nil {
			return nil, nil, err
		}
	}
	return leaving, coming, nil
}

// spread gives a proposal to everybody but its author.
func (c *churn) spread(message []byte, author *person) error {
	for _, p := range c.here {
		if p == author {
			continue
		}
		received, err := p.group.Process(message)
		if err != nil {
			return fmt.Errorf("%s processes a proposal: %w", p.name, err)
		}
		if received.Next == nil || received.Change != nil || received.Sender != author.leaf() {
			return fmt.Errorf("a proposal told as %+v", received)
		}
		p.group = received.Next
	}
	return nil
}

// proposals has a member commit what others proposed.
func (c *churn) proposals() error {
	by := c.one()
	leaving, coming, err := c.propose(by)
	if err != nil {
		return err
	}
	return c.commit(by, leaving, coming)
}

// lostProposals has an outsider win the epoch, which ends all proposals of it.
func (c *churn) lostProposals() error {
	if _, _, err := c.propose(c.one()); err != nil {
		return err
	}
	return c.external()
}

// race has two members commit at once; the loser drops its commit and follows.
func (c *churn) race() error {
	loser := c.one()
	lost, err := loser.group.Commit()
	if err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if err := c.commit(c.one(loser), nil, nil); err != nil {
		return err
	}
	lost.Next.Erase()
	return nil
}

// mixed puts everything a member may propose by value into one commit.
func (c *churn) mixed() error {
	by := c.one()
	out := c.one(by)
	coming, proposals, err := c.newcomers(1)
	if err != nil {
		return err
	}
	set := []mls.Extension{{Type: stateExtension, Data: fmt.Append(nil, "mixed ", c.rng.IntN(1000))}}
	proposals = append(proposals, mls.Remove(out.leaf()), mls.PSK([]byte("mixed")), mls.SetExtensions(set))
	return c.commit(by, []*person{out}, coming, proposals...)
}
