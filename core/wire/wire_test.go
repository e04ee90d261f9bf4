package wire

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTranscripts reads what both sides of the protocol once said and checks that
// this package still reads and writes it the same way, byte for byte. The
// server's tests make the transcripts.
func TestTranscripts(t *testing.T) {
	requests, events := map[string]Request{}, map[string]Event{}
	for _, r := range Requests() {
		requests[r.Type] = r
	}
	for _, e := range Events() {
		events[e.Type] = e
	}
	seen := map[string]bool{}
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		asked := map[string]map[uint64]Request{}
		for i, text := range strings.Split(strings.TrimSpace(string(data)), "\n") {
			if strings.HasPrefix(text, "#") {
				continue
			}
			parts := strings.SplitN(text, " ", 3)
			var m Message
			if err := json.Unmarshal([]byte(parts[2]), &m); err != nil {
				t.Fatalf("%s:%d: %v", file, i+1, err)
			}
			var sample any
			switch r, ok := requests[m.Type]; {
			case parts[1] == ">" && ok:
				sample = r.Body
				if asked[parts[0]] == nil {
					asked[parts[0]] = map[uint64]Request{}
				}
				asked[parts[0]][m.ID] = r
				seen[m.Type] = true
			case parts[1] == ">":
				sample = Empty{} // of a type this version does not know
			case m.Type == TypeError:
				sample = ErrorBody{}
			case m.Type == TypeOK:
				sample = asked[parts[0]][m.ID].Reply
			default:
				sample = events[m.Type].Body
				seen[m.Type] = true
			}
			if sample == nil {
				t.Fatalf("%s:%d: what is %s?", file, i+1, m.Type)
			}
			checkRoundTrip(t, m.Body, sample)
		}
	}
	for typ := range requests {
		if !seen[typ] {
			t.Errorf("no transcript has the request %s", typ)
		}
	}
	for typ := range events {
		if !seen[typ] {
			t.Errorf("no transcript has the event %s", typ)
		}
	}
}

// checkRoundTrip decodes raw into sample's type, strictly, and encodes it again.
func checkRoundTrip(t *testing.T, raw json.RawMessage, sample any) {
	t.Helper()
	value := reflect.New(reflect.TypeOf(sample))
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(value.Interface()); err != nil {
		t.Errorf("%s does not fit %T: %v", raw, sample, err)
		return
	}
	again, err := json.Marshal(value.Interface())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(raw), string(again)); diff != "" {
		t.Errorf("%T changed on its way (-read +written):\n%s", sample, diff)
	}
}

func TestTablesNameEachTypeOnce(t *testing.T) {
	seen := map[string]bool{TypeOK: true, TypeError: true}
	check := func(typ, doc string, bodies ...any) {
		if seen[typ] {
			t.Errorf("%s is there twice", typ)
		}
		seen[typ] = true
		if typ == "" || !strings.HasSuffix(doc, ".") {
			t.Errorf("%q says %q", typ, doc)
		}
		for _, body := range bodies {
			if body == nil {
				t.Errorf("%s has a part without a type", typ)
			}
		}
	}
	for _, r := range Requests() {
		check(r.Type, r.Doc, r.Body, r.Reply)
	}
	for _, e := range Events() {
		check(e.Type, e.Doc, e.Body)
	}
}
