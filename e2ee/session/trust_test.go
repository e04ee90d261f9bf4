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

func TestTrustVerifiedKeepsItsName(t *testing.T) {
	bob, eve := testKey("bob").Public(), testKey("eve").Public()
	var s Trust
	s.Remember("Bob", bob)
	s.SetVerified(bob, true)
	if got := s.Note("Carol", bob); got != Familiar {
		t.Errorf("a known device under a free name: %s", got)
	}
	want := Judgement{Familiarity: Familiar, As: "Bob", Verified: true}
	if got := s.Judge("Carol", bob); got != want {
		t.Errorf("judged %+v, want %+v", got, want)
	}
	if got := s.Judge("Bob", eve); got.Familiarity != FamiliarChanged || got.Verified {
		t.Errorf("the verified name with another device: %+v", got)
	}
	if got := s.Judge("B0b", eve); got.Familiarity != FamiliarConfused || got.Like != "Bob" {
		t.Errorf("a lookalike: %+v", got)
	}
	if diff := cmp.Diff([][]byte{bob}, keysOf(s.VerifiedDevices())); diff != "" {
		t.Error(diff)
	}
}

func keysOf[K ~[]byte](keys []K) (out [][]byte) {
	for _, k := range keys {
		out = append(out, k)
	}
	return out
}

func TestTrustMeets(t *testing.T) {
	ada, eve, bob, cy, me := testKey("ada").Public(), testKey("eve").Public(), testKey("bob").Public(), testKey("cy").Public(), testKey("me").Public()
	row := func(id, name string, device []byte) PersonView {
		return PersonView{ID: id, Name: name, NameSigned: true, InTree: true, Device: device, Standing: StandingLink}
	}
	self, hearsay, outside, stranger := row("me", "Ada", me), row("c", "Cy", cy), row("d", "Dan", nil), row("e", "Eve", eve)
	self.Self, hearsay.NameSigned, outside.InTree, stranger.Standing = true, false, false, StandingUnverified
	people := []PersonView{self, row("a", "Ada", ada), row("b", "Bob", bob), hearsay, outside, stranger}

	var s Trust
	judged, learns := s.Meet(people, false)
	if !learns || len(s.All()) != 0 || judged[1].Familiarity != FamiliarNew {
		t.Errorf("looking: %v, %v, remembers %v", judged, learns, s.All())
	}
	for i, want := range []bool{false, true, true, false, false, true} {
		if (judged[i] != nil) != want {
			t.Errorf("row %d judged: %v", i, judged[i])
		}
	}
	if _, learned := s.Meet(people, true); !learned || len(s.All()) != 2 {
		t.Errorf("learned %v, remembers %v; only those who said their name and had the link count", learned, s.All())
	}
	if judged, learns = s.Meet(people, false); learns || judged[1].As != "Ada" || judged[5].Familiarity != FamiliarNew {
		t.Errorf("again: %v, %v", judged, learns)
	}
	people[1].Device = eve
	if judged, learns = s.Meet(people, true); learns || judged[1].Familiarity != FamiliarChanged {
		t.Errorf("with another device: %v, %v", judged, learns)
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
