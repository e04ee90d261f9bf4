package hostile

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/roundel-meet/roundel/core/wire"
)

// conversation is one signalling connection.
type conversation struct {
	asked map[json.Number]string // types of requests by their ids
	old   bool                   // began before the lie
}

// state is the newest GroupInfo that a member uploaded.
type state struct {
	epoch json.Number
	info  any
}

func (a *attacker) conversation(with any) *conversation {
	c := a.wires[with]
	if c == nil {
		c = &conversation{asked: map[json.Number]string{}}
		a.wires[with] = c
	}
	return c
}

func parse(data []byte) (map[string]any, bool) {
	var message map[string]any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	err := d.Decode(&message)
	return message, err == nil
}

// Heard sees what a client says.
func Heard(from any, data []byte) {
	message, ok := parse(data)
	if !ok {
		return
	}
	kind, _ := message["type"].(string)
	id, _ := message["id"].(json.Number)
	body, _ := message["body"].(map[string]any)
	it.mu.Lock()
	defer it.mu.Unlock()
	it.conversation(from).asked[id] = kind
	switch kind {
	case wire.TypeGroupOpen:
		it.newest = state{"0", body["info"]}
	case wire.TypeGroupCommit:
		epoch, _ := body["epoch"].(json.Number)
		if before, err := epoch.Int64(); err == nil && body["info"] != nil {
			it.newest = state{json.Number(strconv.FormatInt(before+1, 10)), body["info"]}
		}
	case wire.TypeGroupInfo:
		it.newest.epoch, _ = body["epoch"].(json.Number)
		it.newest.info = body["info"]
	}
}

// Say changes what the server says, or keeps it back.
func Say(to any, data []byte) (said []byte, ok bool) {
	it.mu.Lock()
	defer it.mu.Unlock()
	c := it.conversation(to)
	if it.words.Lie == "" || it.words.Lie == "stale" && c.old {
		return data, true
	}
	message, ok := parse(data)
	before, err := json.Marshal(message)
	if !ok || err != nil {
		return data, true
	}
	switch it.words.Lie {
	case "flags":
		flagsOff(message)
	case "swap":
		swap(message, it.words.Who)
	case "stale":
		if !it.stale(c, message) {
			it.told++
			return nil, false
		}
	}
	out, err := json.Marshal(message)
	if err != nil {
		return data, true
	}
	if !bytes.Equal(before, out) {
		it.told++
	}
	return out, true
}

// stale shows a newcomer the group as it was kept, takes whatever it commits
// there, and lets it hear nothing of the real one. It reports whether the message
// is told at all.
func (a *attacker) stale(c *conversation, message map[string]any) bool {
	switch kind, _ := message["type"].(string); kind {
	case wire.TypeGroupCommitted, wire.TypeGroupReopened, wire.TypeGroupMessages, wire.TypeGroupKnocks:
		return false
	}
	flagsOff(message)
	id, _ := message["id"].(json.Number)
	switch c.asked[id] {
	case wire.TypeGroupFetch:
		message["body"] = map[string]any{"exists": true, "epoch": a.kept.epoch, "info": a.kept.info, "queue": false}
	case wire.TypeGroupCommit:
		epoch, _ := a.kept.epoch.Int64()
		delete(message, "error")
		message["type"] = "ok"
		message["body"] = map[string]any{"accepted": true, "epoch": epoch + 1}
	}
	return true
}

// flagsOff sets whatever says that encryption is on, or that a client can
// encrypt, to the opposite.
func flagsOff(message any) {
	switch v := message.(type) {
	case []any:
		for _, item := range v {
			flagsOff(item)
		}
	case map[string]any:
		for key, value := range v {
			if _, flag := value.(bool); flag && key == "e2ee" {
				v[key] = false
			}
			if room, ok := value.(map[string]any); ok && key == "e2ee" {
				room["on"] = false
			}
			flagsOff(value)
		}
	}
}

// swap says of each slot of one of two participants that it plays the other.
func swap(message any, who []string) {
	switch v := message.(type) {
	case []any:
		for _, item := range v {
			swap(item, who)
		}
	case map[string]any:
		if _, slot := v["mid"]; slot && len(who) == 2 {
			switch v["participant"] {
			case who[0]:
				v["participant"] = who[1]
			case who[1]:
				v["participant"] = who[0]
			}
		}
		for _, value := range v {
			swap(value, who)
		}
	}
}

// Serve answers a request for a file that a test has put in the client's place.
func Serve(w http.ResponseWriter, r *http.Request) bool {
	it.mu.Lock()
	content, ok := it.files[r.URL.Path]
	it.mu.Unlock()
	if !ok {
		return false
	}
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(content))
	return true
}
