package journeys

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/e2ee/mls"
	"github.com/roundel-meet/roundel/e2ee/session"
	"github.com/roundel-meet/roundel/server/group/grouptest"
)

// capable has the client say that it takes part in end-to-end encryption.
func (p *person) capable() *person {
	p.options.Features = []string{wire.FeatureE2EE}
	return p
}

// watch joins, or waits in the lobby, and collects every event.
func (p *person) watch(number string) *person {
	p.t.Helper()
	var err error
	if p.session, err = client.Dial(testContext(p.t), p.options); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = p.session.Close() })
	p.m, err = p.session.JoinWatched(testContext(p.t), wire.Join{Number: number, Name: p.name}, func(e client.Event) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.events = append(p.events, e)
	})
	p.does(err)
	return p
}

// asks sends a request of the delivery service that has to succeed.
func asks[T any](p *person, typ string, body any) (reply T) {
	p.t.Helper()
	p.does(p.session.Request(testContext(p.t), typ, body, &reply))
	return reply
}

// committed reports whether p was told of the commit for an epoch.
func (p *person) committed(epoch uint64, welcome bool) bool {
	return p.saw(wire.TypeGroupCommitted, func(e client.Event) bool {
		c := e.Body.(wire.GroupCommitted)
		return c.Epoch == epoch && (c.Welcome != nil) == welcome
	})
}

// TestDeliveryService walks a group through the real program: opened, joined from
// the lobby, moved on by large commits while somebody is away, and encrypted.
func TestDeliveryService(t *testing.T) {
	const name = "a group"
	made := createMeeting(t, &meeting.Settings{Lobby: true, JoinBeforeHost: true})
	owner := newPerson(t, "Olga").asOwner().capable().watch(made.Number)
	card := storeCard(t, owner, made)

	if got := asks[wire.GroupReply](owner, wire.TypeGroupOpen, wire.GroupOpen{Info: grouptest.Info(name, 0)}); !got.Accepted {
		t.Fatalf("opening: %+v", got)
	}
	cutter := newWireCutter(t)
	ann := newPerson(t, "Ann").capable()
	ann.options.Server = cutter.url()
	ann.watch(made.Number)
	lobby, waits := ann.m.Lobby()
	if !waits || !bytes.Equal(lobby.Card, card) || lobby.Self == "" {
		t.Fatalf("in the lobby: %v, %+v", waits, lobby)
	}
	asks[wire.Empty](ann, wire.TypeGroupKnock, wire.GroupKnock{KeyPackage: bytes.Repeat([]byte("k"), 3000)})
	eventually(t, "the host sees the knock", func() bool {
		return owner.saw(wire.TypeGroupKnocks, func(e client.Event) bool {
			list := e.Body.(wire.GroupKnocks).Knocks
			return len(list) == 1 && list[0].Participant == lobby.Self && list[0].Lobby
		})
	})
	asks[wire.GroupReply](owner, wire.TypeGroupCommit, wire.GroupCommit{
		Epoch: 0, Commit: grouptest.Commit(name, 0, 0), Info: grouptest.Info(name, 1), Welcome: []byte("welcome"), Added: []string{lobby.Self},
	})
	ann.does(ann.m.Admitted(testContext(t)))
	eventually(t, "Ann gets her Welcome", func() bool { return ann.committed(0, true) })
	if ann.id() != lobby.Self {
		t.Errorf("she waited as %s and is %s", lobby.Self, ann.id())
	}

	cutter.Cut(true)
	eventually(t, "Ann is away", func() bool {
		return owner.saw(wire.TypeParticipantChanged, func(e client.Event) bool {
			p := e.Body.(wire.ParticipantEvent).Participant
			return p.ID == ann.id() && p.Disconnected
		})
	})
	large := bytes.Repeat([]byte{0}, 600<<10)
	for epoch := uint64(1); epoch < 5; epoch++ {
		commit := append(grouptest.Commit(name, epoch, 0), large...)
		info := append(grouptest.Info(name, epoch+1), large...)
		if got := asks[wire.GroupReply](owner, wire.TypeGroupCommit, wire.GroupCommit{Epoch: epoch, Commit: commit, Info: info}); !got.Accepted {
			t.Fatalf("a large commit: %+v", got)
		}
	}
	cutter.Mend()
	eventually(t, "Ann has caught up", func() bool { return ann.committed(1, false) && ann.committed(4, false) })
	if got := asks[wire.GroupState](ann, wire.TypeGroupFetch, wire.Empty{}); got.Epoch != 5 || len(got.Info) < len(large) {
		t.Errorf("the state is of epoch %d with %d bytes", got.Epoch, len(got.Info))
	}

	asks[wire.E2EEPrepared](owner, wire.TypeE2EEPrepare, wire.Empty{})
	asks[wire.Empty](owner, wire.TypeE2EEReport, wire.E2EEReport{On: true, Epoch: 5})
	old := newPerson(t, "Old")
	if err := old.knock(wire.Join{Number: made.Number}); meeting.CodeOf(err) != meeting.CodeE2EERequired {
		t.Errorf("a client that cannot take part: %v", err)
	}
	if err := ann.m.Chat(testContext(t), "", "in clear"); meeting.CodeOf(err) != meeting.CodeE2EEOn {
		t.Errorf("clear chat: %v", err)
	}
	asks[wire.Empty](ann, wire.TypeGroupSend, wire.GroupSend{Message: grouptest.Private(name, 5, 1)})
	eventually(t, "the host gets the message", func() bool {
		return owner.saw(wire.TypeGroupMessages, func(e client.Event) bool {
			list := e.Body.(wire.GroupMessages).Messages
			return len(list) == 1 && list[0].From == ann.id()
		})
	})
	size := shareFile(t, owner, ann, made.Number)
	if n := filesOf(t, size); n != 1 {
		t.Errorf("%d files of this meeting on the disk, want 1", n)
	}
	owner.does(owner.m.End(testContext(t)))
	eventually(t, "the file is gone with the meeting", func() bool { return filesOf(t, size) == 0 })
}

// filesOf counts what the server keeps with this size: other journeys share the
// server and have files of other sizes.
func filesOf(t *testing.T, size int) (n int) {
	t.Helper()
	kept, err := filepath.Glob(filepath.Join(house.Data, "files", "meeting-*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range kept {
		if info, err := os.Stat(path); err == nil && info.Size() == int64(size) {
			n++
		}
	}
	return n
}

// storeCard stores a true card of the meeting, and checks what guests are told.
func storeCard(t *testing.T, owner *person, made wire.Meeting) []byte {
	t.Helper()
	card := &session.Card{MeetingID: made.ID, Version: 1, LinkNumber: 1, Suite: mls.XWing}
	if err := card.SignCard(bytes.Repeat([]byte{7}, 32)); err != nil {
		t.Fatal(err)
	}
	raw, err := card.Encode()
	if err != nil {
		t.Fatal(err)
	}
	owner.does(owner.session.PutCard(testContext(t), made.Number, wire.CardUpdate{Card: raw}))
	if err := owner.session.PutCard(testContext(t), made.Number, wire.CardUpdate{Card: raw}); meeting.CodeOf(err) != meeting.CodeConflict {
		t.Errorf("the same version again: %v", err)
	}
	info, err := owner.session.MeetingInfo(testContext(t), made.Number)
	if err != nil || !bytes.Equal(info.Card, raw) {
		t.Errorf("a guest is told %+v, %v", info, err)
	}
	return raw
}

// shareFile has one upload what the other downloads.
func shareFile(t *testing.T, from, to *person, number string) (size int) {
	t.Helper()
	sealed := bytes.Repeat([]byte("sealed by the sender's device "), 100_001)
	status, answer := fileRequest(t, http.MethodPost, "/api/v1/meetings/"+number+"/files", from.m.State().Seat, sealed)
	var file wire.File
	if err := json.Unmarshal(answer, &file); err != nil || status != http.StatusCreated {
		t.Fatalf("upload: %d %s", status, answer)
	}
	path := "/api/v1/meetings/" + number + "/files/" + file.ID
	if status, got := fileRequest(t, http.MethodGet, path, to.m.State().Seat, nil); status != http.StatusOK || !bytes.Equal(got, sealed) {
		t.Errorf("download: %d with %d bytes", status, len(got))
	}
	if status, _ := fileRequest(t, http.MethodGet, path, "", nil); status != http.StatusForbidden {
		t.Errorf("download without a seat: %d", status)
	}
	return len(sealed)
}

func fileRequest(t *testing.T, method, path, seat string, body []byte) (status int, answer []byte) {
	t.Helper()
	pem, err := os.ReadFile(house.CA)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	defer transport.CloseIdleConnections()
	r, err := http.NewRequestWithContext(testContext(t), method, house.URL+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(wire.SeatHeader, seat)
	resp, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err = io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, answer
}
