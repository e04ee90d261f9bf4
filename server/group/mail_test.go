package group

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

func TestCheckKnock(t *testing.T) {
	for _, tt := range []struct {
		name string
		k    wire.GroupKnock
		want meeting.Code
	}{
		{"OK", wire.GroupKnock{KeyPackage: make([]byte, wire.MaxKeyPackage), Proof: make([]byte, 32)}, ""},
		{"ErrNone", wire.GroupKnock{Proof: make([]byte, 32)}, meeting.CodeInvalid},
		{"ErrLarge", wire.GroupKnock{KeyPackage: make([]byte, wire.MaxKeyPackage+1)}, meeting.CodeTooLarge},
		{"ErrProof", wire.GroupKnock{KeyPackage: []byte("k"), Proof: make([]byte, wire.MaxKnockField+1)}, meeting.CodeTooLarge},
		{"ErrName", wire.GroupKnock{KeyPackage: []byte("k"), SealedName: make([]byte, wire.MaxKnockField+1)}, meeting.CodeTooLarge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := meeting.CodeOf(CheckKnock(tt.k)); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestKnocks(t *testing.T) {
	var k Knocks
	put := func(id, key string, at int) {
		t.Helper()
		if err := k.Put(wire.GroupKnocking{Participant: id, KeyPackage: []byte(key), Lobby: id == "bob", Since: start.Add(time.Duration(at))}); err != nil {
			t.Fatal(err)
		}
	}
	put("ann", "a", 0)
	put("bob", "bb", 1)
	put("ann", "again", 2)
	want := []wire.GroupKnocking{
		{Participant: "ann", KeyPackage: []byte("again"), Since: start},
		{Participant: "bob", KeyPackage: []byte("bb"), Lobby: true, Since: start.Add(1)},
	}
	if diff := cmp.Diff(want, k.List()); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	if k.Seated() != 1 || !k.Has("bob") || k.bytes != 7 {
		t.Errorf("%d of them have a seat, %d bytes", k.Seated(), k.bytes)
	}
	if !k.Admitted("bob") || k.Admitted("cyd") || k.Seated() != 2 {
		t.Errorf("after bob was let in %d have a seat", k.Seated())
	}
	if !k.Drop("ann") || k.Drop("ann") || !k.Drop("bob") || k.bytes != 0 || len(k.List()) != 0 {
		t.Errorf("%+v is left", k)
	}
}

func TestKnocksAreBounded(t *testing.T) {
	fill := func(size int) (n int) {
		var k Knocks
		for n = range maxKnocks + 10 {
			err := k.Put(wire.GroupKnocking{Participant: fmt.Sprint(n), KeyPackage: make([]byte, size)})
			if meeting.CodeOf(err) == meeting.CodeFull {
				if err := k.Put(wire.GroupKnocking{Participant: "0", KeyPackage: make([]byte, size)}); err != nil {
					t.Errorf("in place of the own earlier one: %v", err)
				}
				return n
			}
		}
		return n
	}
	if got := fill(1); got != maxKnocks {
		t.Errorf("%d small ones fit", got)
	}
	if got := fill(wire.MaxKeyPackage); got != maxKnockBytes/wire.MaxKeyPackage {
		t.Errorf("%d large ones fit", got)
	}
}

// TestBundle follows when bundles leave while one message comes every so often.
func TestBundle(t *testing.T) {
	for _, tt := range []struct {
		name  string
		every time.Duration
		size  int
		want  int           // bundles in a second
		wait  time.Duration // of the slowest message in it
	}{
		{"Quiet", 200 * time.Millisecond, 10, 5, waitQuiet},
		{"Busy", time.Millisecond, 10, 17, waitBusy},
		{"Large", 5 * time.Millisecond, bundleBytes + 1, 200, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b Bundle
			var added []time.Time
			bundles, wait := 0, time.Duration(0)
			for now := start; now.Before(start.Add(time.Second)); now = now.Add(time.Millisecond) {
				if now.Sub(start)%tt.every == 0 {
					b.Add(now, Envelope{GroupMessage: wire.GroupMessage{Message: make([]byte, tt.size)}})
					added = append(added, now)
				}
				if at, ok := b.Due(); ok && !now.Before(at) {
					if got := len(b.Take(now)); got != len(added) {
						t.Fatalf("%d of %d messages left", got, len(added))
					}
					wait = max(wait, now.Sub(added[0]))
					added, bundles = nil, bundles+1
				}
			}
			if bundles != tt.want || wait > tt.wait {
				t.Errorf("%d bundles, the slowest after %v; want %d, %v", bundles, wait, tt.want, tt.wait)
			}
		})
	}
}

func TestBudget(t *testing.T) {
	for typ, p := range paces {
		b := NewBudget()
		for i := range p.burst {
			if err := b.Spend(start, typ, 1); err != nil {
				t.Fatalf("%s: number %d: %v", typ, i, err)
			}
		}
		if err := b.Spend(start, typ, 1); meeting.CodeOf(err) != meeting.CodeRateLimited {
			t.Errorf("%s: over the burst: %v", typ, err)
		}
		if err := b.Spend(start.Add(2*time.Second), typ, 1); err != nil {
			t.Errorf("%s: later: %v", typ, err)
		}
	}
	b := NewBudget()
	large := wire.MaxGroupMessage
	for i := range sendBytesBurst / large {
		if err := b.Spend(start, wire.TypeGroupSend, large); err != nil {
			t.Fatalf("large message %d: %v", i, err)
		}
	}
	if err := b.Spend(start, wire.TypeGroupSend, large); meeting.CodeOf(err) != meeting.CodeRateLimited {
		t.Errorf("over the bytes: %v", err)
	}
	if err := b.Spend(start, wire.TypeGroupCommit, 3<<20); err != nil {
		t.Errorf("a large commit: %v", err)
	}
}
