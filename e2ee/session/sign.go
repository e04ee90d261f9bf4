package session

import (
	"crypto/ed25519"
	"errors"
)

// maxSignatures bounds what is remembered of the device key's answers.
const maxSignatures = 64

// errPending says that the device key has been asked; what needed its signature
// is tried again when the answer is there.
var errPending = errors.New("session: waiting for the device key")

// pen is the Device of a Machine. The real key may be in a browser's key store
// that answers later, so the first call for a message asks for the signature and
// fails with errPending; the next call after the answer succeeds. Whoever signs
// must therefore come to the same message again.
type pen struct {
	m     *Machine
	done  map[string][]byte // by message
	order []string          // of done, oldest first
	asked map[int]string    // messages by Ref
}

// Public returns the device's public key.
func (p *pen) Public() ed25519.PublicKey { return p.m.cfg.Device }

// Sign returns the signature if the device key has given it.
func (p *pen) Sign(message []byte) ([]byte, error) {
	if s, ok := p.done[string(message)]; ok {
		return s, nil
	}
	for _, asked := range p.asked {
		if asked == string(message) {
			return nil, errPending
		}
	}
	if len(p.asked) >= maxSignatures {
		return nil, ErrBusy
	}
	ref := p.m.ref()
	if p.asked == nil {
		p.asked = map[int]string{}
	}
	p.asked[ref] = string(message)
	p.m.emit(Sign{Ref: ref, Message: message})
	return nil, errPending
}

// answer takes in a signature; a wrong one is the same as none.
func (p *pen) answer(s Signed) {
	message, ok := p.asked[s.Ref]
	if !ok {
		return
	}
	delete(p.asked, s.Ref)
	if !verify(p.m.cfg.Device, []byte(message), s.Signature) {
		return
	}
	if p.done == nil {
		p.done = map[string][]byte{}
	}
	if len(p.order) >= maxSignatures {
		delete(p.done, p.order[0])
		p.order = p.order[1:]
	}
	p.done[message] = append([]byte(nil), s.Signature...)
	p.order = append(p.order, message)
}

// reset forgets unanswered questions, so that they are asked again.
func (p *pen) reset() { p.asked = nil }
