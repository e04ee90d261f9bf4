package shield_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/shield"
)

// testCase is one entry of testdata/cases.json, which the web client's twin
// reads as well. Want is compared as JSON so that both languages mean the same.
type testCase struct {
	Name  string          `json:"name"`
	Input shield.Input    `json:"input"`
	Want  json.RawMessage `json:"want"`
}

func TestCompute(t *testing.T) {
	for _, tc := range MustCases(t) {
		t.Run(tc.Name, func(t *testing.T) {
			got, err := json.Marshal(shield.Compute(tc.Input))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(MustObject(t, tc.Want), MustObject(t, got)); diff != "" {
				t.Errorf("view (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSentences holds that every sentence has a case: the list of ids in the
// file is what translations are checked against.
func TestSentences(t *testing.T) {
	seen := map[string]bool{}
	for _, tc := range MustCases(t) {
		seen[shield.Compute(tc.Input).Sentence.ID] = true
	}
	for _, id := range []string{
		shield.SentenceCheck, shield.SentenceExceptions, shield.SentenceOffline,
		shield.SentenceTransforms, shield.SentenceMismatch, shield.SentenceMissing,
		shield.SentenceLock, shield.SentenceTurningOn, shield.SentenceTurningOff, shield.SentenceJoining,
		shield.SentenceUnverified, shield.SentenceDevice, shield.SentenceSelf, shield.SentenceWorker, shield.SentenceRefused,
		shield.SentenceUnanswered, shield.SentenceNotInside, shield.SentenceSilent, shield.SentenceDisagree,
		shield.SentenceCutOff, shield.SentenceClosed, shield.SentenceGroupDoubts,
	} {
		if !seen[id] {
			t.Errorf("no case shows %s", id)
		}
		delete(seen, id)
	}
	for id := range seen {
		t.Errorf("a case shows %s, which has no name", id)
	}
}

// TestNoWeakCheck holds the one promise that matters: whatever else is true, a
// leg outside the strong lists never stands under a check mark or a lock.
func TestNoWeakCheck(t *testing.T) {
	for _, tc := range MustCases(t) {
		for i := range tc.Input.Legs {
			in := tc.Input
			in.Legs = append([]shield.Leg(nil), in.Legs...)
			in.Legs[i].Leg.Signalling.Suite = "TLS_NULL_WITH_NULL_NULL"
			if got := shield.Compute(in).State; got == shield.Check || got == shield.Lock {
				t.Errorf("%s: leg %d without encryption stands under %q", tc.Name, i, got)
			}
		}
	}
}

func MustCases(tb testing.TB) []testCase {
	tb.Helper()
	data, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		tb.Fatal(err)
	}
	var file struct {
		Cases []testCase `json:"cases"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		tb.Fatal(err)
	}
	if len(file.Cases) == 0 {
		tb.Fatal("no cases")
	}
	return file.Cases
}

func MustObject(tb testing.TB, data []byte) map[string]any {
	tb.Helper()
	var object map[string]any
	if err := json.Unmarshal(data, &object); err != nil {
		tb.Fatal(err)
	}
	return object
}
