package mls

import "crypto"

// Suites lists the suites of this build, the preferred one first.
func Suites() []CipherSuite { return []CipherSuite{XWing, X25519AES128, P256AES128, P384AES256} }

// GenerateKey makes a signature key for a leaf.
func (c CipherSuite) GenerateKey() (crypto.Signer, error) { return nil, ErrUnsupported }

// RequiredCapabilities is the GroupContext extension of RFC 9420 section 11.1.
func RequiredCapabilities(extensions, proposals, credentials []uint16) Extension { return Extension{} }

// Group is one member's state of one epoch.
type Group struct{}

// View is a read-only picture of a group in one epoch.
type View struct{}

// Epoch returns the epoch of the picture.
func (v *View) Epoch() uint64 { return 0 }

// GroupID returns the group's id.
func (v *View) GroupID() []byte { return nil }

// Suite returns the group's cipher suite.
func (v *View) Suite() CipherSuite { return 0 }

// Members returns all leaves in order.
func (v *View) Members() []Leaf { return nil }

// Count returns the number of members.
func (v *View) Count() int { return 0 }

// Leaf returns the member at an index.
func (v *View) Leaf(i LeafIndex) (Leaf, bool) { return Leaf{}, false }

// Extension returns the data of a GroupContext extension.
func (v *View) Extension(kind uint16) ([]byte, bool) { return nil, false }

// Extensions returns the GroupContext extensions.
func (v *View) Extensions() []Extension { return nil }

// EntryEpoch returns the epoch in which a leaf entered as far as this device
// knows, 0 for those that were there before it.
func (v *View) EntryEpoch(i LeafIndex) uint64 { return 0 }

// ConfirmedTranscriptHash returns the hash over all commits up to this epoch.
func (v *View) ConfirmedTranscriptHash() []byte { return nil }

// ExternalCommit is like the function, without verifying the GroupInfo again;
// only for a View of InspectGroupInfo.
func (v *View) ExternalCommit(x External, cfg Config) (*Staged, error) { return nil, ErrUnsupported }

// KeyPackage is an own KeyPackage with its private keys.
type KeyPackage struct{}

// Bytes returns the KeyPackage as a message.
func (k *KeyPackage) Bytes() []byte { return nil }

// Ref returns the hash by which a Welcome names it.
func (k *KeyPackage) Ref() []byte { return nil }

// Public returns what others see.
func (k *KeyPackage) Public() *PublicKeyPackage { return nil }

// Erase forgets the private keys.
func (k *KeyPackage) Erase() {}

// DecryptInit opens what EncryptToInit sealed for this KeyPackage.
func (k *KeyPackage) DecryptInit(label string, context, ciphertext []byte) ([]byte, error) {
	return nil, ErrUnsupported
}

// PublicKeyPackage is a verified KeyPackage of somebody.
type PublicKeyPackage struct{}

// Leaf returns the leaf that would be added; its Index is 0.
func (p *PublicKeyPackage) Leaf() Leaf { return Leaf{} }

// InitKey returns the init key.
func (p *PublicKeyPackage) InitKey() []byte { return nil }

// Suite returns the cipher suite.
func (p *PublicKeyPackage) Suite() CipherSuite { return 0 }

// Ref returns the hash by which a Welcome names it.
func (p *PublicKeyPackage) Ref() []byte { return nil }

// Bytes returns the KeyPackage as a message.
func (p *PublicKeyPackage) Bytes() []byte { return nil }

// NewKeyPackage makes a KeyPackage.
func NewKeyPackage(c CipherSuite, key crypto.Signer, cred Credential, cfg Config) (*KeyPackage, error) {
	return nil, ErrUnsupported
}

// ParseKeyPackage reads a KeyPackage message and checks its signatures.
func ParseKeyPackage(b []byte) (*PublicKeyPackage, error) { return nil, ErrUnsupported }

// EncryptToInit seals for the holder of a KeyPackage.
func EncryptToInit(kp *PublicKeyPackage, label string, context, plaintext []byte) ([]byte, error) {
	return nil, ErrUnsupported
}

// Create makes a group of one member.
func Create(c CipherSuite, groupID []byte, key crypto.Signer, cred Credential, ext []Extension, cfg Config) (*Group, error) {
	return nil, ErrUnsupported
}

// Join enters a group by its Welcome.
func Join(kp *KeyPackage, welcome, tree []byte, cfg Config) (*Group, error) {
	return nil, ErrUnsupported
}

// External says how to join by external commit.
type External struct {
	Key        crypto.Signer
	Credential Credential
	Remove     *LeafIndex // the own earlier leaf, which leaves with the same commit
	PSKs       [][]byte   // ids of external PSKs to mix in
	AAD        []byte
}

// ExternalCommit joins a group by its GroupInfo.
func ExternalCommit(groupInfo []byte, x External, cfg Config) (*Staged, error) {
	return nil, ErrUnsupported
}

// InspectGroupInfo verifies a GroupInfo as a joiner would.
func InspectGroupInfo(groupInfo []byte, cfg Config) (*View, error) { return nil, ErrUnsupported }

// Proposal is a change to be committed.
type Proposal struct{}

// Add proposes to add a member.
func Add(kp *PublicKeyPackage) Proposal { return Proposal{} }

// Remove proposes to remove a member.
func Remove(leaf LeafIndex) Proposal { return Proposal{} }

// PSK proposes to mix in an external pre-shared key.
func PSK(id []byte) Proposal { return Proposal{} }

// ResumptionPSK proposes to mix in the resumption PSK of an earlier epoch.
func ResumptionPSK(epoch uint64) Proposal { return Proposal{} }

// SetExtensions proposes the GroupContext extensions, all of them.
func SetExtensions(ext []Extension) Proposal { return Proposal{} }

// ReInit proposes to end the group in favour of a new one.
func ReInit(groupID []byte, c CipherSuite, ext []Extension) Proposal { return Proposal{} }

// Staged is a commit of this member that waits for the delivery service.
type Staged struct {
	Commit, Welcome []byte
	Next            *Group
}

// Erase forgets the staged state.
func (s *Staged) Erase() {}

// Received is what a message brought.
type Received struct {
	Next        *Group
	Change      *Change
	Application []byte
	AAD         []byte
	Sender      LeafIndex
	Epoch       uint64
}

// Commit commits proposals.
func (g *Group) Commit(p ...Proposal) (*Staged, error) { return nil, ErrUnsupported }

// Process handles a message of the group. With ErrRemoved the Received is not
// nil and its Change says how.
func (g *Group) Process(msg []byte) (*Received, error) { return nil, ErrUnsupported }

// Propose makes a proposal message.
func (g *Group) Propose(p Proposal) (msg []byte, next *Group, err error) {
	return nil, nil, ErrUnsupported
}

// ProposeUpdate proposes a new encryption key for the own leaf.
func (g *Group) ProposeUpdate() (msg []byte, next *Group, err error) {
	return nil, nil, ErrUnsupported
}

// Seal makes an application message.
func (g *Group) Seal(data, aad []byte) ([]byte, error) { return nil, ErrUnsupported }

// GroupInfo makes what a newcomer needs to join by external commit.
func (g *Group) GroupInfo() ([]byte, error) { return nil, ErrUnsupported }

// Export derives a secret from the epoch.
func (g *Group) Export(label string, context []byte, n int) ([]byte, error) {
	return nil, ErrUnsupported
}

// Epoch returns the epoch.
func (g *Group) Epoch() uint64 { return 0 }

// ID returns the group id.
func (g *Group) ID() []byte { return nil }

// Suite returns the cipher suite.
func (g *Group) Suite() CipherSuite { return 0 }

// Self returns the own leaf's index.
func (g *Group) Self() LeafIndex { return 0 }

// Members returns all leaves in order.
func (g *Group) Members() []Leaf { return nil }

// View returns a picture that stays when the group moves on.
func (g *Group) View() *View { return nil }

// EpochAuthenticator returns the value that members compare.
func (g *Group) EpochAuthenticator() []byte { return nil }

// ConfirmedTranscriptHash returns the hash over all commits.
func (g *Group) ConfirmedTranscriptHash() []byte { return nil }

// Extension returns the data of a GroupContext extension.
func (g *Group) Extension(kind uint16) ([]byte, bool) { return nil, false }

// JoinPSKs returns the ids of the external PSKs that the Welcome listed.
func (g *Group) JoinPSKs() [][]byte { return nil }

// EncryptTo seals for one member.
func (g *Group) EncryptTo(leaf LeafIndex, label string, context, plaintext []byte) ([]byte, error) {
	return nil, ErrUnsupported
}

// DecryptFrom opens what a member sealed for this one.
func (g *Group) DecryptFrom(label string, context, ciphertext []byte) ([]byte, error) {
	return nil, ErrUnsupported
}

// Erase forgets the secrets of this state.
func (g *Group) Erase() {}
