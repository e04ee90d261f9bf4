package main

import (
	"bytes"
	"crypto"
	"encoding/hex"
	"errors"
	"strconv"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// client is one member, or one who is to become it.
type client struct {
	suite    mls.CipherSuite
	identity []byte
	key      crypto.Signer
	packaged *mls.KeyPackage
	group    *mls.Group
}

// operation is what a client does for one op; need is the number of arguments.
type operation struct {
	need  int
	group bool // works only in a group
	run   func(c *client, args []string) ([]string, error)
}

var operations = map[string]operation{
	"kp":      {0, false, (*client).keyPackage},
	"create":  {0, false, (*client).create},
	"join":    {1, false, (*client).join},
	"extjoin": {1, false, (*client).joinExternally},
	"invite":  {1, true, (*client).invite},
	"gi":      {0, true, (*client).groupInfo},
	"process": {1, true, (*client).process},
	"update":  {0, true, (*client).update},
	"remove":  {1, true, (*client).remove},
	"export":  {1, true, (*client).export},
	"epoch":   {0, true, (*client).epoch},
	"send":    {1, true, (*client).send},
	"recv":    {1, true, (*client).receive},
}

var (
	errOperation = errors.New("no such operation")
	errArguments = errors.New("too few arguments")
	errNoGroup   = errors.New("the client is in no group")
	errNoPackage = errors.New("the client has no key package")
	errNoMember  = errors.New("no such member")
	errKind      = errors.New("a message of another kind")
)

func newClient(id string, args []string) (*client, error) {
	if len(args) == 0 {
		return nil, errArguments
	}
	number, err := strconv.ParseUint(args[0], 0, 16)
	if err != nil {
		return nil, err
	}
	c := &client{suite: mls.CipherSuite(number), identity: []byte(id)}
	if len(args) > 1 {
		if c.identity, err = hex.DecodeString(args[1]); err != nil {
			return nil, err
		}
	}
	if c.key, err = c.suite.GenerateKey(); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *client) run(name string, args []string) ([]string, error) {
	op, ok := operations[name]
	switch {
	case !ok:
		return nil, errOperation
	case len(args) < op.need:
		return nil, errArguments
	case op.group && c.group == nil:
		return nil, errNoGroup
	}
	return op.run(c, args)
}

func (c *client) credential() mls.Credential {
	return mls.Credential{Type: 1, Data: c.identity}
}

func (c *client) keyPackage([]string) (out []string, err error) {
	c.packaged, err = mls.NewKeyPackage(c.suite, c.key, c.credential(), mls.Config{})
	if err != nil {
		return nil, err
	}
	return inHex(c.packaged.Bytes()), nil
}

func (c *client) create([]string) ([]string, error) {
	group, err := mls.Create(c.suite, []byte("group"), c.key, c.credential(), nil, mls.Config{})
	if err != nil {
		return nil, err
	}
	c.group = group
	return nil, nil
}

func (c *client) join(args []string) ([]string, error) {
	if c.packaged == nil {
		return nil, errNoPackage
	}
	welcome, err := hex.DecodeString(args[0])
	if err != nil {
		return nil, err
	}
	group, err := mls.Join(c.packaged, welcome, nil, mls.Config{})
	if err != nil {
		return nil, err
	}
	c.group = group
	return nil, nil
}

func (c *client) joinExternally(args []string) ([]string, error) {
	info, err := hex.DecodeString(args[0])
	if err != nil {
		return nil, err
	}
	outside := mls.External{Key: c.key, Credential: c.credential()}
	staged, err := mls.ExternalCommit(info, outside, mls.Config{})
	if err != nil {
		return nil, err
	}
	c.group = staged.Next
	return inHex(staged.Commit), nil
}

func (c *client) invite(args []string) ([]string, error) {
	encoded, err := hex.DecodeString(args[0])
	if err != nil {
		return nil, err
	}
	packaged, err := mls.ParseKeyPackage(encoded)
	if err != nil {
		return nil, err
	}
	staged, err := c.commit(mls.Add(packaged))
	if err != nil {
		return nil, err
	}
	return inHex(staged.Commit, staged.Welcome), nil
}

func (c *client) groupInfo([]string) ([]string, error) {
	info, err := c.group.GroupInfo()
	if err != nil {
		return nil, err
	}
	return inHex(info), nil
}

func (c *client) process(args []string) ([]string, error) {
	received, err := c.open(args[0])
	if err != nil {
		return nil, err
	}
	if received.Next == nil {
		return nil, errKind
	}
	c.group = received.Next
	return nil, nil
}

func (c *client) update([]string) ([]string, error) {
	staged, err := c.commit()
	if err != nil {
		return nil, err
	}
	return inHex(staged.Commit), nil
}

func (c *client) remove(args []string) ([]string, error) {
	identity, err := hex.DecodeString(args[0])
	if err != nil {
		return nil, err
	}
	for _, member := range c.group.Members() {
		if !bytes.Equal(member.Credential.Data, identity) {
			continue
		}
		staged, err := c.commit(mls.Remove(member.Index))
		if err != nil {
			return nil, err
		}
		return inHex(staged.Commit), nil
	}
	return nil, errNoMember
}

// commit makes a commit and adopts it at once: whoever drives the peer orders them.
func (c *client) commit(proposals ...mls.Proposal) (*mls.Staged, error) {
	staged, err := c.group.Commit(proposals...)
	if err != nil {
		return nil, err
	}
	c.group = staged.Next
	return staged, nil
}

func (c *client) export(args []string) ([]string, error) {
	secret, err := c.group.Export(args[0], []byte("ctx"), 32)
	if err != nil {
		return nil, err
	}
	return inHex(secret, c.group.EpochAuthenticator()), nil
}

func (c *client) epoch([]string) ([]string, error) {
	return []string{strconv.FormatUint(c.group.Epoch(), 10)}, nil
}

func (c *client) send(args []string) ([]string, error) {
	message, err := c.group.Seal([]byte(args[0]), nil)
	if err != nil {
		return nil, err
	}
	return inHex(message), nil
}

func (c *client) receive(args []string) ([]string, error) {
	received, err := c.open(args[0])
	if err != nil {
		return nil, err
	}
	if received.Next != nil {
		return nil, errKind
	}
	return []string{string(received.Application)}, nil
}

func (c *client) open(encoded string) (*mls.Received, error) {
	message, err := hex.DecodeString(encoded)
	if err != nil {
		return nil, err
	}
	return c.group.Process(message)
}

func inHex(values ...[]byte) []string {
	out := make([]string, len(values))
	for i, value := range values {
		out[i] = hex.EncodeToString(value)
	}
	return out
}
