package session

import (
	"crypto/ed25519"
	"errors"
	"slices"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// maxOrders bounds what one person can have waiting.
const maxOrders = 32

// The names of orders that the view looks for.
const (
	orderOn  = "switch on"
	orderOff = "switch off"
)

// order is a wish of this person that takes a commit of its own. It stays first
// in line until it is in an epoch or cannot be any more.
type order struct {
	name   string
	state  func(next *State) error // how the meeting state changes; nil: it does not
	remove func() []*member        // whose leaves go with the same commit
	tell   bool                    // names who joined meanwhile before it is tried again
	tried  uint64                  // the epoch of the first attempt
	told   uint64                  // up to which epoch newcomers were named
}

// push queues an order of a host.
func (m *Machine) push(o *order) error {
	if len(m.orders) >= maxOrders {
		return ErrBusy
	}
	m.orders = append(m.orders, o)
	m.dirty = true
	return nil
}

func (m *Machine) orderDone(o *order) {
	if len(m.orders) > 0 && m.orders[0] == o {
		m.orders = m.orders[1:]
	}
	m.dirty = true
}

// failed gives an order up and says so.
func (m *Machine) failed(o *order, err error) {
	if o == nil {
		return
	}
	m.orderDone(o)
	m.emit(Notice{Kind: NoticeFailed, Who: m.cfg.Self, Text: o.name + ": " + err.Error()})
}

// workOrders tries the first order; it reports whether one is in the way of
// other commits. A host may act when alone, and otherwise only when others have
// answered: what it signs must belong to the living group.
func (m *Machine) workOrders(n needs) bool {
	if len(m.orders) == 0 || !m.fresh.done && m.others() > 0 {
		return false
	}
	o := m.orders[0]
	var removes []*member
	if o.remove != nil {
		removes = o.remove()
	}
	var state *State
	if o.state != nil {
		next, err := m.nextState(o)
		if errors.Is(err, errPending) {
			return true
		}
		if err != nil {
			m.failed(o, err)
			return true
		}
		state = next
	} else if len(removes) == 0 {
		m.orderDone(o) // they have gone already
		return false
	}
	m.tellNewcomers(o)
	removes = withGone(removes, n.removes)
	m.commit(removes, nil, state, o)
	return true
}

// nextState makes and signs what the order asks for, from the state as it is
// now; errPending asks for another try when the device key has answered.
func (m *Machine) nextState(o *order) (*State, error) {
	next := m.state.Next(m.cfg.Device)
	if err := o.state(next); err != nil {
		return nil, err
	}
	if err := next.Sign(&m.pen); err != nil {
		return nil, err
	}
	return next, nil
}

// tellNewcomers names who entered since the order was first tried, before it is
// tried again: the host decided with other people in mind.
func (m *Machine) tellNewcomers(o *order) {
	epoch := m.group.Epoch()
	if o.tried == 0 && o.told == 0 {
		o.tried, o.told = epoch, epoch
		return
	}
	if !o.tell || epoch == o.told {
		return
	}
	for _, p := range m.sorted() {
		if p.entered > o.told {
			m.emit(Notice{Kind: NoticeJoinedMeantime, Who: p.id.Participant})
		}
	}
	o.told = epoch
}

func withGone(removes, gone []*member) []*member {
	listed := map[mls.LeafIndex]bool{}
	for _, p := range removes {
		listed[p.index] = true
	}
	for _, p := range gone {
		if !listed[p.index] {
			removes = append(removes, p)
		}
	}
	return removes
}

// claim makes a device with the root key host, once it may.
func (m *Machine) claim() {
	if m.cfg.Root == nil || m.state.IsHost(m.cfg.Device) || m.state.IsBanned(m.cfg.Device) || m.claimed {
		return
	}
	if !m.fresh.done && m.others() > 0 {
		return
	}
	host, err := RootHost(m.cfg.MeetingID, m.cfg.Root, m.cfg.Device)
	if err != nil {
		return
	}
	m.claimed = true // once: who is revoked does not fight over it
	_ = m.push(&order{name: "host", state: func(next *State) error {
		next.SetHost(host)
		return nil
	}})
}

// command carries out what the person wants.
func (m *Machine) command(c Command) error {
	switch c := c.(type) {
	case ConfirmCode:
		return m.confirmCode(c.Epoch)
	case AdmitKnock:
		return m.admit(c.ID)
	case SendChat, SendReaction, RaiseHand, Rename, OfferFile:
		return m.contentCommand(c)
	}
	if m.group == nil {
		return ErrNotIn
	}
	switch c := c.(type) {
	case ConfirmPerson:
		return m.confirmPerson(c.ID)
	case RemovePerson:
		return m.removePerson(c)
	case TakeOver:
		return m.takeOver()
	}
	if !m.state.IsHost(m.cfg.Device) {
		return ErrNotHost
	}
	switch c := c.(type) {
	case SwitchE2EE:
		return m.switchE2EE(c.On)
	case Configure:
		return m.configure(c)
	case GrantHost:
		return m.grantHost(c.ID)
	case RevokeHost:
		return m.revokeHost(c.ID)
	case LiftBan:
		return m.liftBan(c.Device)
	}
	return ErrNotAllowed
}

func (m *Machine) switchE2EE(on bool) error {
	if !on && (m.state.Required || m.card.Settings.Required) {
		return ErrNotAllowed
	}
	if m.willBe() == on {
		return nil
	}
	name := orderOff
	if on {
		name = orderOn
	}
	return m.push(&order{name: name, tell: true, state: func(next *State) error {
		next.E2EE = on
		return nil
	}})
}

// willBe is what encryption will be when the orders that wait are carried out.
func (m *Machine) willBe() bool {
	on := m.state.E2EE
	for _, o := range m.orders {
		switch o.name {
		case orderOn:
			on = true
		case orderOff:
			on = false
		}
	}
	return on
}

func (m *Machine) configure(c Configure) error {
	return m.push(&order{name: "settings", state: func(next *State) error {
		set(&next.Lobby, c.Lobby)
		set(&next.Locked, c.Locked)
		set(&next.Required, c.Required)
		set(&next.Admit, c.Admit)
		set(&next.Takeover, c.Takeover)
		set(&next.Unsupported, c.Unsupported)
		return nil
	}})
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// removePerson takes a participant out. With a ban the device key is listed, all
// its leaves go and the link changes, in one commit.
func (m *Machine) removePerson(c RemovePerson) error {
	p := m.find(c.ID)
	if p == nil || p.index == m.group.Self() {
		return ErrNoPerson
	}
	if !c.Ban {
		return m.push(&order{name: "remove", remove: func() []*member { return m.leavesOf(c.ID, nil) }})
	}
	if !m.state.IsHost(m.cfg.Device) {
		return ErrNotHost
	}
	device := p.id.Device
	if device.Equal(m.cfg.Device) {
		return ErrNotAllowed
	}
	return m.push(&order{
		name: "remove and ban",
		state: func(next *State) error {
			next.Ban(device)
			next.LinkNumber++
			return nil
		},
		remove: func() []*member { return m.leavesOf(c.ID, device) },
	})
}

// leavesOf lists the leaf of a participant and those of a device.
func (m *Machine) leavesOf(id string, device ed25519.PublicKey) []*member {
	var list []*member
	for _, p := range m.sorted() {
		if p.id.Participant == id || device != nil && p.id.Device.Equal(device) {
			list = append(list, p)
		}
	}
	return list
}

func (m *Machine) grantHost(id string) error {
	p := m.find(id)
	if p == nil {
		return ErrNoPerson
	}
	device := p.id.Device
	return m.push(&order{name: "make host", state: func(next *State) error {
		if next.IsHost(device) {
			return nil
		}
		own, ok := next.Host(m.cfg.Device)
		if !ok || len(own.Grants) >= MaxGrants {
			return ErrNotAllowed
		}
		if len(own.Grants) == 0 { // host by takeover: nothing to extend
			return ErrNotAllowed
		}
		message := GrantToSign(m.cfg.MeetingID, m.cfg.Device, device)
		signature, err := sign(&m.pen, message)
		if err != nil {
			return err
		}
		next.SetHost(own.Extend(device, signature))
		return nil
	}})
}

func (m *Machine) revokeHost(id string) error {
	p := m.find(id)
	if p == nil {
		return ErrNoPerson
	}
	device := p.id.Device
	if device.Equal(m.cfg.Device) {
		return ErrNotAllowed // a state is signed by one of its hosts
	}
	return m.push(&order{name: "take host", state: func(next *State) error {
		next.DropHost(device)
		return nil
	}})
}

func (m *Machine) liftBan(device []byte) error {
	if !m.state.IsBanned(device) {
		return ErrNoPerson
	}
	device = slices.Clone(device)
	return m.push(&order{name: "lift ban", state: func(next *State) error {
		next.Unban(device)
		return nil
	}})
}

// canTakeOver reports whether the state allows a takeover and this device is the
// one: no host's leaf is left, and none has been here longer.
func (m *Machine) canTakeOver() bool {
	if m.group == nil || m.state.Takeover == TakeoverNone || m.state.IsHost(m.cfg.Device) {
		return false
	}
	self := m.self()
	for _, p := range m.members {
		if m.state.IsHost(p.id.Device) || m.isLonger(p, self) {
			return false
		}
	}
	return m.fresh.done || m.others() == 0
}

// isLonger reports whether a has been here longer than b: an earlier epoch of
// entry, then a lower leaf.
func (m *Machine) isLonger(a, b *member) bool {
	return a.entered < b.entered || a.entered == b.entered && a.index < b.index
}

func (m *Machine) takeOver() error {
	if !m.canTakeOver() {
		return ErrNotAllowed
	}
	return m.push(&order{name: "take over", state: func(next *State) error {
		next.SetHost(Host{Device: m.cfg.Device})
		return nil
	}})
}
