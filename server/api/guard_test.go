package api_test

import (
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/api"
	"github.com/roundel-meet/roundel/server/limit"
	"github.com/roundel-meet/roundel/server/store"
)

func TestOtherSitesAreRefused(t *testing.T) {
	f := newFixture(t, plenty())
	_, cookie := f.mustClaim(t)
	for _, tt := range []struct {
		name   string
		header map[string]string
		want   int
	}{
		{"OK script without headers", nil, 201},
		{"OK same origin", map[string]string{"Sec-Fetch-Site": "same-origin"}, 201},
		{"OK same origin, old browser", map[string]string{"Origin": "https://meet.example"}, 201},
		{"ErrCrossSite", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"ErrSameSite", map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		{"ErrOtherOrigin", map[string]string{"Origin": "https://evil.example"}, 403},
		{"ErrNullOrigin", map[string]string{"Origin": "null"}, 403},
		{"ErrFormUTF8", map[string]string{"Content-Type": "text/plain;charset=UTF-8"}, 415},
		{"ErrForm", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, 415},
		{"ErrFormData", map[string]string{"Content-Type": "multipart/form-data; boundary=x"}, 415},
		{"ErrNoType", map[string]string{"Content-Type": ""}, 415},
		{"ErrBadType", map[string]string{"Content-Type": "application/json, text/plain"}, 415},
		{"OK charset", map[string]string{"Content-Type": "application/json; charset=utf-8"}, 201},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := f.do(t, call{method: "POST", path: "/meetings", body: `{}`, cookie: cookie, header: tt.header})
			if a.StatusCode != tt.want {
				t.Fatalf("status %d, want %d: %s", a.StatusCode, tt.want, a.text)
			}
			if tt.want == 403 {
				if p := a.problem(t); p.Code != "forbidden" || p.Detail != "This request came from another site." {
					t.Errorf("problem %s", a.text)
				}
			}
		})
	}
	t.Run("ErrCrossSiteSignOut", func(t *testing.T) {
		a := f.do(t, call{method: "DELETE", path: "/session", cookie: cookie, header: map[string]string{"Sec-Fetch-Site": "cross-site"}})
		if a.StatusCode != 403 || f.who(t, cookie, "") == nil {
			t.Errorf("another site signed somebody out: %d", a.StatusCode)
		}
	})
	t.Run("OK reading", func(t *testing.T) {
		a := f.do(t, call{method: "GET", path: "/info", header: map[string]string{"Sec-Fetch-Site": "cross-site"}})
		if a.StatusCode != 200 || a.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("status %d, headers %v; want 200 that the other site cannot read", a.StatusCode, a.Header)
		}
	})
}

func TestBodiesAreLimited(t *testing.T) {
	f := newFixture(t, plenty())
	token := f.user(t, "Anna", store.RoleMember)
	big := `{"title":"` + strings.Repeat("x", 16<<10) + `"}`
	for _, chunked := range []bool{false, true} {
		a := f.do(t, call{method: "POST", path: "/meetings", token: token, body: big, chunked: chunked})
		p := a.problem(t)
		if p.Status != 413 || p.Code != "too_large" || p.Detail != "The request is larger than 16 KiB." {
			t.Errorf("chunked %v: %s", chunked, a.text)
		}
	}
	if a := f.do(t, call{method: "POST", path: "/meetings", token: token, body: `{}`, chunked: true}); a.StatusCode != 201 {
		t.Errorf("a small body in chunks: %d %s", a.StatusCode, a.text)
	}
}

func TestUnknownOperations(t *testing.T) {
	f := newFixture(t, plenty())
	for _, c := range []call{
		{method: "GET", path: ""},
		{method: "GET", path: "/"},
		{method: "GET", path: "/users"},
		{method: "PUT", path: "/info", body: "{}"},
		{method: "GET", path: "/docs"},
		{method: "GET", path: "/schemas/Info.json"},
	} {
		if p := f.do(t, c).problem(t); p.Status != 404 || p.Code != "not_found" {
			t.Errorf("%s %q: %d %s, want 404 not_found", c.method, c.path, p.Status, p.Code)
		}
	}
}

// strict allows two of everything in an hour, but any number of requests.
func strict() *api.Limits {
	l := plenty()
	two := limit.Rate{Burst: 2, Every: time.Hour}
	l.SignIn, l.Name, l.Claim, l.Miss, l.Create = two, two, two, two, two
	return l
}

func TestRateLimits(t *testing.T) {
	signIn := func(name string) string {
		return mustJSON(t, wire.SignIn{Name: name, Password: password})
	}
	from := func(ip string) func(call) call {
		return func(c call) call { c.ip = ip; return c }
	}
	home, roommate, elsewhere := from("[2001:db8::1]:1"), from("[2001:db8::2]:1"), from("[2001:db8:0:1::1]:1")
	claim := call{method: "POST", path: "/owner", body: mustJSON(t, wire.Claim{Token: "canary", Name: "Erin", Password: password})}
	miss := call{method: "GET", path: "/meetings/0000000000"}
	try := func(name string) call { return call{method: "POST", path: "/session", body: signIn(name)} }

	f := newFixture(t, strict())
	anna, ben := f.user(t, "Anna", store.RoleMember), f.user(t, "Ben", store.RoleMember)
	m := f.mustCreate(t, anna, `{}`)
	found := call{method: "GET", path: "/meetings/" + m.Number}
	create := func(token string) call { return call{method: "POST", path: "/meetings", body: `{}`, token: token} }
	for _, tt := range []struct {
		name string
		call call
		want int
	}{
		{"claim", home(claim), 403},
		{"claim", home(claim), 403},
		{"claim, over the limit", home(claim), 429},
		{"claim, same /64", roommate(claim), 429},
		{"claim, elsewhere", elsewhere(claim), 403},

		{"sign-in by address", home(try("n1")), 401},
		{"sign-in by address", home(try("n2")), 401},
		{"sign-in by address, over the limit", home(try("n3")), 429},
		{"sign-in by address, same /64", roommate(try("n4")), 429},
		{"sign-in by name", from("192.0.2.10:1")(try("Anna")), 401},
		{"sign-in by name", from("192.0.2.11:1")(try(" aNNa ")), 401},
		{"sign-in by name, over the limit", from("192.0.2.12:1")(try("Anna")), 429},
		{"sign-in by name, another spelling", from("192.0.2.13:1")(try("ＡＮＮＡ")), 429},
		{"sign-in by name, nobody's", from("192.0.2.14:1")(try("nobody")), 401},
		{"sign-in by name, nobody's", from("192.0.2.15:1")(try("nobody")), 401},
		{"sign-in by name, nobody's, over the limit", from("192.0.2.16:1")(try("Nobody")), 429},

		{"look-up hits", home(found), 200},
		{"look-up hits", home(found), 200},
		{"look-up hits are not counted", home(found), 200},
		{"look-up misses", home(miss), 404},
		{"look-up misses", home(miss), 404},
		{"look-up misses, over the limit", home(miss), 429},
		{"look-up hits tell a guesser nothing either", roommate(found), 429},
		{"look-up elsewhere", elsewhere(found), 200},

		{"create", create(anna), 201},
		{"create, over the limit", create(anna), 429},
		{"create by another", create(ben), 201},
	} {
		a := f.do(t, tt.call)
		if a.StatusCode != tt.want {
			t.Errorf("%s: status %d, want %d: %s", tt.name, a.StatusCode, tt.want, a.text)
		}
		if a.StatusCode == 429 {
			if p := a.problem(t); p.Code != "rate_limited" || a.Header.Get("Retry-After") != "3600" {
				t.Errorf("%s: code %q, Retry-After %q; want rate_limited, 3600", tt.name, p.Code, a.Header.Get("Retry-After"))
			}
		}
	}
}

func TestRequestsAreLimited(t *testing.T) {
	l := plenty()
	l.Requests = limit.Rate{Burst: 3, Every: time.Hour}
	f := newFixture(t, l)
	var got []int
	for range 4 {
		got = append(got, f.do(t, call{method: "GET", path: "/info"}).StatusCode)
	}
	got = append(got, f.do(t, call{method: "GET", path: "/info", ip: "192.0.2.2:1"}).StatusCode)
	if diff := cmp.Diff([]int{200, 200, 200, 429, 200}, got); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

func TestDefaultLimitsLetATeamIn(t *testing.T) {
	f := newFixture(t, nil)
	token := f.user(t, "Anna", store.RoleMember)
	m := f.mustCreate(t, token, `{}`)
	for range 150 { // all from one address
		for _, path := range []string{"/info", "/meetings/" + m.Number} {
			if a := f.do(t, call{method: "GET", path: path}); a.StatusCode != 200 {
				t.Fatalf("%s: %d %s", path, a.StatusCode, a.text)
			}
		}
	}
}

func TestFaultsStayInside(t *testing.T) {
	const neutral = "Something failed on the server. Please try again."
	t.Run("panic", func(t *testing.T) {
		f := newFixture(t, plenty())
		token := f.user(t, "Anna", store.RoleMember)
		m := f.mustCreate(t, token, `{}`)
		f.rooms.onEnd = func() { panic("canary: " + token) }
		p := f.do(t, call{method: "DELETE", path: "/meetings/" + m.Number, token: token}).problem(t)
		if p.Status != 500 || p.Code != "internal" || p.Detail != neutral {
			t.Errorf("problem %+v", p)
		}
		log := f.log.String()
		if !strings.Contains(log, "API request panicked") || !strings.Contains(log, "endMeeting") || strings.Contains(log, token) {
			t.Errorf("the log lacks the stack or has the token:\n%s", log)
		}
	})
	t.Run("abort", func(t *testing.T) {
		f := newFixture(t, plenty())
		token := f.user(t, "Anna", store.RoleMember)
		m := f.mustCreate(t, token, `{}`)
		f.rooms.onEnd = func() { panic(http.ErrAbortHandler) }
		defer func() {
			if v := recover(); v != http.ErrAbortHandler {
				t.Errorf("recovered %v, want ErrAbortHandler", v)
			}
		}()
		f.do(t, call{method: "DELETE", path: "/meetings/" + m.Number, token: token})
		t.Error("the abort was swallowed")
	})
	t.Run("database", func(t *testing.T) {
		f := newFixture(t, plenty())
		if err := f.store.Close(); err != nil {
			t.Fatal(err)
		}
		for _, c := range []call{
			{method: "GET", path: "/info"},
			{method: "GET", path: "/info", token: "rdl_canary"},
			{method: "GET", path: "/info", cookie: canary},
			{method: "GET", path: "/meetings/1234567890"},
			{method: "POST", path: "/owner", body: `{"token":"canary","name":"canary","password":"canary-password"}`},
			{method: "POST", path: "/session", body: `{"name":"canary","password":"canary-password"}`},
			{method: "DELETE", path: "/session", cookie: canary},
		} {
			before := len(f.log.String())
			p := f.do(t, c).problem(t)
			if p.Status != 500 || p.Code != "internal" || p.Detail != neutral {
				t.Errorf("%s %s: problem %+v", c.method, c.path, p)
			}
			if log := f.log.String()[before:]; !strings.Contains(log, "database is closed") {
				t.Errorf("%s %s: the log lacks the cause: %q", c.method, c.path, log)
			}
		}
	})
}

func TestStatusOfEveryCode(t *testing.T) {
	for code, want := range map[meeting.Code]int{
		meeting.CodeInvalid: 400, meeting.CodeUnauthenticated: 401, meeting.CodeForbidden: 403,
		meeting.CodeNotFound: 404, meeting.CodeConflict: 409, meeting.CodeTooLarge: 413,
		meeting.CodeRateLimited: 429, meeting.CodeUnavailable: 503, meeting.CodeInternal: 500,
		meeting.CodeUnknownType: 400, meeting.CodeVersion: 400, meeting.CodePasscodeRequired: 403,
		meeting.CodePasscodeWrong: 403, meeting.CodeLocked: 403, meeting.CodeBanned: 403,
		meeting.CodeDenied: 403, meeting.CodeRemoved: 403, meeting.CodeEnded: 410,
		meeting.CodeNotStarted: 409, meeting.CodeReplaced: 409, meeting.CodeFull: 409, "new": 500,
	} {
		if got := api.Status(code); got != want {
			t.Errorf("Status(%q) = %d, want %d", code, got, want)
		}
	}
}

var update = flag.Bool("update", false, "write testdata/openapi.json anew")

// TestOpenAPI keeps the document in view: a change of the API is a change of the
// golden file.
func TestOpenAPI(t *testing.T) {
	f := newFixture(t, plenty())
	got := f.do(t, call{method: "GET", path: "/openapi.json"})
	if got.StatusCode != 200 {
		t.Fatalf("status %d", got.StatusCode)
	}
	const golden = "testdata/openapi.json"
	pretty := indent(t, got.text)
	if *update {
		if err := os.WriteFile(golden, []byte(pretty), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), pretty); diff != "" {
		t.Errorf("the document has changed; go test ./server/api -update writes it anew (-want +got):\n%s", diff)
	}
}

// TestSlowBody needs a real connection: a client that does not send what it
// promised must not hold a request for ever.
func TestSlowBody(t *testing.T) {
	f := newFixture(t, plenty())
	server := httptest.NewServer(f)
	defer server.Close()
	body, write := io.Pipe()
	defer func() { _ = write.Close() }()
	r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+api.Base+"/session", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	begin := time.Now()
	res, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if took := time.Since(begin); res.StatusCode != 408 || took > 10*time.Second {
		t.Errorf("status %d after %v, want 408 within 10 s", res.StatusCode, took)
	}
}
