package meeting

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestCleanName(t *testing.T) {
	for _, tt := range []struct{ name, in, want, wantErr string }{
		{"OK", "Ada", "Ada", ""},
		{"OK collapses space", "  Ada \t Lovelace\n", "Ada Lovelace", ""},
		{"OK keeps emoji joiners", "👩‍💻", "👩‍💻", ""},
		{"OK drops overrides", "Ada\u202eevil", "Adaevil", ""},
		{"OK drops a lone zero-width space", "A\u200bda", "Ada", ""},
		{"ErrEmpty", " \u200b ", "", "The name is empty."},
		{"ErrLong", strings.Repeat("ä", MaxName+1), "", "The name is longer than 64 characters."},
		{"ErrNotText", "\xff", "", "The name is not valid text."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := CleanName(tt.in)
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if tt.wantErr == "" && err == nil {
				return
			}
			if CodeOf(err) != CodeInvalid || MessageOf(err) != tt.wantErr {
				t.Errorf("got error %v, want %q", err, tt.wantErr)
			}
		})
	}
}

func FuzzCleanName(f *testing.F) {
	f.Add("Ada\u202e Lovelace\x00")
	f.Fuzz(func(t *testing.T, in string) {
		got, err := CleanName(in)
		if err != nil {
			return
		}
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > MaxName || got == "" {
			t.Fatalf("%q became %q", in, got)
		}
		if again, err := CleanName(got); err != nil || again != got {
			t.Fatalf("%q is not stable: %q, %v", got, again, err)
		}
	})
}

func TestParseNumber(t *testing.T) {
	for _, tt := range []struct {
		in, want string
		ok       bool
	}{
		{"1234567890", "1234567890", true},
		{"123 456-7890", "1234567890", true},
		{"123456789", "", false},
		{"12345678901", "", false},
		{"12345abcde", "", false},
		{"١٢٣٤٥٦٧٨٩٠", "", false},
		{"", "", false},
	} {
		got, err := ParseNumber(tt.in)
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("ParseNumber(%q) = %q, %v", tt.in, got, err)
		}
	}
}

func TestSettingsValidate(t *testing.T) {
	if err := DefaultSettings().Validate(); err != nil {
		t.Error(err)
	}
	s := Settings{Passcode: strings.Repeat("1", MaxPasscode+1)}
	if got := CodeOf(s.Validate()); got != CodeInvalid {
		t.Errorf("got %q", got)
	}
}

func TestSettingsKeepTheirNames(t *testing.T) {
	got, err := json.Marshal(Settings{Lobby: true, Passcode: "1"})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"lobby":true,"locked":false,"passcode":"1","joinBeforeHost":false,"takeover":false}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestErrorHidesItsCause(t *testing.T) {
	err := fmt.Errorf("saving: %w", Wrap(CodeUnavailable, io.ErrUnexpectedEOF, "The server is full."))
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("the cause is lost")
	}
	if got := MessageOf(err); got != "The server is full." {
		t.Errorf("a person would read %q", got)
	}
	if got := CodeOf(err); got != CodeUnavailable {
		t.Errorf("got %q", got)
	}
	if got := CodeOf(io.EOF); got != CodeInternal {
		t.Errorf("got %q", got)
	}
	if got := CodeOf(nil); got != "" {
		t.Errorf("got %q", got)
	}
	if got := MessageOf(io.EOF); strings.Contains(got, "EOF") {
		t.Errorf("internals in %q", got)
	}
}
