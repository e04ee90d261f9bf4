package room

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/wire"
)

func TestEventLog(t *testing.T) {
	small, large := json.RawMessage(`{}`), json.RawMessage(`"`+strings.Repeat("x", logBytes/4)+`"`)
	tests := []struct {
		name  string
		adds  int
		body  json.RawMessage
		after uint64
		want  int // events that follow
		whole bool
	}{
		{"Nothing", 0, small, 0, 0, true},
		{"All", 3, small, 0, 3, true},
		{"Some", 3, small, 2, 1, true},
		{"UpToDate", 3, small, 3, 0, true},
		{"NotYet", 3, small, 4, 0, false},
		{"FullByCount", logEvents + 5, small, 5, logEvents, true},
		{"OverByCount", logEvents + 5, small, 4, 0, false},
		{"FullByBytes", 9, large, 6, 3, true},
		{"OverByBytes", 9, large, 5, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var l eventLog
			for range tt.adds {
				l.add(wire.TypeRelay, tt.body)
			}
			missed, whole := l.after(tt.after)
			if len(missed) != tt.want || whole != tt.whole {
				t.Fatalf("%d events follow, %v; want %d, %v", len(missed), whole, tt.want, tt.whole)
			}
			for i, m := range missed {
				if diff := cmp.Diff(tt.after+uint64(i)+1, m.Seq); diff != "" {
					t.Errorf("seq (-want +got):\n%s", diff)
				}
			}
			if len(l.kept) > logEvents || cap(l.kept) > 3*logEvents {
				t.Errorf("%d events are kept in an array of %d", len(l.kept), cap(l.kept))
			}
		})
	}
}
