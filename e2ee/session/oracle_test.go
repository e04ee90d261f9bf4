package session

import "slices"

// oracle is the protocol's paragraph on acceptance, sentence by sentence, over
// scenarios in words. It shares nothing with the code under test but the names of
// the refusals. It returns every refusal that would be right; none means that
// the commit must be accepted.
func oracle(s scenario) []Refusal {
	var wrong []Refusal
	no := func(broken bool, why ...Refusal) {
		if broken {
			wrong = append(wrong, why...)
		}
	}
	external := slices.Contains(outsiders, s.who)
	host := s.who == "host" || s.who == "granted"

	// "everything by value"; "everything else is refused, ReInit included".
	no(s.fault == "reference", RefusedReference)
	no(s.fault == "reinit", RefusedReInit)
	no(s.fault == "resumption", RefusedResumption)
	// "with path"; an external commit cannot be without.
	no(s.fault == "pathless", RefusedPath)
	// A leaf stays the device that it was let in as.
	no(!external && s.fault == "identity", RefusedIdentity)
	// No participant has two leaves, unless the older one goes with the commit.
	no(s.add == "twin", RefusedDuplicate)
	no(s.who == "banned" && s.add == "banned", RefusedDuplicate)
	no((s.who == "returner" || s.who == "bannedreturner") && s.remove != "own", RefusedDuplicate)
	// "the current link's PSK": the only one there may be; who comes, comes with it.
	comes := external || s.add != ""
	no(s.psk != "right" && (comes || s.psk != ""), RefusedPSK)

	// "each newcomer's epoch of entry stands where everybody finds it".
	no(s.entry == "claimed", RefusedEntry)
	stated := s.state != "" || s.add != "" && s.entry != "missing"
	if !external {
		no(s.entry == "missing" && s.add != "" || s.entry == "wrong" && stated, RefusedEntry)
		no(s.entry == "wrong" && stated && s.state != "" && s.state != "plain", RefusedExtensions)
	}

	if external {
		// "ExternalInit + PSK": and at most the Remove of the own device's leaf.
		no(s.add != "" || s.state != "", RefusedExternal)
		no(s.remove == "other" || s.remove == "host", RefusedRemove)
		// "only while lobby and locked are off and the device key is not banned;
		// or, always, with a Remove of its own device key's leaf".
		// A host's device may always enter, as it may always add.
		if s.remove != "own" && s.who != "hostback" {
			no(s.lobby, RefusedLobby)
			no(s.locked, RefusedLocked)
			no(s.who == "banned" || s.who == "bannedreturner", RefusedBanned)
		}
		return wrong
	}
	// "Remove of any leaf": nothing to refuse.
	// "Add if not locked, and lobby is off or admit says members"; a host's "always".
	if s.add != "" && !host {
		no(s.locked, RefusedLocked)
		no(s.lobby && !s.members, RefusedLobby)
		no(s.add == "banned", RefusedBanned)
	}
	// The state as it is may come along with the list of the added.
	if s.state != "" && !(s.state == "the same state again" && s.add != "") {
		wrong = append(wrong, oracleState(s, host)...)
	}
	return wrong
}

// oracleState is about the meeting state in a member's or host's commit.
func oracleState(s scenario, host bool) (wrong []Refusal) {
	no := func(broken bool, why ...Refusal) {
		if broken {
			wrong = append(wrong, why...)
		}
	}
	is := func(names ...string) bool { return slices.Contains(names, s.state) }
	required := s.required != ""

	// "its extensions exactly {required_capabilities, state}".
	no(is("two states", "state twice, no capabilities", "state alone", "capabilities alone", "no extensions",
		"another extension", "another instead of capabilities", "other capabilities"), RefusedExtensions)
	no(is("junk", "empty", "trailing", "bad signature", "link 0"), RefusedFormat)
	no(is("unsigned"), RefusedFormat, RefusedAuthority)
	no(is("other format"), RefusedFormat, RefusedMeeting)
	no(is("no parent"), RefusedFormat, RefusedSequence)
	// "sequence + 1", and it names the state before.
	no(is("same sequence", "sequence +2", "other parent", "the same state again"), RefusedSequence)
	no(is("sequence 0"), RefusedSequence, RefusedFormat)
	no(is("other meeting", "other group", "other card"), RefusedMeeting)
	// "signed by the device key of the host who made it".
	no(is("signed by another"), RefusedAuthority)
	no(is("the same state again") && s.who != "host", RefusedAuthority)
	// "With required (card or state) clients refuse off."
	no(is("off") && required, RefusedRequired)
	no(is("not required", "off, not required") && required, RefusedRequired)
	no(is("required but off"), RefusedRequired)
	// "Host entries carry a grant chain (at most 4) to the root"; only a takeover
	// makes a host without, and only while the state allows takeovers.
	ungranted := is("appoint without grants", "take over", "take over and more", "take over for another",
		"strip grants of a host")
	no(ungranted && !s.takeover, RefusedHosts, RefusedFormat, RefusedTakeover)
	no(ungranted && host, RefusedHosts)
	no(is("appoint with five grants"), RefusedFormat)
	no(is("appoint with a forged chain", "appoint with another's chain", "appoint with a cut chain",
		"enter by a forged root", "enter by another meeting's root"), RefusedHosts)
	no(is("resign"), RefusedFormat)
	// "A host's Remove-and-ban and link number + 1 go in one commit".
	no(is("ban") && s.remove != "other", RefusedBan)
	no(is("ban only"), RefusedBan)
	no(is("ban of a host"), RefusedFormat)
	no(is("link +2", "link -1"), RefusedLink)

	// Who may make a state: "host's commit: at most one GroupContextExtensions".
	if host {
		return wrong
	}
	// Whoever has a grant by the root itself may enter as host, and do no more.
	if is("enter by root") {
		no(s.who == "readmitted", RefusedAuthority, RefusedFormat)
		return wrong
	}
	// "only when the state allows it and no host's leaf is left may the
	// longest-present leaf commit a state that makes it host".
	if is("take over") {
		no(!s.takeover || !s.hostsGone || s.who != "longest", RefusedTakeover)
		no(s.who == "readmitted", RefusedAuthority, RefusedFormat)
		return wrong
	}
	no(true, RefusedAuthority)
	no(s.who == "readmitted" && is("enter by root and more", "enter by a forged root",
		"enter by another meeting's root", "enter by a host's grant", "take over and more"), RefusedFormat)
	return wrong
}
