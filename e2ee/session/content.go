package session

import (
	"crypto"
	"errors"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// profile is what this device says about itself.
type profile struct {
	name      string
	sequence  uint32
	statement *Name // signed by the current leaf
	hand      bool
	key       crypto.Signer // of the current leaf
}

// post seals a message in the current epoch. To empty means everyone.
func (m *Machine) post(message Message, to ...string) bool {
	data, err := Marshal(message)
	if err != nil {
		return false
	}
	sealed, err := m.group.Seal(data, nil)
	if err != nil {
		return false
	}
	m.emit(Post{Data: sealed, To: to})
	return true
}

// contentCommand sends content, which never leaves before others have answered.
func (m *Machine) contentCommand(c Command) error {
	if r, ok := c.(Rename); ok {
		return m.rename(r.Name)
	}
	if m.group == nil {
		return ErrNotIn
	}
	if m.sendMode() == Hold {
		return ErrNotFresh
	}
	switch c := c.(type) {
	case SendChat:
		chat := &Chat{Text: c.Text}
		copy(chat.ID[:], m.random(len(chat.ID)))
		return m.say(chat, c.To)
	case OfferFile:
		file := c.File
		return m.say(&file, c.To)
	case SendReaction:
		return m.say(&Reaction{Text: c.Text}, "")
	case RaiseHand:
		m.profile.hand = c.Up
		m.self().hand, m.dirty = c.Up, true
		return m.say(&Hand{Up: c.Up}, "")
	}
	return ErrNotAllowed
}

// say posts content to everyone, or sealed once more to one leaf.
func (m *Machine) say(message Message, to string) error {
	if to == "" {
		if !m.post(message) {
			return ErrTooLong
		}
		return nil
	}
	p := m.find(to)
	if p == nil || p.index == m.group.Self() {
		return ErrNoPerson
	}
	data, err := Marshal(message)
	if err != nil {
		return ErrTooLong
	}
	epoch := m.group.Epoch()
	context := PrivateContext(m.group.ID(), epoch, m.group.Self(), p.index)
	sealed, err := m.group.EncryptTo(p.index, PrivateLabel, context, data)
	if err != nil {
		return errors.New("session: not sent")
	}
	if !m.post(&Private{Epoch: epoch, To: p.index, Sealed: sealed}, to) {
		return ErrTooLong
	}
	return nil
}

// onContent shows what a member has sent.
func (m *Machine) onContent(group *mls.Group, p *member, message Message) {
	c := Content{From: p.id.Participant, Leaf: p.index, At: m.now}
	if sealed, ok := message.(*Private); ok {
		inner, err := m.openPrivate(group, p, sealed)
		if err != nil {
			return
		}
		c.Private, message = true, inner
	}
	switch msg := message.(type) {
	case *Chat:
		c.Kind, c.Text, c.ID = ContentChat, msg.Text, msg.ID
	case *FileOffer:
		c.Kind, c.File = ContentFile, msg
	case *Reaction:
		c.Kind, c.Text = ContentReaction, msg.Text
	case *Hand:
		c.Kind, c.Up = ContentHand, msg.Up
		p.hand, m.dirty = msg.Up, true
	default:
		return
	}
	m.emit(c)
}

var errPrivate = errors.New("session: not a private message for this leaf")

// openPrivate opens the inner seal with the leaf key of the epoch it was made in.
func (m *Machine) openPrivate(group *mls.Group, from *member, p *Private) (Message, error) {
	if p.Epoch != group.Epoch() || p.To != group.Self() {
		return nil, errPrivate
	}
	context := PrivateContext(group.ID(), p.Epoch, from.index, p.To)
	data, err := group.DecryptFrom(PrivateLabel, context, p.Sealed)
	if err != nil {
		return nil, err
	}
	message, err := ParseMessage(data)
	if err != nil {
		return nil, err
	}
	switch message.(type) {
	case *Chat, *FileOffer:
		return message, nil
	}
	return nil, errPrivate
}

// rename states the own name anew.
func (m *Machine) rename(name string) error {
	if !validText(name, MaxName) {
		return ErrTooLong
	}
	m.profile.name, m.profile.statement = name, nil
	m.dirty = true
	if m.group != nil && m.fresh.done {
		m.introduce()
	}
	return nil
}

// stateName returns the own signed statement, nil without a name.
func (m *Machine) stateName() *Name {
	p := &m.profile
	if p.statement == nil && p.name != "" && p.key != nil {
		p.sequence++
		n := &Name{Participant: m.cfg.Self, Sequence: p.sequence, Text: p.name, Identity: m.cfg.Identity}
		if err := n.Sign(m.group.ID(), p.key); err != nil {
			return nil
		}
		p.statement = n
	}
	if p.statement != nil {
		m.self().statement = p.statement
	}
	return p.statement
}

// introduce tells everyone the own name, and the hand if it is up.
func (m *Machine) introduce(to ...string) {
	if n := m.stateName(); n != nil {
		m.post(n, to...)
	}
	if m.profile.hand {
		m.post(&Hand{Up: true}, to...)
	}
}

// onName takes a statement that its leaf has signed, whoever handed it over.
func (m *Machine) onName(n *Name) {
	p := m.find(n.Participant)
	if p == nil || p.index == m.group.Self() || p.statement != nil && p.statement.Sequence >= n.Sequence {
		return
	}
	if !n.Verify(m.group.ID(), p.leaf) {
		return
	}
	p.statement, m.dirty = n, true
	m.emit(Content{Kind: ContentName, From: p.id.Participant, Leaf: p.index, At: m.now, Text: n.Text, Identity: n.Identity})
}

// greet hands newcomers what others have stated. One member does it: the lowest
// leaf that was there before, is connected and answers.
func (m *Machine) greet(came []*member) {
	if len(came) == 0 || !m.fresh.done {
		return
	}
	isNew := map[*member]bool{}
	to := map[mls.LeafIndex]*member{}
	for _, p := range came {
		isNew[p] = true
		to[p.index] = p
	}
	if m.profile.hand {
		m.post(&Hand{Up: true}, m.names(to)...)
	}
	for _, p := range m.sorted() {
		if isNew[p] || p.index != m.group.Self() && (p.silent || !p.gone.IsZero() || m.isAway(p)) {
			continue
		}
		if p.index == m.group.Self() {
			m.handOver(m.names(to))
		}
		return
	}
}

// handOver sends names, confirmations and the secrets of earlier links.
func (m *Machine) handOver(to []string) {
	m.stateName()
	var names []Name
	var vouches []Vouch
	for _, p := range m.sorted() {
		if p.statement != nil {
			names = append(names, *p.statement)
		}
		if v := m.standing.vouches[string(p.id.Device)]; v != nil {
			vouches = append(vouches, *v)
		}
	}
	postParts(names, maxNames, func(part []Name) bool { return m.post(&Names{part}, to...) })
	postParts(vouches, maxVouches, func(part []Vouch) bool { return m.post(&Vouches{part}, to...) })
	m.handLinks(to)
}

// postParts posts a list in as few messages as fit.
func postParts[T any](list []T, limit int, post func([]T) bool) {
	for len(list) > 0 {
		n := min(limit, len(list))
		for n > 1 && !post(list[:n]) {
			n /= 2
		}
		if n == 1 {
			post(list[:1])
		}
		list = list[n:]
	}
}
