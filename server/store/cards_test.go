package store_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/server/store"
)

func TestSaveCard(t *testing.T) {
	conform(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		anna := mustUser(t, f.Store, "Anna", store.RoleMember)
		m, other := mustMeeting(t, f.Store, anna, "One"), mustMeeting(t, f.Store, anna, "Other")
		steps := []struct {
			name    string
			card    []byte
			version uint32
			e2ee    bool
			want    meeting.Code
		}{
			{"OK", []byte{1, 0, 0xff}, 1, false, ""},
			{"ErrSameVersion", []byte("again"), 1, true, meeting.CodeConflict},
			{"OKHigher", []byte("encrypted"), 7, true, ""},
			{"ErrLower", []byte("old"), 6, false, meeting.CodeConflict},
			{"OKHighest", make([]byte, 8<<10), 1<<32 - 1, false, ""},
			{"ErrNoHigher", []byte("x"), 0, true, meeting.CodeConflict},
		}
		want := m
		for _, step := range steps {
			if err := f.SaveCard(ctx, m.ID, step.card, step.version, step.e2ee); meeting.CodeOf(err) != step.want {
				t.Errorf("%s: %v, want %q", step.name, err, step.want)
			}
			if step.want == "" {
				want.Card, want.E2EE = step.card, step.e2ee
			}
			got, err := f.reopen(t).MeetingByNumber(ctx, m.Number)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: meeting (-want +got):\n%s", step.name, diff)
			}
		}
		if got, err := f.Meeting(ctx, other.ID); err != nil || got.Card != nil || got.E2EE {
			t.Errorf("another meeting is %+v, %v", got, err)
		}
		if err := f.EndMeeting(ctx, other.ID); err != nil {
			t.Fatal(err)
		}
		for name, id := range map[string]string{"ended": other.ID, "unknown": "nobody"} {
			if err := f.SaveCard(ctx, id, []byte("x"), 9, false); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
