// Package arch holds the structure of the module in a table: which floor each
// package stands on and which edges are forbidden. Its tests walk the import
// graph; nothing else imports it.
package arch

import "strings"

// Module is the path that all packages of the table are below.
const Module = "github.com/roundel-meet/roundel"

// floors lists the folders from the ground up. A package may import packages of
// its own entry and of entries with a lower level, never of a higher one.
// Entries of the same level do not see each other.
var floors = []struct {
	prefix string
	level  int
}{
	{"core/meeting", 0},
	{"core", 1},
	{"e2ee", 2},
	{"media/codec", 3},
	{"media/transport", 4},
	{"media/sdp", 4},
	{"media/packet", 4},
	{"media/descriptor", 4},
	{"media/congestion", 4},
	{"media", 5},
	{"gateway", 6},
	{"client", 6},
	{"web", 6},
	{"server", 7},
	{"cmd", 8},
	{"bench", 8},
	{"test", 9},
	{"internal", 9},
}

// forbidden are edges that no chain of imports may make, with the reason that a
// failing test prints. From and to are folders of the module or, for to, import
// paths of other modules.
var forbidden = []struct{ from, to, why string }{
	{"server", "e2ee", "the server must contain no code that could decrypt"},
	{"gateway", "e2ee", "the server must contain no code that could decrypt"},
	{"media", "e2ee", "the server must contain no code that could decrypt"},
	{"cmd/roundel", "e2ee", "the server must contain no code that could decrypt"},
	{"server", "client", "the server is not a client"},
	{"cmd/roundel", "client", "the server is not a client"},
	{"media", "server", "packets know no rooms"},
	{"cmd/roundel", "github.com/pion/webrtc", "our own answerer drives ice, dtls and srtp"},
	{"cmd/roundel", "github.com/pion/interceptor", "the packet path is ours"},
	{"client", "server", "a client knows the wire, not the server"},
	{"cmd/roundelctl", "server", "a client knows the wire, not the server"},
}

// level returns the floor of a package path relative to the module, by the
// longest prefix of the table, and that prefix; ok is false for a package that
// the table does not know.
func level(rel string) (prefix string, floor int, ok bool) {
	for _, f := range floors {
		if within(rel, f.prefix) && len(f.prefix) >= len(prefix) {
			prefix, floor, ok = f.prefix, f.level, true
		}
	}
	return prefix, floor, ok
}

// within reports whether path is folder or below it.
func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}
