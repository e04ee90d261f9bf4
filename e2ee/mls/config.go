package mls

import "time"

// Config is what a member supports and whom it asks. The zero value accepts
// everything and knows no PSK. It is kept by the group; the functions are called
// from within the operation that needs them and must not use the group.
type Config struct {
	// Authenticate is asked about every leaf that enters a tree: at a join all
	// leaves, later those of Adds, Updates, update paths and external joiners
	// (RFC 9420 section 5.3.1). Nil accepts.
	Authenticate func(leaf Leaf, groupID []byte) error
	// Accept is asked about every commit, those of others and own ones, before
	// it is staged. Nil accepts; an external commit may then remove only a leaf
	// with the very same credential.
	Accept func(*Change) error
	// PSK returns the external pre-shared key of an id, nil when it is unknown.
	PSK func(id []byte) []byte
	// Extensions, CredentialTypes and Proposals are listed in the capabilities
	// beyond the defaults of RFC 9420 section 7.2. The own credential's type is
	// listed without being named here.
	Extensions, CredentialTypes, Proposals []uint16
	// LeafExtensions are put into the own leaf. Their types must be in Extensions.
	LeafExtensions []Extension
	// Padding rounds the content of private messages up to a multiple; 0: none.
	Padding int
	// Now is the clock for lifetimes; nil: time.Now.
	Now func() time.Time
	// Lifetime is how long own KeyPackages live, and what others may claim at
	// most (RFC 9420 section 7.2); 0: 90 days. Negative: own ones live for ever and
	// those of others are taken whatever the clocks say, for applications that
	// prove in another way that somebody is there now.
	Lifetime time.Duration
}

// Bounds of what is accepted from outside.
const (
	// MaxMessage is the size of the largest message that is parsed.
	MaxMessage = 8 << 20
	// MaxLeaves is the size of the largest tree.
	MaxLeaves = 4096
	// MaxAhead is how far ahead of a sender's last message a message may be.
	MaxAhead = 1000
	// MaxSkipped is how many keys are kept per sender for late messages.
	MaxSkipped = 1000
	// MaxPending is how many proposals wait for a commit.
	MaxPending = 1024
	// MaxResumption is of how many epochs the resumption PSKs are kept.
	MaxResumption = 8
)
