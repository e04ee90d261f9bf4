package wire_test

import (
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

func TestSlotsBetween(t *testing.T) {
	b := func(mid, who string) wire.Binding {
		return wire.Binding{Mid: mid, Participant: who, Kind: meeting.KindCamera}
	}
	ann, bob, eve := b("1", "ann"), b("2", "bob"), b("3", "eve")
	for _, tt := range []struct {
		name          string
		before, after []wire.Binding
		want          wire.Slots
		changed       bool
	}{
		{"OKNothing", []wire.Binding{ann}, []wire.Binding{ann}, wire.Slots{Partial: true}, false},
		{"OKFirst", nil, []wire.Binding{ann, bob}, wire.Slots{Slots: []wire.Binding{ann, bob}}, true},
		{"OKOneOfThree", []wire.Binding{ann, bob, eve}, []wire.Binding{ann, b("2", "dan"), eve}, wire.Slots{Slots: []wire.Binding{b("2", "dan")}, Partial: true}, true},
		{"OKOneFreed", []wire.Binding{ann, bob, eve}, []wire.Binding{ann, eve}, wire.Slots{Slots: []wire.Binding{{Mid: "2"}}, Partial: true}, true},
		{"OKAllFreed", []wire.Binding{ann, bob}, nil, wire.Slots{Slots: []wire.Binding{}}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, changed := wire.SlotsBetween(tt.before, tt.after)
			if diff := cmp.Diff(tt.want, got); diff != "" || changed != tt.changed {
				t.Errorf("changed %v (-want +got):\n%s", changed, diff)
			}
		})
	}
}

// TestSlotsAfter: whoever follows the changes knows what there is.
func TestSlotsAfter(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var truth, known []wire.Binding
	for range 2000 {
		next := truth[:0:0]
		for mid := range 6 {
			if rng.IntN(3) > 0 {
				next = append(next, wire.Binding{Mid: strconv.Itoa(mid), Participant: strconv.Itoa(1 + rng.IntN(3)), Paused: rng.IntN(4) == 0})
			}
		}
		if change, ok := wire.SlotsBetween(truth, next); ok {
			known = change.After(known)
		}
		truth = next
		byMid := cmpopts.SortSlices(func(a, b wire.Binding) bool { return a.Mid < b.Mid })
		if diff := cmp.Diff(truth, known, byMid, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("(-truth +known):\n%s", diff)
		}
	}
}
