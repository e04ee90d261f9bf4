package session

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTrust(t *testing.T) {
	ada, eve, bob := testKey("ada").Public(), testKey("eve").Public(), testKey("bob").Public()
	var s Trust
	for i, step := range []struct {
		name   string
		device []byte
		want   Familiarity
	}{
		{"Ada", ada, FamiliarNew},
		{"Ada", ada, Familiar},
		{"Ada", eve, FamiliarChanged},
		{"Ada", eve, FamiliarChanged}, // a warning is not remembered
		{"Аda", eve, FamiliarConfused},
		{"ada ", eve, FamiliarConfused},
		{"Bob", bob, FamiliarNew},
		{"Robert", bob, Familiar}, // a known device with a name of its own
		{"Bob", eve, FamiliarNew},
		{"Ada", bob, FamiliarChanged},
		{"A.d.a", bob, FamiliarConfused},
		{"Robert", bob, Familiar},
		{"", ada, FamiliarConfused},
		{"Ada", ada[:31], FamiliarConfused},
	} {
		if got := s.Note(step.name, step.device); got != step.want {
			t.Errorf("step %d, %q: %d, want %d", i, step.name, got, step.want)
		}
	}
	s.Remember("Ada", eve)
	if got := s.Note("Ada", eve); got != Familiar {
		t.Errorf("after Remember: %d", got)
	}
	if s.Verified(ada) || !s.SetVerified(ada, true) || !s.Verified(ada) || s.SetVerified(testKey("x").Public(), true) {
		t.Error("marks")
	}
	b, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseTrust(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.All(), again.All()); diff != "" {
		t.Error(diff)
	}
	again.Forget(ada)
	if again.Verified(ada) || len(again.All()) != len(s.All())-1 {
		t.Error("not forgotten")
	}
}

func TestTrustBounds(t *testing.T) {
	var s Trust
	for i := range MaxKnown + 10 {
		device := make([]byte, 32)
		device[0], device[1] = byte(i), byte(i>>8)
		s.Remember(fmt.Sprintf("Person %d", i), device)
		if i == 0 {
			s.SetVerified(device, true)
		}
	}
	all := s.All()
	if len(all) != MaxKnown || all[0].Name != "Person 0" || all[1].Name != "Person 11" {
		t.Errorf("%d remembered, from %q and %q", len(all), all[0].Name, all[1].Name)
	}
	b, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseTrust(b); err != nil {
		t.Error(err)
	}
	twice := slices.Clone(b)
	copy(twice[3+32+2+8+1:], twice[3:3+32])
	for name, b := range map[string][]byte{
		"ErrEmpty": nil, "ErrFormat": {2, 0, 0}, "ErrCut": b[:len(b)-1], "ErrTwice": twice,
		"ErrTrailing": append(slices.Clone(b), 0),
	} {
		if _, err := ParseTrust(b); err == nil {
			t.Errorf("%s: was read", name)
		}
	}
}

func TestSameLook(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"Ada", "Ada", true},
		{"Ada", "ada", true},
		{"Ada", "Аda", true},             // Cyrillic А
		{"Ada", "Ａｄａ", true},             // full width
		{"Ada", "A\u200bd\u00ada", true}, // zero width, soft hyphen
		{"Ada", "Äda", true},
		{"Ada", "A\u0308da", true}, // combining mark
		{"Ada", "A. d-a", true},
		{"Bob", "B0b", true},
		{"Bill", "BiII", true},
		{"Bill", "8ill", true},
		{"Lisa", "L1sa", true},
		{"Barney", "Bamey", true},
		{"Wendy", "VVendy", true},
		{"Nina", "Νina", true}, // Greek Nu
		{"Helen", "Ηelen", true},
		{"Mike", "Μike", true},
		{"Paul Scott", "Раul Sсоtt", true},
		{"Ada", "Eda", false},
		{"Ada", "Adam", false},
		{"Guest 1", "Guest 2", false},
		{"Guest 6", "Guest 8", false},
		{"Luda", "Lucia", false},
		{"Jörg", "Jürg", false},
		{"👻", "👽", false},
		{"...", "!!!", false},
		{"山田", "山口", false},
		{"", "Ada", false},
	} {
		if got := SameLook(tt.a, tt.b); got != tt.want {
			t.Errorf("SameLook(%q, %q) = %v; %q and %q", tt.a, tt.b, got, skeleton(tt.a), skeleton(tt.b))
		}
		if SameLook(tt.a, tt.b) != SameLook(tt.b, tt.a) {
			t.Errorf("SameLook(%q, %q) depends on the order", tt.a, tt.b)
		}
	}
	for i := range 10 {
		for j := range i {
			if SameLook(fmt.Sprint(i), fmt.Sprint(j)) {
				t.Errorf("digits %d and %d look alike", i, j)
			}
		}
	}
}
