package blob

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/roundel-meet/roundel/core/meeting"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func small() Limits {
	return Limits{File: 100, Meeting: 300, Owner: 200, Server: 400, MeetingFiles: 6, OwnerFiles: 4, Uploads: 2}
}

func mustOpen(tb testing.TB, limits Limits) *Store {
	tb.Helper()
	s, err := Open(filepath.Join(tb.TempDir(), "files"), limits)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
		if _, err := os.Stat(s.dir); !errors.Is(err, os.ErrNotExist) {
			tb.Errorf("after closing the folder is there: %v", err)
		}
	})
	return s
}

// put uploads size bytes and returns the id and the code of the failure.
func put(s *Store, meetingID, owner string, size int, announced int64) (string, meeting.Code) {
	u, err := s.Create(meetingID, owner, announced)
	if err != nil {
		return "", meeting.CodeOf(err)
	}
	defer u.Abort()
	for left := size; left > 0; left -= 7 {
		if _, err := u.Write(bytes.Repeat([]byte{'x'}, min(left, 7))); err != nil {
			return "", meeting.CodeOf(err)
		}
	}
	id, n, err := u.Commit()
	if err == nil && n != int64(size) {
		err = fmt.Errorf("%d bytes", n)
	}
	return id, meeting.CodeOf(err)
}

func TestLimits(t *testing.T) {
	type file struct {
		meeting, owner string
		size           int
		announced      int64
		want           meeting.Code
	}
	tests := []struct {
		name  string
		files []file
	}{
		{"OK", []file{{"m", "a", 100, 100, ""}, {"m", "a", 0, 0, ""}, {"m", "a", 50, -1, ""}, {"m", "a", 20, 10, ""}}},
		{"ErrAnnouncedTooLarge", []file{{"m", "a", 1, 101, meeting.CodeTooLarge}}},
		{"ErrTooLarge", []file{{"m", "a", 101, -1, meeting.CodeTooLarge}, {"m", "a", 101, 50, meeting.CodeTooLarge}}},
		{"ErrOwnersBytes", []file{{"m", "a", 100, 100, ""}, {"m", "a", 60, -1, ""}, {"m", "a", 41, 41, meeting.CodeFull}, {"m", "a", 41, -1, meeting.CodeFull}, {"m", "b", 41, 41, ""}}},
		{"ErrMeetingsBytes", []file{{"m", "a", 100, 100, ""}, {"m", "a", 100, -1, ""}, {"m", "b", 100, 100, ""}, {"m", "c", 1, 1, meeting.CodeFull}, {"n", "c", 1, 1, ""}}},
		{"ErrServersBytes", []file{{"m", "a", 100, 100, ""}, {"m", "b", 100, 100, ""}, {"n", "a", 100, 100, ""}, {"n", "b", 100, 100, ""}, {"o", "a", 1, 1, meeting.CodeFull}}},
		{"ErrOwnersFiles", []file{{"m", "a", 1, 1, ""}, {"m", "a", 1, 1, ""}, {"m", "a", 1, 1, ""}, {"m", "a", 1, 1, ""}, {"m", "a", 1, 1, meeting.CodeFull}, {"m", "b", 1, 1, ""}}},
		{"ErrMeetingsFiles", []file{{"m", "a", 1, 1, ""}, {"m", "a", 1, 1, ""}, {"m", "a", 1, 1, ""}, {"m", "b", 1, 1, ""}, {"m", "b", 1, 1, ""}, {"m", "b", 1, 1, ""}, {"m", "c", 1, 1, meeting.CodeFull}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := mustOpen(t, small())
			for i, f := range tt.files {
				if _, code := put(s, f.meeting, f.owner, f.size, f.announced); code != f.want {
					t.Errorf("file %d: %q, want %q", i, code, f.want)
				}
			}
		})
	}
}

func TestReadAndDrop(t *testing.T) {
	s := mustOpen(t, small())
	id, code := put(s, "m", "a", 33, -1)
	if code != "" || len(id) != 22 {
		t.Fatalf("%q, %q", id, code)
	}
	file, err := s.Open("m", id)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(file)
	if err != nil || len(got) != 33 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if info, _ := file.Stat(); info.Mode().Perm() != fileMode {
		t.Errorf("mode %v", info.Mode())
	}
	_ = file.Close()
	for name, key := range map[string][2]string{
		"another meeting": {"n", id}, "unknown": {"m", "x"}, "a path": {"m", "../" + id}, "nothing": {"m", ""},
	} {
		if _, err := s.Open(key[0], key[1]); meeting.CodeOf(err) != meeting.CodeNotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
	second, _ := put(s, "m", "a", 10, 10)
	s.Remove("m", second)
	s.Remove("m", second)
	if _, err := s.Open("m", second); meeting.CodeOf(err) != meeting.CodeNotFound {
		t.Errorf("a removed file: %v", err)
	}
	dir := s.meetings["m"].dir
	s.Drop("m")
	s.Drop("m")
	if _, err := s.Open("m", id); meeting.CodeOf(err) != meeting.CodeNotFound {
		t.Errorf("after the meeting: %v", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is left: %v", err)
	}
	if s.total != 0 {
		t.Errorf("%d bytes are counted", s.total)
	}
}

// TestUploadsUnderWay ends a meeting, or the upload, in the middle.
func TestUploadsUnderWay(t *testing.T) {
	s := mustOpen(t, small())
	begin := func(want meeting.Code) *Upload {
		t.Helper()
		u, err := s.Create("m", "a", 50)
		if meeting.CodeOf(err) != want {
			t.Fatalf("%v, want %q", err, want)
		}
		return u
	}
	first, second := begin(""), begin("")
	begin(meeting.CodeRateLimited)
	if _, err := s.Open("m", first.id); meeting.CodeOf(err) != meeting.CodeNotFound {
		t.Errorf("a file that is not whole: %v", err)
	}
	first.Abort()
	first.Abort()
	third := begin("")
	s.Drop("m")
	if _, err := second.Write([]byte("x")); meeting.CodeOf(err) != meeting.CodeEnded {
		t.Errorf("writing after the end: %v", err)
	}
	second.Abort()
	if _, _, err := third.Commit(); meeting.CodeOf(err) != meeting.CodeEnded {
		t.Errorf("committing after the end: %v", err)
	}
	third.Abort()
	if s.total != 0 || len(s.meetings) != 0 {
		t.Errorf("%d bytes, %d meetings", s.total, len(s.meetings))
	}
	left, err := os.ReadDir(s.dir)
	if err != nil || len(left) != 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}

func TestOpenEmptiesTheFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "files")
	if err := os.MkdirAll(filepath.Join(dir, "meeting-1"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "meeting-1", "old"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(dir, small())
	if err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(file, "files"), small()); err == nil {
		t.Error("a folder below a file was opened")
	}
}

// TestManyAtOnce has uploads, reads and ends of meetings race.
func TestManyAtOnce(t *testing.T) {
	s := mustOpen(t, Limits{File: 100, Meeting: 1 << 20, Owner: 1 << 20, Server: 1 << 20, MeetingFiles: 1000, OwnerFiles: 1000, Uploads: 100})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 50 {
				m := fmt.Sprint(j % 3)
				id, _ := put(s, m, fmt.Sprint(i), 50, -1)
				if f, err := s.Open(m, id); err == nil {
					_ = f.Close()
				}
				if j%10 == 9 {
					s.Drop(m)
				}
			}
		})
	}
	wg.Wait()
	for m := range 3 {
		s.Drop(fmt.Sprint(m))
	}
	if s.total != 0 {
		t.Errorf("%d bytes are counted", s.total)
	}
}
