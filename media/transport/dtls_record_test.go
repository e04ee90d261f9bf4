package transport

import "testing"

// record makes a DTLS 1.2 record.
func record(kind byte, epoch byte, content ...byte) []byte {
	return append([]byte{kind, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 9, 0, byte(len(content))}, content...)
}

func TestHarmless(t *testing.T) {
	flight := append(record(22, 0, 1, 2, 3), append(record(20, 0, 1), record(22, 1, 4, 5)...)...)
	for _, tt := range []struct {
		name             string
		b                []byte
		lingers, resting bool
	}{
		{"LastFlight", flight, true, false},
		{"ProtectedAlert", record(21, 1, 9, 9, 9), true, true},
		{"PlainAlert", record(21, 0, 1, 0), false, false},
		{"PlainAlertBehindOthers", append(record(22, 0, 1), record(21, 0, 1, 0)...), false, false},
		{"PlainData", record(23, 0, 1), false, false},
		{"UnknownType", record(99, 0, 1), false, false},
		{"WrongChangeCipherSpec", record(20, 0, 2), false, false},
		{"Truncated", flight[:len(flight)-1], false, false},
		{"Trailing", append(record(22, 1, 1), 0), false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := harmless(tt.b, false); got != tt.lingers {
				t.Errorf("after the handshake: %v", got)
			}
			if got := harmless(tt.b, true); got != tt.resting {
				t.Errorf("put away: %v", got)
			}
		})
	}
}
