package wire

import (
	"bytes"
	"testing"
)

func TestParseCardHead(t *testing.T) {
	for _, tt := range []struct {
		name, card string
		id         string
		version    uint32
		ok         bool
	}{
		{"OK", "01 0002 6964 00000201 ffff", "id", 513, true},
		{"OKNothingFollows", "01 0000 ffffffff", "", 1<<32 - 1, true},
		{"ErrEmpty", "", "", 0, false},
		{"ErrFormat", "02 0002 6964 00000201", "", 0, false},
		{"ErrShortID", "01 0006 6964 00000201", "", 0, false},
		{"ErrShortVersion", "01 0002 6964 000002", "", 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			id, version, err := ParseCardHead(unhex(t, tt.card))
			if id != tt.id || version != tt.version || (err == nil) != tt.ok {
				t.Errorf("%q, %d, %v; want %q, %d", id, version, err, tt.id, tt.version)
			}
		})
	}
	large := append([]byte{1, 0, 0, 0, 0, 0, 1}, make([]byte, MaxCard)...)
	if _, _, err := ParseCardHead(large); err == nil {
		t.Error("a card over the limit was read")
	}
}

func FuzzParseCardHead(f *testing.F) {
	f.Add(unhex(f, "01 0002 6964 00000201 ffff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		id, _, err := ParseCardHead(data)
		if err == nil && !bytes.Contains(data, []byte(id)) {
			t.Errorf("the id %q is not in the card", id)
		}
	})
}
