// Package audit looks for what a server must not have: it scans files, folders,
// captures of the network and the memory of a process for texts and keys that
// were planted in a meeting, and for media that anyone could decode. It proves
// presence, never absence: a finding is a leak, none is a good sign.
//
// It knows nothing of meetings; whoever calls it says what was planted.
package audit

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// chunk is how much is looked at in one go, in bytes; overlap is what two looks
// share, so that nothing hides on the border between them.
const (
	chunk   = 4 << 20
	overlap = 64 << 10
)

// maxNeedle bounds a planted secret, in bytes, so that each of its encodings
// fits into the overlap.
const maxNeedle = 4 << 10

// Finding is one place where something was found. It names the secret and never
// quotes it.
type Finding struct {
	Where    string `json:"where"`    // a file's path, or "process N"
	Offset   int64  `json:"offset"`   // in bytes; in a process, the address
	What     string `json:"what"`     // the needle's name, or the kind of media
	Encoding string `json:"encoding"` // raw, utf16le, hex, base64; "" for media
}

// Report is what an audit saw.
type Report struct {
	Findings []Finding `json:"findings"`
	More     int       `json:"more"`  // findings beyond the bound of one place and secret
	Bytes    int64     `json:"bytes"` // how much was looked at
	Places   int       `json:"places"`
	Skipped  []string  `json:"skipped"` // what could not be read, with the reason
}

// perPlace is how many findings of one secret in one place are listed.
const perPlace = 5

// Auditor scans one place after the other and adds to its Report. It is not for
// concurrent use.
type Auditor struct {
	Report Report

	index *index
	media bool
	seen  map[Finding]int // by place, what and encoding
}

// New returns an Auditor for the needles. With media it also looks for frames
// and headers of common codecs that are not inside a shell of RFC 9605 frames.
// It fails when a needle is too short to mean anything or too long.
func New(needles []Needle, media bool) (*Auditor, error) {
	a := &Auditor{media: media, seen: map[Finding]int{}, Report: Report{Findings: []Finding{}, Skipped: []string{}}}
	var patterns []pattern
	for _, n := range needles {
		if len(n.Bytes) < minNeedle || len(n.Bytes) > maxNeedle {
			return nil, fmt.Errorf("%q has %d bytes; between %d and %d can be looked for", n.Name, len(n.Bytes), minNeedle, maxNeedle)
		}
		patterns = append(patterns, n.patterns()...)
	}
	a.index = newIndex(patterns)
	return a, nil
}

// Path scans a file, or every regular file below a folder. What cannot be read
// is listed as skipped; it fails only when nothing is there.
func (a *Auditor) Path(root string) error {
	if _, err := os.Stat(root); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			a.skip(path, err)
			return nil
		case !entry.Type().IsRegular():
			return nil
		}
		file, err := os.Open(path)
		if err != nil {
			a.skip(path, err)
			return nil
		}
		defer file.Close()
		if err := a.Reader(path, file); err != nil {
			a.skip(path, err)
		}
		return nil
	})
}

// Reader scans what r gives, under the name where.
func (a *Auditor) Reader(where string, r io.Reader) error {
	a.Report.Places++
	return a.scan(where, 0, r)
}

// scan looks at r in overlapping chunks; base is the offset of its first byte.
func (a *Auditor) scan(where string, base int64, r io.Reader) error {
	buf := make([]byte, 0, chunk+overlap)
	fresh := 0 // where the bytes begin that have not been looked at
	for {
		n, err := io.ReadFull(r, buf[len(buf):min(len(buf)+chunk, cap(buf))])
		buf = buf[:len(buf)+n]
		a.Report.Bytes += int64(n)
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			a.look(where, base, buf, fresh)
			return fmt.Errorf("read: %w", err)
		}
		a.look(where, base, buf, fresh)
		if last {
			return nil
		}
		keep := min(overlap, len(buf))
		base += int64(len(buf) - keep)
		copy(buf, buf[len(buf)-keep:])
		buf, fresh = buf[:keep], keep
	}
}

// look lists what ends after fresh in b.
func (a *Auditor) look(where string, base int64, b []byte, fresh int) {
	for at, p := range a.index.all(b, fresh) {
		a.found(Finding{Where: where, Offset: base + int64(at), What: p.what, Encoding: p.encoding})
	}
	if !a.media {
		return
	}
	for _, s := range signatures {
		for at := range s.all(b, fresh) {
			a.found(Finding{Where: where, Offset: base + int64(at), What: s.what})
		}
	}
}

func (a *Auditor) found(f Finding) {
	same := f
	same.Offset = 0
	if a.seen[same]++; a.seen[same] > perPlace {
		a.Report.More++
		return
	}
	a.Report.Findings = append(a.Report.Findings, f)
}

func (a *Auditor) skip(where string, err error) {
	a.Report.Skipped = append(a.Report.Skipped, where+": "+err.Error())
}
