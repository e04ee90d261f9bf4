package wire

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// unhex reads bytes that are written in groups.
func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

var handshakes = []struct {
	name, message string
	want          Handshake // no Group: an error
}{
	{
		"OKMemberCommit", "0001 0001 03 616263 0000000000000007 01 00000005 02 aabb 03 ffff",
		Handshake{Group: []byte("abc"), Epoch: 7, Sender: SenderMember, Leaf: 5, Type: ContentCommit},
	},
	{
		"OKExternalCommit", "0001 0001 01 61 0000000000000000 04 00 03",
		Handshake{Group: []byte("a"), Sender: SenderNewMemberCommit, Type: ContentCommit},
	},
	{
		"OKProposalOfOutsider", "0001 0001 01 61 ffffffffffffffff 02 00000001 00 02",
		Handshake{Group: []byte("a"), Epoch: 1<<64 - 1, Sender: SenderExternal, Leaf: 1, Type: ContentProposal},
	},
	{
		"OKLongerForm", "0001 0002 4040" + strings.Repeat("61", 64) + "0000000000000001 01",
		Handshake{Group: bytes.Repeat([]byte("a"), 64), Epoch: 1, Private: true, Type: ContentApplication},
	},
	{
		"OKPrivate", "0001 0002 01 61 0000000000000001 03 00",
		Handshake{Group: []byte("a"), Epoch: 1, Private: true, Type: ContentCommit},
	},
	{name: "ErrEmpty"},
	{name: "ErrVersion", message: "0002 0001 01 61 0000000000000000 04 00 03"},
	{name: "ErrWelcome", message: "0001 0003 01 61 0000000000000000 04 00 03"},
	{name: "ErrNoGroup", message: "0001 0001 00 0000000000000000 04 00 03"},
	{name: "ErrLongGroup", message: "0001 0001 4100" + strings.Repeat("61", 256) + "0000000000000000 04 00 03"},
	{name: "ErrSender", message: "0001 0001 01 61 0000000000000000 05 00 03"},
	{name: "ErrNoSender", message: "0001 0001 01 61 0000000000000000 00 00 03"},
	{name: "ErrType", message: "0001 0001 01 61 0000000000000000 04 00 04"},
	{name: "ErrShort", message: "0001 0001 01 61 0000000000000000 04 00"},
	{name: "ErrShortData", message: "0001 0001 01 61 0000000000000000 04 05 03"},
	{name: "ErrNotShortestForm", message: "0001 0001 4001 61 0000000000000000 04 00 03"},
	{name: "ErrHugeVector", message: "0001 0001 bfffffff 61 0000000000000000 04 00 03"},
	{name: "ErrReservedForm", message: "0001 0001 c1 61 0000000000000000 04 00 03"},
}

func TestParseHandshake(t *testing.T) {
	for _, tt := range handshakes {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseHandshake(unhex(t, tt.message))
			if (err == nil) != (tt.want.Group != nil) {
				t.Errorf("error %v", err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("header (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseGroupInfo(t *testing.T) {
	for _, tt := range []struct {
		name, message string
		group         string
		epoch         uint64
	}{
		{"OK", "0001 0004 0001 f0d1 03 616263 0000000000000009 20", "abc", 9},
		{name: "ErrCommit", message: "0001 0001 0001 f0d1 03 616263 0000000000000009 20"},
		{name: "ErrInnerVersion", message: "0001 0004 0002 f0d1 03 616263 0000000000000009 20"},
		{name: "ErrShort", message: "0001 0004 0001 f0d1 03 616263 00000000000000"},
		{name: "ErrNoGroup", message: "0001 0004 0001 f0d1 00 0000000000000009"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			group, epoch, err := ParseGroupInfo(unhex(t, tt.message))
			if string(group) != tt.group || epoch != tt.epoch || (err == nil) != (tt.group != "") {
				t.Errorf("%q, %d, %v; want %q, %d", group, epoch, err, tt.group, tt.epoch)
			}
		})
	}
}

// FuzzParseHandshake checks that no message makes the parsers fail badly, and
// that what they return is a part of the message.
func FuzzParseHandshake(f *testing.F) {
	for _, tt := range handshakes {
		f.Add(unhex(f, tt.message))
	}
	f.Add(unhex(f, "0001 0004 0001 f0d1 03 616263 0000000000000009 20"))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		h, err := ParseHandshake(data)
		group, _, infoErr := ParseGroupInfo(data)
		if err == nil && infoErr == nil {
			t.Error("a message is both a handshake and a GroupInfo")
		}
		if err == nil && (len(h.Group) == 0 || !bytes.Contains(data, h.Group)) {
			t.Errorf("the group %x is not in the message", h.Group)
		}
		if infoErr == nil && (len(group) == 0 || !bytes.Contains(data, group)) {
			t.Errorf("the group %x is not in the message", group)
		}
		if !bytes.Equal(before, data) {
			t.Error("the message was changed")
		}
	})
}
