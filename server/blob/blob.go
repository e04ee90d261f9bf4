// Package blob keeps the files of live meetings on disk: bytes under a random id,
// within quotas, until the meeting is over. It never looks into them, keeps no
// names and survives no restart: what an earlier process has left is removed when
// a Store is opened.
package blob

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// Limits is how much is kept, in bytes and files.
type Limits struct {
	File         int64 // one file
	Meeting      int64 // all files of one meeting
	Owner        int64 // those of one participant in it
	Server       int64 // all there are
	MeetingFiles int
	OwnerFiles   int
	Uploads      int // of one participant at the same time
}

// DefaultLimits let everyone in a class share a few large files.
func DefaultLimits() Limits {
	return Limits{
		File: wire.MaxFile, Meeting: 2 << 30, Owner: 512 << 20, Server: 16 << 30,
		MeetingFiles: 1000, OwnerFiles: 100, Uploads: 4,
	}
}

var (
	errTooLarge = meeting.Errorf(meeting.CodeTooLarge, "The file is too large.")
	errFull     = meeting.Errorf(meeting.CodeFull, "There is no room for this file: the meeting's files have reached their limit.")
	errBusy     = meeting.Errorf(meeting.CodeRateLimited, "You are sending too many files at the same time.")
	errGone     = meeting.Errorf(meeting.CodeEnded, "The meeting is over.")
	errNoFile   = meeting.Errorf(meeting.CodeNotFound, "There is no such file.")
)

const errDisk = "The server cannot keep the file."

// Store has the files. It is safe for concurrent use.
type Store struct {
	dir    string // immutable
	limits Limits // immutable

	mu       sync.Mutex
	meetings map[string]*files // by meeting id
	total    int64             // bytes of all meetings, also of uploads under way
}

// files are those of one meeting. All of it is owned by Store.mu.
type files struct {
	dir    string
	kept   map[string]string // owner by id of a file
	sizes  map[string]int64  // by id
	owners map[string]*share
	total  share
	gone   bool
}

// share is what somebody has of the quotas.
type share struct {
	bytes   int64
	files   int
	uploads int
}

// Open makes the folder, for its owner alone, and removes what is in it.
func Open(dir string, limits Limits) (*Store, error) {
	if err := os.RemoveAll(dir); err != nil {
		return nil, fmt.Errorf("remove old files: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("folder for files: %w", err)
	}
	return &Store{dir: dir, limits: limits, meetings: map[string]*files{}}, nil
}

// Close removes all files. Uploads that are under way fail.
func (s *Store) Close() error {
	s.mu.Lock()
	for id := range s.meetings {
		s.forget(id)
	}
	s.mu.Unlock()
	return os.RemoveAll(s.dir)
}

// Drop removes the files of a meeting that is over.
func (s *Store) Drop(meetingID string) {
	s.mu.Lock()
	dir := s.forget(meetingID)
	s.mu.Unlock()
	if dir != "" {
		_ = os.RemoveAll(dir) // what cannot be removed now is removed at the next start
	}
}

// forget takes a meeting out and returns its folder, "" for none. It needs mu.
func (s *Store) forget(meetingID string) string {
	f := s.meetings[meetingID]
	if f == nil {
		return ""
	}
	delete(s.meetings, meetingID)
	f.gone = true
	s.total -= f.total.bytes
	return f.dir
}

// Open opens a file for reading; the caller closes it.
func (s *Store) Open(meetingID, id string) (*os.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.meetings[meetingID]
	if f == nil || f.kept[id] == "" {
		return nil, errNoFile
	}
	file, err := os.Open(filepath.Join(f.dir, id))
	if err != nil {
		return nil, fmt.Errorf("open a kept file: %w", err)
	}
	return file, nil
}

// Remove removes one file, if it is there.
func (s *Store) Remove(meetingID, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.meetings[meetingID]
	if f == nil || f.kept[id] == "" {
		return
	}
	s.take(f, f.kept[id], -f.sizes[id], -1)
	delete(f.kept, id)
	delete(f.sizes, id)
	_ = os.Remove(filepath.Join(f.dir, id))
}

// take counts bytes and files of an owner. It needs mu.
func (s *Store) take(f *files, owner string, bytes int64, count int) {
	o := f.owners[owner]
	for _, sh := range []*share{o, &f.total} {
		sh.bytes += bytes
		sh.files += count
	}
	s.total += bytes
	if *o == (share{}) {
		delete(f.owners, owner)
	}
}

// fits reports whether an owner may have so many bytes more. It needs mu.
func (s *Store) fits(f *files, owner string, bytes int64) bool {
	return f.owners[owner].bytes+bytes <= s.limits.Owner && f.total.bytes+bytes <= s.limits.Meeting &&
		s.total+bytes <= s.limits.Server
}

// of returns the files of a meeting with a share for owner. It needs mu.
func (s *Store) of(meetingID, owner string) (*files, error) {
	f := s.meetings[meetingID]
	if f == nil {
		dir, err := os.MkdirTemp(s.dir, "meeting-")
		if err != nil {
			return nil, meeting.Wrap(meeting.CodeUnavailable, err, errDisk)
		}
		f = &files{dir: dir, kept: map[string]string{}, sizes: map[string]int64{}, owners: map[string]*share{}}
		s.meetings[meetingID] = f
	}
	if f.owners[owner] == nil {
		f.owners[owner] = &share{}
	}
	return f, nil
}

// newID returns 128 random bits as text that fits in a path.
func newID() string {
	raw := make([]byte, 16)
	rand.Read(raw)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// fileMode is that of what is kept: for the server alone.
const fileMode fs.FileMode = 0o600
