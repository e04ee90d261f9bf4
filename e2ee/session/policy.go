package session

// Admit says who may add newcomers while the lobby is on.
type Admit uint8

// The values of Admit.
const (
	AdmitHosts   Admit = 0
	AdmitMembers Admit = 1
)

// Takeover says whether somebody without a grant may become host.
type Takeover uint8

// The values of Takeover. With TakeoverLongestPresent the longest-present member
// may make itself host when no host's leaf is left.
const (
	TakeoverNone           Takeover = 0
	TakeoverLongestPresent Takeover = 1
)

// Unsupported says what happens when somebody comes whose client cannot do
// end-to-end encryption.
type Unsupported uint8

// The values of Unsupported. With UnsupportedOffer a host is offered to end the
// encryption for everyone ("end-e2ee-and-notify"); nothing happens by itself.
const (
	UnsupportedRefuse Unsupported = 0
	UnsupportedOffer  Unsupported = 1
)

// policies are the settings that card and state have in common, in the order of
// their encoding.
type policies struct {
	e2ee, required, lobby, locked bool
	admit                         Admit
	takeover                      Takeover
	unsupported                   Unsupported
}

func (p policies) write(w *writer) {
	w.flag(p.e2ee)
	w.flag(p.required)
	w.flag(p.lobby)
	w.flag(p.locked)
	w.u8(uint8(p.admit))
	w.u8(uint8(p.takeover))
	w.u8(uint8(p.unsupported))
}

// readPolicies refuses values that this version does not know: who cannot tell
// what a rule says cannot enforce it.
func readPolicies(r *reader) policies {
	p := policies{e2ee: r.flag(), required: r.flag(), lobby: r.flag(), locked: r.flag()}
	p.admit, p.takeover, p.unsupported = Admit(r.u8()), Takeover(r.u8()), Unsupported(r.u8())
	if !p.known() {
		r.failed = true
	}
	return p
}

func (p policies) known() bool {
	return p.admit <= AdmitMembers && p.takeover <= TakeoverLongestPresent && p.unsupported <= UnsupportedOffer
}

// valid: required encryption cannot be off.
func (p policies) valid() bool { return p.known() && (p.e2ee || !p.required) }
