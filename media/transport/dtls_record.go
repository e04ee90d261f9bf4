package transport

import "encoding/binary"

// Record types of RFC 6347 section 4.1 that still may come in the clear after a
// handshake, as retransmissions of the peer's last flight.
const (
	recordChangeCipherSpec = 20
	recordHandshake        = 22
)

// harmless reports whether a datagram may go to pion's DTLS after the handshake.
// pion obeys an alert in the clear, and answers other nonsense in the clear with
// a fatal alert that the peer would obey, so that anybody who can forge a source
// address could end a connection. Protected records prove their sender. Once
// the session was put away nothing in the clear has a use.
func harmless(b []byte, resting bool) bool {
	for len(b) > 0 {
		if len(b) < dtlsHeader {
			return false
		}
		epoch, n := binary.BigEndian.Uint16(b[3:]), int(binary.BigEndian.Uint16(b[11:]))
		if len(b) < dtlsHeader+n {
			return false
		}
		content := b[dtlsHeader : dtlsHeader+n]
		switch {
		case epoch != 0:
		case resting:
			return false
		case b[0] == recordHandshake:
		case b[0] == recordChangeCipherSpec && n == 1 && content[0] == 1:
		default:
			return false
		}
		b = b[dtlsHeader+n:]
	}
	return true
}
