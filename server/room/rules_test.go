package room

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// wantRules is the whole truth: for each request who may do it, first without a
// target, then onto a host, a co-host, a participant and oneself. "y" is yes,
// "-" is forbidden and "c" is a conflict.
const wantRules = `
                         host       cohost     participant
lobby.admit              y yyyc     y yyyc     - ----
lobby.deny               y yyyc     y yyyc     - ----
participant.mute         y yyyy     - -yyy     - ----
participant.muteAll      y yyyc     y yyyc     - ----
participant.askUnmute    y yyyc     y yyyc     - ----
participant.lowerHand    y yyyy     y yyyy     - ----
participant.remove       y yyyc     - --yc     - ----
participant.role         y yyyc     - ----     - ----
host.transfer            y yyyc     - ----     - ----
room.settings            y yyyc     y yyyc     - ----
room.settings.takeover   y yyyc     - ----     - ----
room.spotlight           y yyyy     y yyyy     - ----
room.end                 y yyyc     - ----     - ----
e2ee.preview             y yyyc     y yyyc     - ----
e2ee.prepare             y yyyc     y yyyc     - ----
e2ee.report              y yyyc     y yyyc     - ----
`

func TestRulesExhaustively(t *testing.T) {
	roles := []meeting.Role{meeting.RoleHost, meeting.RoleCoHost, meeting.RoleParticipant}
	mark := map[meeting.Code]string{"": "y", meeting.CodeForbidden: "-", meeting.CodeConflict: "c"}
	var got strings.Builder
	fmt.Fprintf(&got, "\n%-24s %-10s %-10s %s\n", "", roles[0], roles[1], roles[2])
	names := []string{}
	for _, line := range strings.Split(strings.TrimSpace(wantRules), "\n")[1:] {
		names = append(names, strings.Fields(line)[0])
	}
	for _, what := range names {
		row := fmt.Sprintf("%-24s", what)
		for _, by := range roles {
			cell := mark[meeting.CodeOf(may(by, what, "", false))] + " "
			for _, onto := range roles {
				cell += mark[meeting.CodeOf(may(by, what, onto, false))]
			}
			cell += mark[meeting.CodeOf(may(by, what, by, true))]
			row += fmt.Sprintf(" %-10s", cell)
		}
		got.WriteString(strings.TrimRight(row, " ") + "\n")
	}
	if diff := cmp.Diff(wantRules, got.String()); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	if len(names) != len(rules) {
		t.Errorf("the table has %d rows and there are %d rules", len(names), len(rules))
	}
}

func TestEveryRequestHasARuleOrConcernsOneself(t *testing.T) {
	oneself := map[string]bool{
		wire.TypeLeave: true, wire.TypeMediaOffer: true, wire.TypeMediaRelay: true, wire.TypeMediaLive: true, wire.TypeMediaLayers: true, wire.TypeMediaWants: true,
		wire.TypeMediaReport: true, wire.TypeRelaySend: true, wire.TypeSelfName: true, wire.TypeSelfHand: true,
		wire.TypeSelfSpeak: true, wire.TypeGroupOpen: true, wire.TypeGroupFetch: true, wire.TypeGroupCommit: true,
		wire.TypeGroupInfo: true, wire.TypeGroupRefuse: true, wire.TypeGroupKnock: true, wire.TypeGroupSend: true,
	}
	elsewhere := map[string]bool{wire.TypeHello: true, wire.TypeJoin: true, wire.TypePing: true}
	for _, request := range wire.Requests() {
		_, ruled := rules[request.Type]
		if elsewhere[request.Type] {
			continue
		}
		if !Knows(request.Type) {
			t.Errorf("the room does not know %s", request.Type)
		}
		if ruled == oneself[request.Type] {
			t.Errorf("%s: ruled is %v, about oneself is %v", request.Type, ruled, oneself[request.Type])
		}
	}
}

func TestVerdict(t *testing.T) {
	open := meeting.Settings{JoinBeforeHost: true}
	with := func(change func(*meeting.Settings)) meeting.Settings { s := open; change(&s); return s }
	lobby := with(func(s *meeting.Settings) { s.Lobby = true })
	locked := with(func(s *meeting.Settings) { s.Locked = true })
	secret := with(func(s *meeting.Settings) { s.Passcode = "1234" })
	host := with(func(s *meeting.Settings) { s.JoinBeforeHost = false })
	hostAndLobby := with(func(s *meeting.Settings) { s.JoinBeforeHost, s.Lobby = false, true })
	all := meeting.Settings{Lobby: true, Locked: true, Passcode: "1234"}

	tests := []struct {
		name string
		entry
		wait string
		code meeting.Code
	}{
		{name: "OK", entry: entry{settings: open}},
		{name: "OwnerPassesEverything", entry: entry{settings: all, owner: true, full: true, banned: true}},
		{name: "ErrBanned", entry: entry{settings: open, banned: true}, code: meeting.CodeBanned},
		{name: "ErrBannedBeforeLocked", entry: entry{settings: locked, banned: true}, code: meeting.CodeBanned},
		{name: "ErrLocked", entry: entry{settings: locked}, code: meeting.CodeLocked},
		{name: "ErrLockedTellsNothingOfThePasscode", entry: entry{settings: all, passcode: "1"}, code: meeting.CodeLocked},
		{name: "ErrPasscodeRequired", entry: entry{settings: secret}, code: meeting.CodePasscodeRequired},
		{name: "ErrPasscodeWrong", entry: entry{settings: secret, passcode: "12345"}, code: meeting.CodePasscodeWrong},
		{name: "OKPasscode", entry: entry{settings: secret, passcode: "1234"}},
		{name: "OKNeedlessPasscode", entry: entry{settings: open, passcode: "1234"}},
		{name: "ErrFull", entry: entry{settings: open, full: true}, code: meeting.CodeFull},
		{name: "ErrFullTellsNothingOfThePasscode", entry: entry{settings: secret, full: true, passcode: "9"}, code: meeting.CodePasscodeWrong},
		{name: "WaitLobby", entry: entry{settings: lobby, hostPresent: true}, wait: waitLobby},
		{name: "WaitHost", entry: entry{settings: host}, wait: waitHost},
		{name: "OKHostIsThere", entry: entry{settings: host, hostPresent: true}},
		{name: "WaitHostBeforeLobby", entry: entry{settings: hostAndLobby}, wait: waitHost},
		{name: "WaitLobbyWithHost", entry: entry{settings: hostAndLobby, hostPresent: true}, wait: waitLobby},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wait, err := tt.verdict()
			if wait != tt.wait || meeting.CodeOf(err) != tt.code {
				t.Errorf("verdict = %q, %v; want %q, %q", wait, err, tt.wait, tt.code)
			}
		})
	}
}
