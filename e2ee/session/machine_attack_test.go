package session

import (
	"crypto/ed25519"
	"errors"
	"testing"
	"time"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// meet brings a host and guests together.
func meet(t *testing.T, seed uint64, settings CardSettings, guests int) *sim {
	t.Helper()
	s := newSim(t, seed, simMeeting{settings: settings})
	s.add(simWho{host: true}).connect()
	s.run(time.Second)
	for range guests {
		s.add(simWho{}).connect()
		s.run(time.Second)
	}
	if !s.until(5*time.Second, s.settled) {
		t.Fatal("not settled", s.describe())
	}
	return s
}

func TestStaleGroupInfoReachesNobody(t *testing.T) {
	s := meet(t, 2, CardSettings{}, 2)
	s.checks.lies = true
	stale := GroupState{Exists: true, Epoch: s.service.epoch, Info: s.service.info}
	if err := s.clients[0].do(SwitchE2EE{On: true}); err != nil {
		t.Fatal(err)
	}
	s.run(2 * time.Second)
	// The service shows a newcomer the stretch without encryption, and takes
	// whatever it commits there.
	victim := s.add(simWho{})
	s.service.answer = func(from *simClient, e Effect) bool {
		if from != victim {
			return false
		}
		switch e := e.(type) {
		case Fetch:
			from.deliver(stale)
		case Commit:
			from.deliver(Reply{Ref: e.Ref, Accepted: true})
		}
		return true
	}
	victim.connect()
	for range 120 {
		s.run(time.Second)
		if victim.sends.Mode != Hold || victim.gets.Mode == ReceiveClear {
			t.Fatal("the newcomer trusts the stale group", victim.sends)
		}
		if err := victim.machine.Do(s.now, SendChat{Text: "secret"}); err == nil {
			t.Fatal("content leaves before an answer")
		}
	}
	if p := victim.machine.phase; p != PhaseProving && p != PhaseAlone && p != PhaseJoining {
		t.Fatal("phase", p)
	}
}

func TestTwoGroupsForOneMeeting(t *testing.T) {
	s := newSim(t, 3, simMeeting{})
	a, b := s.add(simWho{host: true}), s.add(simWho{})
	b.other = newSimService(s)
	everybody := func(*simClient, []Person) []Person {
		return []Person{{ID: a.id, Capable: true, Connected: true}, {ID: b.id, Capable: true, Connected: true}}
	}
	s.service.roster, b.other.roster = everybody, everybody
	a.connect()
	b.connect()
	s.run(30 * time.Second)
	for _, c := range s.clients {
		v := c.machine.View()
		if c.sends.Mode != Hold || v.Phase != PhaseAlone {
			t.Fatal(c.id, c.sends, v.Phase)
		}
		if len(v.People) != 2 || v.People[1].InTree {
			t.Fatal("the other is shown as a member", v.People)
		}
	}
	if a.machine.View().Codes[0].Code == b.machine.View().Codes[0].Code {
		t.Fatal("codes are equal")
	}
}

func TestStrangerIsUnverifiedUntilConfirmed(t *testing.T) {
	s := meet(t, 4, CardSettings{E2EE: true}, 2)
	host, guest := s.clients[0], s.clients[1]
	if !s.until(time.Second, func() bool { return guest.machine.View().Lock }) {
		t.Fatal("no lock before", guest.machine.View().Doubts)
	}
	stranger := s.add(simWho{nolink: true})
	stranger.connect()
	s.run(2 * time.Second)
	v := host.machine.View()
	if len(v.Waiting) != 1 || v.Waiting[0].Proof != ProofNone || v.Waiting[0].Digits != stranger.machine.View().Digits || v.Waiting[0].Digits == "" {
		t.Fatal("waiting", v.Waiting, stranger.machine.View().Digits)
	}
	if err := host.do(AdmitKnock{stranger.id}); err != nil {
		t.Fatal(err)
	}
	s.run(5 * time.Second)
	late := s.add(simWho{})
	late.connect()
	s.run(2 * time.Second)
	for _, c := range []*simClient{host, guest, late, stranger} {
		if c.machine.View().Lock {
			t.Fatal(c.id, "shows the lock with an unverified person")
		}
	}
	if err := host.do(ConfirmPerson{stranger.id}); err != nil {
		t.Fatal(err)
	}
	s.run(time.Second)
	for _, c := range []*simClient{host, guest, late} {
		if v := c.machine.View(); !v.Lock {
			t.Fatal(c.id, "no lock after the host's word", v.Doubts)
		}
	}
	later := s.add(simWho{})
	later.connect()
	s.run(2 * time.Second)
	if v := later.machine.View(); !v.Lock {
		t.Fatal("the confirmation was not handed over", v.Doubts)
	}
	if stranger.machine.View().Lock {
		t.Fatal("the stranger has compared nothing")
	}
	if err := stranger.do(ConfirmCode{stranger.machine.View().Codes[0].Epoch}); err != nil || !stranger.machine.View().Lock {
		t.Fatal("no lock after comparing", err, stranger.machine.View().Doubts)
	}
}

// Who came by the number alone computes a new link's secret like everybody, but
// has the root's hash from the server: a link with it would pass the doubt on to
// people who take it for the host's word.
func TestNoLinkOfWhoComparedNothing(t *testing.T) {
	s := meet(t, 6, CardSettings{}, 3)
	host, bad := s.clients[0], s.clients[2]
	stranger := s.add(simWho{nolink: true})
	stranger.connect()
	s.run(2 * time.Second)
	if err := host.do(AdmitKnock{stranger.id}); err != nil {
		t.Fatal(err)
	}
	s.run(5 * time.Second)
	if err := host.do(RemovePerson{ID: bad.id, Ban: true}); err != nil {
		t.Fatal(err)
	}
	s.run(2 * time.Second)
	if !stranger.machine.links.knows(2) {
		t.Fatal("the stranger does not know the new link's secret, so this shows nothing")
	}
	if i := stranger.machine.View().Invite; i != nil {
		t.Fatal("a link with a root that only the server named", i.LinkNumber)
	}
	if err := stranger.do(ConfirmCode{stranger.machine.View().Codes[0].Epoch}); err != nil {
		t.Fatal(err)
	}
	want := host.machine.View().Invite
	if i := stranger.machine.View().Invite; i == nil || i.Fragment() != want.Fragment() {
		t.Fatal("no link after comparing the code", i)
	}
}

func TestOwnGroupOfTheServerIsRefused(t *testing.T) {
	// A link holder waits in the lobby; the service answers with a group of its
	// own, made by somebody who has seen the card and no link.
	settings := CardSettings{Lobby: true}
	s := newSim(t, 6, simMeeting{settings: settings})
	s.service.lobby = true
	host := s.add(simWho{host: true})
	host.connect()
	s.run(time.Second)
	victim := s.add(simWho{})
	victim.connect()
	s.run(time.Second)
	if victim.machine.phase != PhaseKnocking {
		t.Fatal("phase", victim.machine.phase)
	}
	kp, err := mls.ParseKeyPackage(s.service.knocks[0].KeyPackage)
	if err != nil {
		t.Fatal(err)
	}
	// The strongest case: the group is the real one, and only the PSK is missing
	// or made up.
	for _, secret := range [][]byte{make([]byte, 32), []byte("guess")} {
		evil := host.machine.mlsConfig()
		evil.PSK = func([]byte) []byte { return secret }
		evil.Accept = nil
		state := FirstState(host.machine.card, host.machine.group.ID(), nil)
		extensions, err := GroupExtensions(state)
		if err != nil {
			t.Fatal(err)
		}
		key, err := mls.X25519AES128.GenerateKey()
		if err != nil {
			t.Fatal(err)
		}
		credential, err := NewCredential(testKey("server"), host.machine.cfg.MeetingID, state.GroupID, "p77", leafKey(key))
		if err != nil {
			t.Fatal(err)
		}
		group, err := mls.Create(mls.X25519AES128, state.GroupID, key, credential, extensions, evil)
		if err != nil {
			t.Fatal(err)
		}
		for _, proposals := range [][]mls.Proposal{{mls.Add(kp)}, {mls.Add(kp), mls.PSK(LinkPSKID(1))}} {
			staged, err := group.Commit(proposals...)
			if err != nil {
				t.Fatal(err)
			}
			var w writer
			w.u32(uint32(len(staged.Welcome)))
			w.raw(staged.Welcome)
			w.count(0)
			victim.handle(Committed{Epoch: 0, Commit: staged.Commit, Welcome: w.b})
			s.run(time.Second)
			if victim.machine.group != nil || victim.sends.Mode != Hold {
				t.Fatal("the victim has joined the server's group")
			}
		}
	}
}

func TestBannedComeBackToTheLobbyOnly(t *testing.T) {
	s := meet(t, 7, CardSettings{}, 3)
	host, bad := s.clients[0], s.clients[2]
	if err := host.do(RemovePerson{ID: bad.id, Ban: true}); err != nil {
		t.Fatal(err)
	}
	s.run(time.Second)
	if bad.machine.phase != PhaseRefused {
		t.Fatal("phase", bad.machine.phase)
	}
	bad.leave()
	// With another device key and the link it knows.
	again := s.add(simWho{})
	again.connect()
	s.run(20 * time.Second)
	if again.machine.phase != PhaseKnocking {
		t.Fatal("phase", again.machine.phase, again.machine.reason)
	}
	if w := host.machine.View().Waiting; len(w) != 1 || w[0].Proof != ProofOldLink || w[0].Name != "Name of "+again.id {
		t.Fatal("waiting", w)
	}
	// With the new link.
	invited := s.add(simWho{})
	invited.invite = host.machine.View().Invite
	if invited.invite == nil || invited.invite.LinkNumber != 2 {
		t.Fatal("no new link", invited.invite)
	}
	invited.boot()
	invited.connect()
	if !s.until(10*time.Second, func() bool { return invited.machine.phase == PhaseIn }) {
		t.Fatal("the new link does not work", s.describe())
	}
	s.run(time.Second)
	for _, p := range invited.machine.View().People {
		if p.InTree && p.Standing != StandingLink {
			t.Fatal("earlier links were not handed over", p.ID, p.Standing)
		}
	}
}

func TestStateOfANonHostIsRefused(t *testing.T) {
	s := meet(t, 8, CardSettings{E2EE: true}, 3)
	bad := s.clients[1]
	m := bad.machine
	next := m.state.Next(m.cfg.Device)
	next.E2EE = false
	next.SetHost(Host{Device: m.cfg.Device})
	w := next.body()
	signature, err := KeyDevice(bad.device).Sign(tuple(labelState, w.b))
	if err != nil {
		t.Fatal(err)
	}
	next.Signature = signature
	extensions, err := GroupExtensions(next)
	if err != nil {
		t.Fatal(err)
	}
	// Its own acceptance rules are gone: a hostile program.
	weak := m.mlsConfig()
	weak.Accept = func(*mls.Change) error { return nil }
	group := hostileCopy(t, s, bad, weak)
	staged, err := group.Commit(mls.SetExtensions(extensions))
	if err != nil {
		t.Fatal(err)
	}
	info, err := staged.Next.GroupInfo()
	if err != nil {
		t.Fatal(err)
	}
	bad.frozen = true
	epoch := s.service.epoch
	s.service.commit(bad, Commit{Ref: 1, Epoch: epoch, Commit: staged.Commit, Info: info})
	s.run(500 * time.Millisecond)
	if s.service.epoch != epoch {
		t.Fatal("the epoch was not reopened", s.service.epoch, epoch)
	}
	s.run(3 * time.Second)
	for _, c := range []*simClient{s.clients[0], s.clients[2], s.clients[3]} {
		if m := c.machine; m.phase != PhaseIn || !m.state.E2EE || c.sends.Mode != Seal {
			t.Fatal(c.id, m.phase, m.state.E2EE, c.sends)
		}
	}
}

// hostileCopy joins a second time as the same device, with other rules.
func hostileCopy(t *testing.T, s *sim, c *simClient, cfg mls.Config) *mls.Group {
	t.Helper()
	view, err := mls.InspectGroupInfo(s.service.info, cfg)
	if err != nil {
		t.Fatal(err)
	}
	key, err := mls.X25519AES128.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	cfg.LeafExtensions = nil
	credential, err := NewCredential(KeyDevice(c.device), c.machine.cfg.MeetingID, view.GroupID(), c.id, leafKey(key))
	if err != nil {
		t.Fatal(err)
	}
	own, _ := c.machine.ownLeaf(view)
	staged, err := view.ExternalCommit(mls.External{Key: key, Credential: credential, Remove: &own, PSKs: [][]byte{LinkPSKID(1)}}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	info, err := staged.Next.GroupInfo()
	if err != nil {
		t.Fatal(err)
	}
	s.service.commit(c, Commit{Ref: 9, Epoch: view.Epoch(), Commit: staged.Commit, Info: info})
	s.run(300 * time.Millisecond)
	return staged.Next
}

func TestNewGroupCannotSwitchOff(t *testing.T) {
	s := meet(t, 9, CardSettings{}, 1)
	if err := s.clients[0].do(SwitchE2EE{On: true}); err != nil {
		t.Fatal(err)
	}
	s.run(2 * time.Second)
	// The service says that the group is gone, and makes both lose theirs.
	for _, c := range s.clients {
		c.machine.lost("test", 0)
	}
	s.service.exists, s.service.epoch = false, 0
	for range 60 {
		s.run(time.Second)
		for _, c := range s.clients {
			if c.sends.Mode == Clear || c.gets.Mode == ReceiveClear || c.machine.state != nil && !c.machine.state.E2EE {
				t.Fatal(c.id, "is back without encryption", c.sends)
			}
		}
	}
	if r := s.clients[1].machine.View().Reason; r != errRestarted.Error() {
		t.Fatal("reason", r)
	}
}

func TestWithheldRemovalIsBounded(t *testing.T) {
	s := meet(t, 10, CardSettings{E2EE: true}, 4)
	victim, leaver := s.clients[1], s.clients[4]
	s.service.drop = func(to *simClient, e Event) bool { return to == victim && !isReply(e) }
	leaver.leave()
	if !s.until(75*time.Second, func() bool { return victim.sends.Mode == Hold }) {
		t.Fatal("still sends to somebody who has left", s.describe())
	}
	if v := victim.machine.View(); v.Lock {
		t.Fatal("still shows the lock")
	}
}

func isReply(e Event) bool {
	switch e.(type) {
	case Reply, Signed:
		return true
	}
	return false
}

func TestFrozenMemberDoesNotHoldTheSwitch(t *testing.T) {
	s := meet(t, 11, CardSettings{}, 3)
	s.clients[3].frozen = true
	if err := s.clients[0].do(SwitchE2EE{On: true}); err != nil {
		t.Fatal(err)
	}
	s.run(4 * time.Second)
	if v := s.clients[1].machine.View(); v.Mode != ModeTurningOn || v.Lock {
		t.Fatal("mode", v.Mode)
	}
	locked := func() bool {
		return s.clients[0].machine.View().Mode == ModeOn && s.clients[1].machine.View().Mode == ModeOn
	}
	if !s.until(4*time.Second, locked) {
		t.Fatal("held by the frozen one", s.describe())
	}
}

func TestLeaveAndRekeyTimes(t *testing.T) {
	s := meet(t, 12, CardSettings{E2EE: true}, 3)
	epoch := s.service.epoch
	s.clients[3].leave()
	if !s.until(800*time.Millisecond, func() bool { return s.service.epoch == epoch+1 && len(s.clients[0].machine.members) == 3 }) {
		t.Fatal("a clean leave takes long", s.describe())
	}
	// The lowest leaf does nothing: the next takes over a second later.
	s.clients[0].frozen = true
	epoch = s.service.epoch
	s.clients[2].leave()
	if !s.until(2*time.Second, func() bool { return s.service.epoch == epoch+1 }) {
		t.Fatal("nobody takes over", s.describe())
	}
	s.clients[0].frozen = false
	s.run(time.Second)
	epoch = s.service.epoch
	s.run(rekeyTime + 5*time.Second)
	if s.service.epoch != epoch+1 {
		t.Fatal("rekeys in five minutes", s.service.epoch-epoch)
	}
}

func TestChurnStillRekeys(t *testing.T) {
	s := meet(t, 13, CardSettings{E2EE: true}, 2)
	end, last, lastEpoch := s.now.Add(10*time.Second), s.now, s.service.epoch
	var guest *simClient
	for s.now.Before(end) {
		if guest == nil {
			guest = s.add(simWho{})
			guest.connect()
		} else {
			guest.leave()
			guest = nil
		}
		s.run(240 * time.Millisecond)
		if s.service.epoch != lastEpoch {
			last, lastEpoch = s.now, s.service.epoch
		}
		if s.now.Sub(last) > 3*time.Second {
			t.Fatal("no new key for three seconds", s.describe())
		}
	}
}

func TestTakeover(t *testing.T) {
	s := meet(t, 14, CardSettings{Takeover: TakeoverLongestPresent}, 2)
	if err := s.clients[1].do(TakeOver{}); err != ErrNotAllowed {
		t.Fatal("takes over from a host", err)
	}
	s.clients[0].leave()
	s.run(2 * time.Second)
	var heir *simClient
	for _, c := range s.clients[1:] {
		if c.machine.View().CanTakeOver {
			heir = c
		}
	}
	if heir == nil {
		t.Fatal("no heir", s.describe())
	}
	if err := heir.do(TakeOver{}); err != nil {
		t.Fatal(err)
	}
	s.run(time.Second)
	if !heir.machine.View().Host {
		t.Fatal("not host", heir.notices)
	}
	if err := heir.do(SwitchE2EE{On: true}); err != nil {
		t.Fatal(err)
	}
	if !s.until(2*time.Second, func() bool { return s.clients[1].machine.View().Lock && s.clients[2].machine.View().Lock }) {
		t.Fatal("no lock", s.describe())
	}
}

// TestTakeoverIsAgreed: people come at different times and by different ways, and
// some have seen nobody else enter. All of them know the same heir, take its
// takeover, and refuse everybody else's.
func TestTakeoverIsAgreed(t *testing.T) {
	s := newSim(t, 61, simMeeting{settings: CardSettings{Takeover: TakeoverLongestPresent}})
	host := s.add(simWho{host: true})
	host.connect()
	s.run(time.Second)
	early := s.add(simWho{}) // leaf 1, which a late comer will have
	early.connect()
	s.until(5*time.Second, s.settled)
	heir := s.add(simWho{})
	heir.connect()
	s.until(5*time.Second, s.settled)
	early.leave()
	s.until(5*time.Second, s.settled)
	s.add(simWho{nolink: true}).connect() // is added
	s.until(5*time.Second, func() bool { s.shepherd(); return s.settled() })
	s.add(simWho{}).connect()
	if !s.until(5*time.Second, s.settled) {
		t.Fatal("not settled", s.describe())
	}
	if late := s.clients[3].machine.group.Self(); late != 1 {
		t.Fatal("the late comer has leaf", late)
	}
	host.leave()
	if !s.until(5*time.Second, s.settled) {
		t.Fatal("not settled", s.describe())
	}
	for _, c := range s.clients[2:] {
		if may := c.machine.View().CanTakeOver; may != (c == heir) {
			t.Errorf("%s may take over: %v", c.id, may)
		}
	}
	for _, c := range s.clients[3:] { // its program thinks otherwise
		m := c.machine
		next := m.state.Next(m.cfg.Device)
		next.SetHost(Host{Device: m.cfg.Device})
		next.Signature = ed25519.Sign(c.device, next.ToSign())
		other, err := NextExtensions(m.group.View(), next, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.group.Commit(mls.SetExtensions(other)); !errors.Is(err, RefusedTakeover) {
			t.Errorf("%s takes over: %v", c.id, err)
		}
	}
	if err := heir.do(TakeOver{}); err != nil {
		t.Fatal(err)
	}
	taken := func() bool {
		for _, c := range s.live() {
			if v := c.machine.View(); c.machine.refused.active || !c.machine.state.IsHost(heir.machine.cfg.Device) || v.Phase != PhaseIn {
				return false
			}
		}
		return s.settled()
	}
	if !s.until(3*time.Second, taken) {
		t.Fatal("not taken over by all", s.describe())
	}
}
