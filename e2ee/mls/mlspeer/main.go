// Mlspeer drives e2ee/mls by lines, so that another implementation of MLS can be
// tried against ours: one process plays any number of clients, the other side
// plays more, and all are to end up with the same secrets. It is a tool for
// interoperability tests, not a client: it keeps no promise about its keys.
//
// Each line on stdin is a request {"Op","ID","Args":[…]}, each line on stdout its
// answer {"out":[…]} or {"err":"…"}; ID names the client, bytes are lower-case
// hex. Messages are MLSMessage (RFC 9420 6), the group id is "group", credentials
// are basic, Welcome and GroupInfo carry the ratchet tree.
//
//	new suite [identity]   a client; its identity is ID unless given
//	kp                     → its key package
//	create                 a group of one
//	invite keyPackage      → commit, welcome
//	join welcome
//	gi                     → group info
//	extjoin groupInfo      → commit
//	process message        a commit or proposal of another member
//	update                 → commit
//	remove identity        → commit
//	export label           → exported secret, epoch authenticator
//	epoch                  → epoch in decimal
//	send text              → private message
//	recv message           → text
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"
)

// maxLine is the longest line read: a message in hex with room around it.
const maxLine = 32 << 20

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

type request struct {
	Op   string
	ID   string
	Args []string
}

// An answer is either of these.
type (
	success struct {
		Out []string `json:"out"`
	}
	failure struct {
		Err string `json:"err"`
	}
)

// serve answers every line of in until it ends.
func serve(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	encoder := json.NewEncoder(out)
	clients := map[string]*client{}
	for lines.Scan() {
		if err := encoder.Encode(respond(clients, lines.Bytes())); err != nil {
			return err
		}
	}
	return lines.Err()
}

// respond runs one request and returns its answer.
func respond(clients map[string]*client, line []byte) any {
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return failure{err.Error()}
	}
	out, err := perform(clients, asked)
	if err != nil {
		return failure{err.Error()}
	}
	return success{append([]string{}, out...)}
}

var errNoClient = errors.New("no such client")

func perform(clients map[string]*client, asked request) ([]string, error) {
	if asked.Op == "new" {
		made, err := newClient(asked.ID, asked.Args)
		if err == nil {
			clients[asked.ID] = made
		}
		return nil, err
	}
	c := clients[asked.ID]
	if c == nil {
		return nil, errNoClient
	}
	return c.run(asked.Op, asked.Args)
}
