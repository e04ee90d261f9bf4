package webui

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// build is what a small client looks like after its build.
func build() fstest.MapFS {
	return fstest.MapFS{
		"placeholder.html":        {Data: []byte("not built")},
		"index.html":              {Data: []byte("page")},
		"index.html.br":           {Data: []byte("page-br")},
		"index.html.gz":           {Data: []byte("page-gz")},
		"icon.svg":                {Data: []byte("<svg/>")},
		"assets/index-B1.js":      {Data: []byte("script")},
		"assets/index-B1.js.gz":   {Data: []byte("script-gz")},
		"assets/worker-B2.js":     {Data: []byte("worker")},
		"assets/unknown-B3.thing": {Data: []byte("thing")},
	}
}

// MustNew serves files.
func MustNew(tb testing.TB, files fstest.MapFS) *UI {
	tb.Helper()
	u, err := New(files, "placeholder.html")
	if err != nil {
		tb.Fatal(err)
	}
	return u
}

// answer is what a test looks at of a response.
type answer struct {
	Status                       int
	Body, Type, Encoding, Vary   string
	Immutable, Revalidate, Entry bool
}

func ask(u *UI, method, path, accept string) (answer, http.Header) {
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Accept-Encoding", accept)
	w := httptest.NewRecorder()
	u.ServeHTTP(w, r)
	h := w.Header()
	return answer{
		Status: w.Code, Body: strings.TrimSpace(w.Body.String()),
		Type: h.Get("Content-Type"), Encoding: h.Get("Content-Encoding"), Vary: h.Get("Vary"),
		Immutable:  strings.Contains(h.Get("Cache-Control"), "immutable"),
		Revalidate: h.Get("Cache-Control") == "no-cache",
		Entry:      h.Get("ETag") != "",
	}, h
}

func TestServe(t *testing.T) {
	page := func(status int, body, encoding string) answer {
		return answer{
			Status: status, Body: body, Encoding: encoding, Type: "text/html; charset=utf-8",
			Vary: "Accept-Encoding", Revalidate: true, Entry: true,
		}
	}
	text := "text/plain; charset=utf-8"
	tests := []struct {
		name, method, path, accept string
		want                       answer
	}{
		{name: "OKHome", path: "/", want: page(200, "page", "")},
		{name: "ErrSecondName", path: "/index.html", want: page(404, "page", "")},
		{name: "OKJoin", path: "/j/1234567890", want: page(200, "page", "")},
		{name: "OKClaim", path: "/claim", want: page(200, "page", "")},
		{name: "OKSignIn", path: "/signin/", want: page(200, "page", "")},
		{name: "OKLeft", path: "/left", want: page(200, "page", "")},
		{name: "OKBrotli", path: "/", accept: "gzip, deflate, br, zstd", want: page(200, "page-br", "br")},
		{name: "OKGzip", path: "/", accept: "gzip;q=1.0", want: page(200, "page-gz", "gzip")},
		{name: "OKBrotliRefused", path: "/", accept: "br;q=0, gzip", want: page(200, "page-gz", "gzip")},
		{name: "OKHead", method: "HEAD", path: "/", want: page(200, "", "")},
		{name: "ErrUnknownPage", path: "/nowhere", want: page(404, "page", "")},
		{name: "ErrEncodedByName", path: "/index.html.br", want: page(404, "page", "")},
		{name: "ErrJoinNothing", path: "/j/", want: page(404, "page", "")},
		{name: "ErrJoinDeep", path: "/j/1/2", want: page(404, "page", "")},
		{
			name: "OKScript", path: "/assets/index-B1.js", accept: "br, gzip",
			want: answer{Status: 200, Body: "script-gz", Type: types[".js"], Encoding: "gzip", Vary: "Accept-Encoding", Immutable: true},
		},
		{
			name: "OKWorker", path: "/assets/worker-B2.js", accept: "br, gzip",
			want: answer{Status: 200, Body: "worker", Type: types[".js"], Immutable: true},
		},
		{
			name: "OKUnknownType", path: "/assets/unknown-B3.thing",
			want: answer{Status: 200, Body: "thing", Type: "application/octet-stream", Immutable: true},
		},
		{
			name: "OKIcon", path: "/icon.svg",
			want: answer{Status: 200, Body: "<svg/>", Type: types[".svg"], Revalidate: true, Entry: true},
		},
		{
			name: "ErrOldAsset", path: "/assets/index-A0.js",
			want: answer{Status: 404, Body: "There is no such file.", Type: text},
		},
		{
			name: "ErrPost", method: "POST", path: "/",
			want: answer{Status: 405, Body: "The web client's files can only be read.", Type: text},
		},
	}
	u := MustNew(t, build())
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			method := tt.method
			if method == "" {
				method = http.MethodGet
			}
			got, _ := ask(u, method, tt.path, tt.accept)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRevalidation(t *testing.T) {
	u := MustNew(t, build())
	_, plain := ask(u, http.MethodGet, "/", "")
	_, br := ask(u, http.MethodGet, "/", "br")
	if plain.Get("ETag") == br.Get("ETag") {
		t.Error("two encodings have one entity tag")
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("If-None-Match", plain.Get("ETag"))
	w := httptest.NewRecorder()
	u.ServeHTTP(w, r)
	if w.Code != http.StatusNotModified || w.Body.Len() > 0 {
		t.Errorf("got %d with %d bytes", w.Code, w.Body.Len())
	}
}

func TestNotBuilt(t *testing.T) {
	files := fstest.MapFS{"placeholder.html": {Data: []byte("not built")}}
	got, _ := ask(MustNew(t, files), http.MethodGet, "/", "")
	if got.Status != http.StatusOK || got.Body != "not built" {
		t.Errorf("got %+v", got)
	}
	if _, err := New(fstest.MapFS{}, "placeholder.html"); err == nil {
		t.Error("a client without any page was accepted")
	}
}

func TestSecure(t *testing.T) {
	for _, public := range []bool{false, true} {
		w := httptest.NewRecorder()
		Secure(http.NotFoundHandler(), func() bool { return public }).
			ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		h := w.Header()
		if got := h.Get("Strict-Transport-Security") != ""; got != public {
			t.Errorf("HSTS %v with a public certificate %v", got, public)
		}
		csp := h.Get("Content-Security-Policy")
		for _, directive := range []string{
			"default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "frame-ancestors 'none'",
			"require-trusted-types-for 'script'", "base-uri 'none'",
		} {
			if !strings.Contains("; "+csp+";", "; "+directive+";") {
				t.Errorf("no %q in %q", directive, csp)
			}
		}
		if strings.Contains(csp, "unsafe-inline") || strings.Contains(csp, "'unsafe-eval'") {
			t.Errorf("the policy lets inline code or eval in: %q", csp)
		}
		for header, want := range map[string]string{
			"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
			"Cross-Origin-Opener-Policy": "same-origin", "X-Frame-Options": "DENY",
		} {
			if got := h.Get(header); got != want {
				t.Errorf("%s: %q, want %q", header, got, want)
			}
		}
	}
}
