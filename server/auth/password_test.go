package auth

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
)

// quick is a cost for tests that are not about the cost.
var quick = Cost{Passes: 1, Memory: 64, Lanes: 1}

func TestNormalize(t *testing.T) {
	for _, tt := range []struct {
		name, password, want string
		code                 meeting.Code
	}{
		{"OK", "correct horse", "correct horse", ""},
		{"OK shortest", "0123456789", "0123456789", ""},
		{"OK longest", strings.Repeat("ä", MaxPassword), strings.Repeat("ä", MaxPassword), ""},
		{"OK case and spaces stay", "  Correct  Horse ", "  Correct  Horse ", ""},
		{"OK composed", "passwo\u0308rter", "passwörter", ""},
		{"OK other spaces", "correct\u00a0horse", "correct horse", ""},
		{"ErrEmpty", "", "", meeting.CodeInvalid},
		{"ErrShort", "012345678", "", meeting.CodeInvalid},
		{"ErrShortInRunes", "ääääääääa", "", meeting.CodeInvalid},
		{"ErrLong", strings.Repeat("x", MaxPassword+1), "", meeting.CodeInvalid},
		{"ErrControl", "canary\x00canary", "", meeting.CodeInvalid},
		{"ErrNotText", "canary\xffcanary", "", meeting.CodeInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := normalize(tt.password)
			if got != tt.want || meeting.CodeOf(err) != tt.code {
				t.Errorf("normalize(%q) = %q, %v; want %q, code %q", tt.password, got, err, tt.want, tt.code)
			}
			if err != nil && strings.Contains(err.Error(), "canary") {
				t.Errorf("the error quotes the password: %v", err)
			}
		})
	}
}

func TestHash(t *testing.T) {
	h := newHasher(quick, 1)
	ctx := t.Context()
	first, err := h.hash(ctx, "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	second, err := h.hash(ctx, "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if first == second {
		t.Error("two hashes of one password are equal: no salt")
	}
	if !strings.HasPrefix(first, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Errorf("hash %q, want a PHC string", first)
	}
	for _, tt := range []struct {
		name, phc, password string
		want                bool
	}{
		{"OK", first, "correct horse", true},
		{"ErrOther", first, "correct horsf", false},
		{"ErrEmpty", first, "", false},
		{"ErrNoUser", "", "correct horse", false},
		{"ErrNoUserEmpty", "", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := h.check(ctx, tt.phc, tt.password)
			if got != tt.want || err != nil {
				t.Errorf("check = %v, %v; want %v", got, err, tt.want)
			}
		})
	}
	t.Run("OK after the cost was raised", func(t *testing.T) {
		dearer := newHasher(Cost{Passes: 2, Memory: 128, Lanes: 2}, 1)
		if ok, err := dearer.check(ctx, first, "correct horse"); !ok || err != nil {
			t.Errorf("check of an older hash = %v, %v; want true", ok, err)
		}
	})
}

// TestKnownHash checks a hash from the tests of the reference implementation
// (phc-winner-argon2, src/test.c).
func TestKnownHash(t *testing.T) {
	const phc = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	h := newHasher(DefaultCost, 1)
	if ok, err := h.check(t.Context(), phc, "password"); !ok || err != nil {
		t.Errorf("check of a foreign hash = %v, %v; want true", ok, err)
	}
}

func TestDefaultCostIsTheDocumentedOne(t *testing.T) {
	want := Cost{Passes: 3, Memory: 64 * 1024, Lanes: 1}
	if diff := cmp.Diff(want, newHasher(DefaultCost, 1).cost); diff != "" {
		t.Errorf("cost (-want +got):\n%s", diff)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, phc := range map[string]string{
		"ErrEmpty":     "",
		"ErrOther":     "$2a$10$abcdefghijklmnopqrstuv",
		"ErrArgon2i":   "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8",
		"ErrVersion":   "$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8",
		"ErrCost":      "$argon2id$v=19$m=64,t=0,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8",
		"ErrCostShape": "$argon2id$v=19$t=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8",
		"ErrSalt":      "$argon2id$v=19$m=64,t=1,p=1$!$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8",
		"ErrShortTag":  "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAA",
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, _, err := decode(phc); err == nil {
				t.Errorf("decode(%q) succeeded", phc)
			}
		})
	}
}

// TestNobodyCostsAsMuchAsSomebody holds that the time of an answer does not tell
// whether a user exists. The least of several runs is free of the noise.
func TestNobodyCostsAsMuchAsSomebody(t *testing.T) {
	h := newHasher(Cost{Passes: 2, Memory: 8 << 10, Lanes: 1}, 1)
	phc, err := h.hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	least := func(phc string) time.Duration {
		best := time.Hour
		for range 9 {
			begin := time.Now()
			if ok, err := h.check(t.Context(), phc, "wrong horse"); ok || err != nil {
				t.Fatalf("check = %v, %v", ok, err)
			}
			best = min(best, time.Since(begin))
		}
		return best
	}
	somebody, nobody := least(phc), least("")
	if nobody < somebody/2 || nobody > somebody*2 {
		t.Errorf("a wrong name takes %v, a wrong password %v", nobody, somebody)
	}
}

func TestHashesWaitTheirTurn(t *testing.T) {
	h := newHasher(quick, 1)
	h.turns <- struct{}{} // another hash runs
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.hash(ctx, "correct horse"); meeting.CodeOf(err) != meeting.CodeUnavailable {
		t.Errorf("hash while waiting in vain: %v, want unavailable", err)
	}
	for range cap(h.waiting) {
		h.waiting <- struct{}{}
	}
	if _, err := h.hash(t.Context(), "correct horse"); meeting.CodeOf(err) != meeting.CodeUnavailable {
		t.Errorf("hash behind a full queue: %v, want unavailable", err)
	}
	<-h.turns
	for range cap(h.waiting) {
		<-h.waiting
	}
	if _, err := h.hash(t.Context(), "correct horse"); err != nil {
		t.Errorf("hash when it is quiet again: %v", err)
	}
}
