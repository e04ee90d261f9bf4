package mls

import "errors"

// The kinds of failure, for errors.Is. What is returned wraps one of them with
// a sentence about the place; no text carries a secret.
var (
	// ErrDecode is returned for bytes that are not the expected structure.
	ErrDecode = errors.New("mls: malformed message")
	// ErrLimit is returned for what is well formed and larger than the bounds of
	// this package: messages, trees, pending proposals.
	ErrLimit = errors.New("mls: over a limit")
	// ErrUnsupported is returned for suites, versions and features that this
	// package does not have.
	ErrUnsupported = errors.New("mls: not supported")
	// ErrSignature is returned for a signature or membership tag that does not
	// verify.
	ErrSignature = errors.New("mls: bad signature")
	// ErrEpoch is returned for a message of another group or epoch.
	ErrEpoch = errors.New("mls: message of another group or epoch")
	// ErrTag is returned for a wrong confirmation tag: the sender has other
	// secrets, a wrong PSK for instance.
	ErrTag = errors.New("mls: confirmation tag does not match")
	// ErrTree is returned for a ratchet tree that is not valid.
	ErrTree = errors.New("mls: invalid ratchet tree")
	// ErrLeaf is returned for a leaf or KeyPackage that may not enter the tree.
	ErrLeaf = errors.New("mls: invalid leaf")
	// ErrProposals is returned for a list of proposals that may not be committed.
	ErrProposals = errors.New("mls: invalid proposals")
	// ErrPath is returned for an UpdatePath that does not fit the tree.
	ErrPath = errors.New("mls: invalid update path")
	// ErrPSK is returned when a pre-shared key is not known.
	ErrPSK = errors.New("mls: unknown pre-shared key")
	// ErrWelcome is returned for a Welcome that does not admit this KeyPackage.
	ErrWelcome = errors.New("mls: welcome is not for this key package")
	// ErrRemoved is returned for a genuine commit that removes this member.
	ErrRemoved = errors.New("mls: removed from the group")
	// ErrOwnCommit is returned for a commit that this member made itself.
	ErrOwnCommit = errors.New("mls: own commit")
	// ErrOwnMessage is returned for a proposal or private message that this member
	// made itself.
	ErrOwnMessage = errors.New("mls: own message")
	// ErrRatchet is returned for a message whose key was used before, was dropped
	// or is too far ahead.
	ErrRatchet = errors.New("mls: message key used before or too far ahead")
	// ErrDecrypt is returned for a ciphertext that does not open.
	ErrDecrypt = errors.New("mls: ciphertext does not open")
	// ErrRefused is returned when Config.Accept refused a commit.
	ErrRefused = errors.New("mls: commit refused")
	// ErrEnded is returned for sending in a group after its ReInit, and for use
	// of an erased group.
	ErrEnded = errors.New("mls: group has ended")
)

// failure is an error of a kind with its place and, for refusals by a callback,
// the callback's own error.
type failure struct {
	kind  error
	text  string
	cause error
}

func (f *failure) Error() string {
	text := f.kind.Error()
	if f.text != "" {
		text += ": " + f.text
	}
	if f.cause != nil {
		text += ": " + f.cause.Error()
	}
	return text
}

func (f *failure) Unwrap() []error {
	if f.cause == nil {
		return []error{f.kind}
	}
	return []error{f.kind, f.cause}
}

func fail(kind error, text string) error { return &failure{kind: kind, text: text} }

// refuse wraps what a callback of the configuration answered.
func refuse(kind error, text string, cause error) error {
	return &failure{kind: kind, text: text, cause: cause}
}
