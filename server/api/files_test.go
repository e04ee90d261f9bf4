package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/api"
)

const filesPath = api.Base + "/meetings/1234567890/files"

// served is the API behind a real connection, and a seat in a meeting.
func served(t *testing.T) (*fixture, *httptest.Server) {
	f := newFixture(t, plenty())
	f.rooms.seats["secret"] = "ann"
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return f, server
}

type fileCall struct {
	method, path, seat string
	body               io.Reader
	header             map[string]string
}

func send(t *testing.T, server *httptest.Server, c fileCall) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), c.method, server.URL+c.path, c.body)
	if err != nil {
		t.Fatal(err)
	}
	if c.seat != "" {
		r.Header.Set(wire.SeatHeader, c.seat)
	}
	for k, v := range c.header {
		r.Header.Set(k, v)
	}
	resp, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, data
}

func TestFileThereAndBack(t *testing.T) {
	f, server := served(t)
	content := []byte("<html><script>alert(1)</script>" + strings.Repeat("0123456789", 100_000))
	resp, data := send(t, server, fileCall{"POST", filesPath, "secret", bytes.NewReader(content), map[string]string{"Content-Type": "text/html"}})
	var file wire.File
	if err := json.Unmarshal(data, &file); err != nil || resp.StatusCode != 201 || file.Size != len(content) {
		t.Fatalf("%d %s, %v", resp.StatusCode, data, err)
	}
	path := filesPath + "/" + file.ID
	resp, data = send(t, server, fileCall{method: "GET", path: path, seat: "secret"})
	if resp.StatusCode != 200 || !bytes.Equal(data, content) {
		t.Errorf("%d with %d bytes", resp.StatusCode, len(data))
	}
	for name, want := range map[string]string{
		"Content-Type": "application/octet-stream", "Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff",
		"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; sandbox", "Accept-Ranges": "bytes",
	} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	// A download that was interrupted goes on where it ended.
	resp, data = send(t, server, fileCall{"GET", path, "secret", nil, map[string]string{"Range": "bytes=1000000-", "If-Range": resp.Header.Get("ETag")}})
	if resp.StatusCode != 206 || !bytes.Equal(data, content[1_000_000:]) {
		t.Errorf("the rest: %d with %d bytes", resp.StatusCode, len(data))
	}
	resp, _ = send(t, server, fileCall{method: "HEAD", path: path, seat: "secret"})
	if resp.StatusCode != 200 || resp.ContentLength != int64(len(content)) {
		t.Errorf("HEAD: %d, %d bytes", resp.StatusCode, resp.ContentLength)
	}
	f.files.Drop("meeting 1234567890")
	if resp, _ = send(t, server, fileCall{method: "GET", path: path, seat: "secret"}); resp.StatusCode != 404 {
		t.Errorf("after the meeting: %d", resp.StatusCode)
	}
}

// endless is a body that goes on.
type endless struct{ n int64 }

func (e *endless) Read(p []byte) (int, error) { e.n += int64(len(p)); return len(p), nil }

func TestFilesAreRefused(t *testing.T) {
	f, server := served(t)
	body := func() io.Reader { return strings.NewReader("x") }
	tests := []struct {
		name string
		call fileCall
		want int
		code meeting.Code
	}{
		{"ErrNoSeat", fileCall{"POST", filesPath, "", body(), nil}, 403, meeting.CodeForbidden},
		{"ErrWrongSeat", fileCall{"POST", filesPath, "guess", body(), nil}, 403, meeting.CodeForbidden},
		{"ErrReadWithoutSeat", fileCall{"GET", filesPath + "/x", "", nil, nil}, 403, meeting.CodeForbidden},
		{"ErrNumber", fileCall{"POST", api.Base + "/meetings/12/files", "secret", body(), nil}, 400, meeting.CodeInvalid},
		{"ErrNoFile", fileCall{"GET", filesPath + "/AAAAAAAAAAAAAAAAAAAAAA", "secret", nil, nil}, 404, meeting.CodeNotFound},
		{"ErrPath", fileCall{"GET", filesPath + "/..%2f..%2froundel.db", "secret", nil, nil}, 404, meeting.CodeNotFound},
		{"ErrOtherSite", fileCall{"POST", filesPath, "secret", body(), map[string]string{"Sec-Fetch-Site": "cross-site"}}, 403, meeting.CodeForbidden},
		{"ErrAnnouncedTooLarge", fileCall{"POST", filesPath, "secret", &announced{wire.MaxFile + 1}, nil}, 413, meeting.CodeTooLarge},
		{"ErrEndless", fileCall{"POST", filesPath, "secret", &endless{}, nil}, 413, meeting.CodeTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resp, data := doFile(t, server, tt.call)
			var p api.Problem
			if err := json.Unmarshal(data, &p); err != nil || resp.StatusCode != tt.want || p.Code != string(tt.code) {
				t.Errorf("%d %s, %v; want %d %s", resp.StatusCode, data, err, tt.want, tt.code)
			}
		})
	}
	// Who loses the seat while the file comes has not uploaded it.
	leaving := &leaving{f.rooms}
	if resp, _ := doFile(t, server, fileCall{"POST", filesPath, "secret", leaving, nil}); resp.StatusCode != 403 {
		t.Errorf("without a seat at the end: %d", resp.StatusCode)
	}
}

// announced is a body with a length that nobody sends.
type announced struct{ size int64 }

func (a *announced) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// leaving is a body whose sender loses the seat.
type leaving struct{ rooms *rooms }

func (l *leaving) Read(p []byte) (int, error) {
	delete(l.rooms.seats, "secret")
	return copy(p, "x"), io.EOF
}

// doFile answers a call without a connection, so that a body may be anything.
func doFile(t *testing.T, server *httptest.Server, c fileCall) (*http.Response, []byte) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), c.method, c.path, c.body)
	if a, ok := c.body.(*announced); ok {
		r.ContentLength = a.size
	}
	r.Header.Set(wire.SeatHeader, c.seat)
	for k, v := range c.header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	server.Config.Handler.ServeHTTP(w, r)
	return w.Result(), w.Body.Bytes()
}
