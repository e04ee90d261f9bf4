package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/roundel-meet/roundel/core/wire"
)

// signIn STATUS SERVER NAME PASSWORD VAR signs in as a browser does, and sets VAR
// to the session cookie, NAME=VALUE.
func signIn(ts *testscript.TestScript, _ bool, args []string) {
	client, err := trusting(ts.MkAbs("data/ca.crt"))
	ts.Check(err)
	defer client.CloseIdleConnections()
	body, err := json.Marshal(wire.SignIn{Name: args[2], Password: args[3]})
	ts.Check(err)
	resp, err := client.Post(args[1]+"/api/v1/session", "application/json", bytes.NewReader(body))
	ts.Check(err)
	ts.Check(resp.Body.Close())
	if strconv.Itoa(resp.StatusCode) != args[0] {
		ts.Fatalf("signing in: status %d, want %s", resp.StatusCode, args[0])
	}
	for _, c := range resp.Cookies() {
		ts.Setenv(args[4], c.Name+"="+c.Value)
	}
}

// asUser SERVER COOKIE ROLE checks whom the server takes the owner of a session
// cookie for; the role "" is a guest's.
func asUser(ts *testscript.TestScript, _ bool, args []string) {
	client, err := trusting(ts.MkAbs("data/ca.crt"))
	ts.Check(err)
	defer client.CloseIdleConnections()
	req, err := http.NewRequest(http.MethodGet, args[0]+"/api/v1/info", nil)
	ts.Check(err)
	req.Header.Set("Cookie", args[1])
	resp, err := client.Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	var info wire.Info
	ts.Check(json.NewDecoder(resp.Body).Decode(&info))
	got := ""
	if info.User != nil {
		got = info.User.Role
	}
	if got != args[2] {
		ts.Fatalf("the server takes the cookie for %q, want %q", got, args[2])
	}
}
