package wire

// Request pairs the type of a request with the Go values of its body and of the
// body of its reply; Doc is the line that docs/protocol.md and the web client's
// types carry.
type Request struct {
	Type  string
	Body  any
	Reply any
	Doc   string
}

// Event pairs the type of an event with the Go value of its body.
type Event struct {
	Type string
	Body any
	Doc  string
}

// Operation is one call of the REST API; nil stands for no body.
type Operation struct {
	Method string
	Path   string
	Body   any
	Reply  any
	Doc    string
}

// Requests lists every request a client can send, in the order it meets them.
func Requests() []Request {
	return []Request{
		{TypeHello, Hello{}, Welcome{}, "Opens the conversation; the first request on every connection."},
		{TypeJoin, Join{}, JoinReply{}, "Asks for a seat in a meeting, or resumes one."},
		{TypeLeave, Empty{}, Empty{}, "Gives the seat up, or stops waiting in the lobby."},
		{TypePing, Empty{}, Empty{}, "Measures the way to the server and back."},
		{TypeMediaOffer, MediaOffer{}, MediaAnswer{}, "Sets the media connection up, or gives it more slots."},
		{TypeMediaRelay, Empty{}, MediaRelay{}, "Asks for credentials of the relay, where media finds no other way."},
		{TypeMediaLive, MediaLive{}, Empty{}, "Mutes or unmutes one of the own tracks."},
		{TypeMediaLayers, MediaLayers{}, Empty{}, "Says in which sizes a video of the own can be sent."},
		{TypeMediaWants, MediaWants{}, Empty{}, "Says which video to receive, most wanted first."},
		{TypeMediaReport, MediaReport{}, Empty{}, "Reports the reception that the client measured."},
		{TypeRelaySend, RelaySend{}, Empty{}, "Sends chat, a reaction or another envelope."},
		{TypeSelfName, SelfName{}, Empty{}, "Changes the own display name."},
		{TypeSelfHand, SelfHand{}, Empty{}, "Raises or lowers the own hand."},
		{TypeSelfSpeak, SelfSpeaking{}, Empty{}, "Says whether this person is speaking."},
		{TypeAdmit, Target{}, Empty{}, "Lets one or all in from the lobby. Host and co-hosts."},
		{TypeDeny, Target{}, Empty{}, "Turns one or all in the lobby away. Host and co-hosts."},
		{TypeMute, Mute{}, Empty{}, "Stops one track of a participant. Host and co-hosts."},
		{TypeMuteAll, Empty{}, Empty{}, "Mutes every microphone but the own and the host's. Host and co-hosts."},
		{TypeAskUnmute, Target{}, Empty{}, "Asks a participant to unmute. Host and co-hosts."},
		{TypeLowerHand, Target{}, Empty{}, "Lowers a participant's hand. Host and co-hosts."},
		{TypeRemove, Remove{}, Empty{}, "Takes a participant out, with a ban if asked. Host and co-hosts; never the host."},
		{TypeSetRole, SetRole{}, Empty{}, "Makes a participant co-host or takes that back. Host only."},
		{TypeTransfer, Target{}, Empty{}, "Makes a participant the host and the caller co-host. Host only."},
		{TypeSettings, SettingsChange{}, Empty{}, "Changes title, lobby, lock, passcode or takeover. Host and co-hosts; takeover host only."},
		{TypeSpotlight, Target{}, Empty{}, "Shows a participant large to everyone; an empty id ends it. Host and co-hosts."},
		{TypeEnd, Empty{}, Empty{}, "Ends the meeting for everyone. Host only."},
		{TypeGroupOpen, GroupOpen{}, GroupReply{}, "Makes the meeting's MLS group; the first wins."},
		{TypeGroupFetch, Empty{}, GroupState{}, "Asks for the group's state, to join it."},
		{TypeGroupCommit, GroupCommit{}, GroupReply{}, "Moves the group to its next epoch; the first for an epoch wins."},
		{TypeGroupInfo, GroupInfo{}, Empty{}, "Stores the current GroupInfo for joiners."},
		{TypeGroupRefuse, GroupRefuse{}, Empty{}, "Says that this device refuses an accepted commit."},
		{TypeGroupKnock, GroupKnock{}, Empty{}, "Asks the members to add this device; also from the lobby."},
		{TypeGroupSend, GroupSend{}, Empty{}, "Passes an application message on to the group."},
		{TypeE2EEPreview, Empty{}, E2EEPreview{}, "Lists what turning end-to-end encryption on would end. Host and co-hosts."},
		{TypeE2EEPrepare, Empty{}, E2EEPrepared{}, "Ends what cannot be encrypted and keeps it out for 15 seconds. Host and co-hosts."},
		{TypeE2EEReport, E2EEReport{}, Empty{}, "Says that end-to-end encryption is on or off now. Host and co-hosts."},
	}
}

// Events lists every event the server can send.
func Events() []Event {
	return []Event{
		{TypeAdmitted, Joined{}, "To a waiting person: the seat is theirs."},
		{TypeLobbyChanged, LobbyChanged{}, "To those who may admit: who waits now."},
		{TypeParticipantJoined, ParticipantEvent{}, "Somebody took a seat."},
		{TypeParticipantChanged, ParticipantEvent{}, "Somebody's name, role, hand, tracks, connection or quality changed."},
		{TypeParticipantLeft, ParticipantLeft{}, "Somebody's seat is gone."},
		{TypeRoomChanged, RoomChanged{}, "Title, settings or spotlight changed."},
		{TypeRoomCard, RoomCard{}, "To clients that take part in end-to-end encryption: the meeting has another card now."},
		{TypeLegChanged, LegChanged{}, "The encryption facts of somebody's leg changed."},
		{TypeSpeaking, Speaking{}, "Somebody speaks, or is silent again."},
		{TypeSlots, Slots{}, "Which track each receive slot plays now."},
		{TypeLayersWanted, LayersWanted{}, "Which sizes of an own video somebody watches; the others may rest."},
		{TypeMuted, Muted{}, "A moderator stopped one of the own tracks."},
		{TypeAsked, Asked{}, "A moderator asks to unmute."},
		{TypeRelay, Relayed{}, "An envelope of the relay: chat, a reaction."},
		{TypeGroupCommitted, GroupCommitted{}, "The group moves on by a commit."},
		{TypeGroupReopened, GroupReopened{}, "Most devices refused a commit: its epoch is open again."},
		{TypeGroupKnocks, GroupKnocks{}, "Who asks to be added to the group now."},
		{TypeGroupMessages, GroupMessages{}, "Application messages of the group."},
		{TypeE2EEUnsupported, E2EEUnsupported{}, "To hosts: somebody waits whose client cannot encrypt."},
		{TypeClosed, Closed{}, "The seat or the place in the lobby is gone; no event follows."},
	}
}

// Operations lists the REST API under /api/v1.
func Operations() []Operation {
	return []Operation{
		{"GET", "/api/v1/info", nil, Info{}, "What this server is and who is signed in."},
		{"POST", "/api/v1/owner", Claim{}, Session{}, "Claims a new server for its owner, once."},
		{"POST", "/api/v1/session", SignIn{}, Session{}, "Signs in; the session is a cookie."},
		{"DELETE", "/api/v1/session", nil, nil, "Signs out."},
		{"POST", "/api/v1/meetings", NewMeeting{}, Meeting{}, "Makes a meeting; needs a signed-in user."},
		{"GET", "/api/v1/meetings", nil, []Meeting{}, "Lists the caller's own meetings."},
		{"GET", "/api/v1/meetings/{number}", nil, MeetingInfo{}, "What a guest may know before joining."},
		{"DELETE", "/api/v1/meetings/{number}", nil, nil, "Ends a meeting for everyone; its owner only."},
		{"PUT", "/api/v1/meetings/{number}/card", CardUpdate{}, nil, "Stores the meeting card; its version must rise; the meeting's owner only."},
		{"POST", "/api/v1/meetings/{number}/files", nil, File{}, "Keeps a file, the body, until the meeting is over; needs a seat."},
		{"GET", "/api/v1/meetings/{number}/files/{id}", nil, nil, "Returns a file's bytes, or a range of them; needs a seat."},
	}
}
