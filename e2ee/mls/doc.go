// Package mls is the Messaging Layer Security protocol of RFC 9420 for one
// member: the ratchet tree, the key schedule, messages, commits, Welcome and
// external joins, on the cryptography of the standard library.
//
// It keeps no state on disk, opens no connection and knows nothing of meetings:
// who may enter and what a commit may do is asked through [Config]. States are
// staged: every operation that changes the group returns a new [Group] and
// leaves the old one as it was, so that a bad or lost message costs nothing.
// Only the message ratchets of an epoch move on in place, and only for messages
// that proved genuine.
//
// Left out on purpose: external senders and proposals of new members (RFC 9420
// sections 12.1.8 and 12.1.8.1), and X.509 credentials beyond carrying them.
package mls
