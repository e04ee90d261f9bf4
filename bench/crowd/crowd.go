// Package crowd is a large MLS group for measuring: its creator, one ordinary
// member, and the next commit. The bench runs it natively and, built for the
// browser, in wasm.
//
// The group is made at once, by one commit that adds everybody and one more by
// the same member, as large groups are when they begin; most of its inner nodes
// are blank, which is the dear case for joiners.
package crowd

import (
	"crypto"
	"strconv"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// Crowd is a group of which two members have their state here.
type Crowd struct {
	suite  mls.CipherSuite
	first  *mls.Group // the creator
	half   *mls.Group // in the middle of the tree
	commit []byte     // the creator's next one, which half has not seen
	info   []byte     // the group's, before that commit
	key    crypto.Signer
}

func basic(name string) mls.Credential { return mls.Credential{Type: 1, Data: []byte(name)} }

// New makes a group of so many members, at least two.
func New(suite mls.CipherSuite, members int) (*Crowd, error) {
	c := &Crowd{suite: suite}
	key, err := suite.GenerateKey()
	if err != nil {
		return nil, err
	}
	creator, err := mls.Create(suite, []byte("crowd"), key, basic("creator"), nil, mls.Config{})
	if err != nil {
		return nil, err
	}
	var middle *mls.KeyPackage
	adds := make([]mls.Proposal, max(members, 2)-1)
	for i := range adds {
		packaged, public, err := packageOf(suite, "member "+strconv.Itoa(i))
		if err != nil {
			return nil, err
		}
		adds[i] = mls.Add(public)
		if i == len(adds)/2 {
			middle = packaged
		}
	}
	everybody, err := creator.Commit(adds...)
	if err != nil {
		return nil, err
	}
	if c.half, err = mls.Join(middle, everybody.Welcome, nil, mls.Config{}); err != nil {
		return nil, err
	}
	if c.info, err = everybody.Next.GroupInfo(); err != nil {
		return nil, err
	}
	next, err := everybody.Next.Commit()
	if err != nil {
		return nil, err
	}
	c.first, c.commit = everybody.Next, next.Commit
	c.key, err = suite.GenerateKey()
	return c, err
}

func packageOf(suite mls.CipherSuite, name string) (*mls.KeyPackage, *mls.PublicKeyPackage, error) {
	key, err := suite.GenerateKey()
	if err != nil {
		return nil, nil, err
	}
	packaged, err := mls.NewKeyPackage(suite, key, basic(name), mls.Config{})
	if err != nil {
		return nil, nil, err
	}
	public, err := mls.ParseKeyPackage(packaged.Bytes())
	return packaged, public, err
}

// Process follows the next commit, as every member must.
func (c *Crowd) Process() error {
	_, err := c.half.Process(c.commit)
	return err
}

// Remove commits to the group without its last member, as one member does for all
// after a leave.
func (c *Crowd) Remove() error {
	members := c.first.Members()
	_, err := c.first.Commit(mls.Remove(members[len(members)-1].Index))
	return err
}

// Join enters by external commit, as every newcomer does.
func (c *Crowd) Join() error {
	_, err := mls.ExternalCommit(c.info, mls.External{Key: c.key, Credential: basic("newcomer")}, mls.Config{})
	return err
}
