// Package webui serves the built web client: its page on every route that the
// client knows, its files with the caching and compression that each allows,
// and the headers that tell a browser what the page may do. It knows nothing of
// the API.
package webui

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

const index = "index.html"

// assets is the folder whose file names have a hash of their content, as Vite
// writes it: what is there never changes under its name.
const assets = "assets/"

// types are the media types of what a build has. The machine's own table is not
// asked: it differs from machine to machine.
var types = map[string]string{
	".css":         "text/css; charset=utf-8",
	".html":        "text/html; charset=utf-8",
	".ico":         "image/vnd.microsoft.icon",
	".js":          "text/javascript; charset=utf-8",
	".json":        "application/json",
	".mp3":         "audio/mpeg",
	".ogg":         "audio/ogg",
	".png":         "image/png",
	".svg":         "image/svg+xml",
	".txt":         "text/plain; charset=utf-8",
	".wasm":        "application/wasm",
	".webmanifest": "application/manifest+json",
	".webp":        "image/webp",
	".woff2":       "font/woff2",
}

// encodings are the compressed forms a file may lie beside, the smaller first.
var encodings = []struct{ name, suffix string }{{"br", ".br"}, {"gzip", ".gz"}}

// file is what is known of one file before it is asked for.
type file struct {
	name string
	mime string
	tag  string   // entity tag without quotes; "" in the assets folder
	has  []string // names of the encodings it lies there in
}

// UI serves a built client. All of it is immutable after New.
type UI struct {
	files  fs.FS
	byPath map[string]*file
	page   *file
}

// New serves files, the output of a build; placeholder names the page for "/"
// when they have no index.html. The error is one of reading files.
func New(files fs.FS, placeholder string) (*UI, error) {
	u := &UI{files: files, byPath: map[string]*file{}}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name == placeholder || isEncoded(name) {
			return err
		}
		u.byPath["/"+name], err = u.describe(name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the web client: %w", err)
	}
	if u.page = u.byPath["/"+index]; u.page == nil {
		if u.page, err = u.describe(placeholder); err != nil {
			return nil, fmt.Errorf("read the web client: %w", err)
		}
	}
	return u, nil
}

// isEncoded reports whether name is the compressed form of a file beside it.
func isEncoded(name string) bool {
	for _, e := range encodings {
		if strings.HasSuffix(name, e.suffix) {
			return true
		}
	}
	return false
}

func (u *UI) describe(name string) (*file, error) {
	f := &file{name: name, mime: types[path.Ext(name)]}
	if f.mime == "" {
		f.mime = "application/octet-stream"
	}
	for _, e := range encodings {
		if _, err := fs.Stat(u.files, name+e.suffix); err == nil {
			f.has = append(f.has, e.name)
		}
	}
	if !strings.HasPrefix(name, assets) {
		content, err := fs.ReadFile(u.files, name)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(content)
		f.tag = hex.EncodeToString(sum[:12])
	}
	return f, nil
}

// ServeHTTP answers GET and HEAD: a file by its name, the page for what the
// client's own router resolves, and the page with status 404 for anything else,
// for the client to say so.
func (u *UI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "The web client's files can only be read.", http.StatusMethodNotAllowed)
		return
	}
	f, ok := u.byPath[r.URL.Path]
	switch {
	case ok && f != u.page:
		u.serve(w, r, f)
	case isRoute(r.URL.Path):
		u.serve(w, r, u.page)
	case strings.HasPrefix(r.URL.Path, "/"+assets):
		// A page of an older build asks for its files: it must not get HTML for script.
		http.Error(w, "There is no such file.", http.StatusNotFound)
	default:
		u.serve(statusWriter{w}, r, u.page)
	}
}

// isRoute reports whether path is one that the client's router has a screen for
// (web/src/app/router.ts).
func isRoute(path string) bool {
	path = strings.TrimRight(path, "/")
	switch path {
	case "", "/claim", "/signin", "/left":
		return true
	}
	number, ok := strings.CutPrefix(path, "/j/")
	return ok && number != "" && !strings.Contains(number, "/")
}

// statusWriter turns a found page into one that says "not found".
type statusWriter struct{ http.ResponseWriter }

// WriteHeader writes 404 in place of 200.
func (w statusWriter) WriteHeader(status int) {
	if status == http.StatusOK {
		status = http.StatusNotFound
	}
	w.ResponseWriter.WriteHeader(status)
}

func (u *UI) serve(w http.ResponseWriter, r *http.Request, f *file) {
	h := w.Header()
	h.Set("Content-Type", f.mime)
	if f.tag == "" {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	name, tag := f.name, f.tag
	if len(f.has) > 0 {
		h.Set("Vary", "Accept-Encoding")
		if encoding, suffix := choose(r.Header.Get("Accept-Encoding"), f.has); encoding != "" {
			h.Set("Content-Encoding", encoding)
			name += suffix
			tag += suffix
		}
	}
	if f.tag != "" {
		h.Set("ETag", `"`+tag+`"`)
	}
	content, err := u.files.Open(name)
	if err != nil {
		http.Error(w, "The file cannot be read.", http.StatusInternalServerError)
		return
	}
	defer content.Close()
	seeker, ok := content.(io.ReadSeeker)
	if !ok {
		http.Error(w, "The file cannot be read.", http.StatusInternalServerError)
		return
	}
	http.ServeContent(w, r, name, time.Time{}, seeker)
}

// choose returns the first of encodings that lies there and that the client
// accepts (RFC 9110, 12.5.3), or "".
func choose(accept string, has []string) (name, suffix string) {
	for _, e := range encodings {
		for _, h := range has {
			if h == e.name && accepts(accept, e.name) {
				return e.name, e.suffix
			}
		}
	}
	return "", ""
}

func accepts(header, encoding string) bool {
	for item := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(item, ";")
		if !strings.EqualFold(strings.TrimSpace(name), encoding) {
			continue
		}
		q, ok := strings.CutPrefix(strings.ReplaceAll(weight, " ", ""), "q=")
		return !ok || strings.Trim(q, "0.") != ""
	}
	return false
}
