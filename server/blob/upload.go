package blob

import (
	"os"
	"path/filepath"

	"github.com/roundel-meet/roundel/core/meeting"
)

// Upload is a file on its way to the disk. It is for one goroutine. It ends with
// Commit or Abort.
type Upload struct {
	store   *Store
	files   *files
	owner   string
	id      string
	file    *os.File
	written int64
	counted int64 // of the quotas: what was announced, or what was written
	done    bool
}

// Create begins a file of a participant. Size is what the client announces, and
// counts at once; -1 when it does not say.
func (s *Store) Create(meetingID, owner string, size int64) (*Upload, error) {
	if size > s.limits.File {
		return nil, errTooLarge
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f, err := s.of(meetingID, owner)
	if err != nil {
		return nil, err
	}
	size = max(size, 0)
	o := f.owners[owner]
	switch {
	case o.uploads >= s.limits.Uploads:
		return nil, errBusy
	case o.files >= s.limits.OwnerFiles || f.total.files >= s.limits.MeetingFiles || !s.fits(f, owner, size):
		return nil, errFull
	}
	id := newID()
	file, err := os.OpenFile(filepath.Join(f.dir, id), os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return nil, meeting.Wrap(meeting.CodeUnavailable, err, errDisk)
	}
	o.uploads++
	s.take(f, owner, size, 1)
	return &Upload{store: s, files: f, owner: owner, id: id, file: file, counted: size}, nil
}

// Write implements io.Writer. An Error says which limit was reached, or that the
// meeting is over.
func (u *Upload) Write(p []byte) (int, error) {
	if err := u.reserve(int64(len(p))); err != nil {
		return 0, err
	}
	n, err := u.file.Write(p)
	u.written += int64(n)
	if err != nil {
		return n, meeting.Wrap(meeting.CodeUnavailable, err, errDisk)
	}
	return n, nil
}

// reserve counts what goes beyond what is counted already.
func (u *Upload) reserve(more int64) error {
	s := u.store
	s.mu.Lock()
	defer s.mu.Unlock()
	over := u.written + more - u.counted
	switch {
	case u.files.gone:
		return errGone
	case u.written+more > s.limits.File:
		return errTooLarge
	case over <= 0:
		return nil
	case !s.fits(u.files, u.owner, over):
		return errFull
	}
	s.take(u.files, u.owner, over, 0)
	u.counted += over
	return nil
}

// Commit makes the file available and returns its id and size.
func (u *Upload) Commit() (id string, size int64, err error) {
	if err := u.file.Close(); err != nil {
		u.Abort()
		return "", 0, meeting.Wrap(meeting.CodeUnavailable, err, errDisk)
	}
	s := u.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.files.gone {
		u.done = true
		return "", 0, errGone
	}
	u.end(u.written-u.counted, 0)
	u.files.kept[u.id] = u.owner
	u.files.sizes[u.id] = u.written
	return u.id, u.written, nil
}

// Abort removes what there is of the file. After Commit it does nothing.
func (u *Upload) Abort() {
	if u.done {
		return
	}
	_ = u.file.Close()
	u.store.mu.Lock()
	defer u.store.mu.Unlock()
	if u.files.gone {
		u.done = true
		return
	}
	_ = os.Remove(u.file.Name())
	u.end(-u.counted, -1)
}

// end gives back the place of an upload and corrects what is counted. It needs mu.
func (u *Upload) end(bytes int64, count int) {
	u.done = true
	u.files.owners[u.owner].uploads--
	u.store.take(u.files, u.owner, bytes, count)
}
