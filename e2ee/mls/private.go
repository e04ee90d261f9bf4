package mls

// privateMessage is PrivateMessage (RFC 9420 section 6.3).
type privateMessage struct {
	groupID    []byte
	epoch      uint64
	kind       contentType
	aad        []byte
	senderData []byte
	ciphertext []byte
}

func decodePrivate(d *decoder) (*privateMessage, error) {
	m := &privateMessage{
		groupID: d.vector(), epoch: d.uint64(), kind: contentType(d.uint8()),
		aad: d.vector(), senderData: d.vector(), ciphertext: d.vector(),
	}
	if err := d.done(); err != nil {
		return nil, err
	}
	if m.kind < contentApplication || m.kind > contentCommit {
		return nil, fail(ErrDecode, "content type")
	}
	return m, nil
}

func (m *privateMessage) encode(e *encoder) {
	e.raw(m.senderDataAAD())
	e.vector(m.aad)
	e.vector(m.senderData)
	e.vector(m.ciphertext)
}

// senderDataAAD is SenderDataAAD (RFC 9420 section 6.3.2).
func (m *privateMessage) senderDataAAD() []byte {
	var e encoder
	e.vector(m.groupID)
	e.uint64(m.epoch)
	e.uint8(uint8(m.kind))
	return e.buf
}

// contentAAD is PrivateContentAAD (RFC 9420 section 6.3.1).
func (m *privateMessage) contentAAD() []byte {
	e := encoder{buf: m.senderDataAAD()}
	e.vector(m.aad)
	return e.buf
}

func (m *privateMessage) ratchet() ratchetKind {
	if m.kind == contentApplication {
		return applicationRatchet
	}
	return handshakeRatchet
}

// guardSize is the size of reuse_guard.
const guardSize = 4

// senderData is SenderData (RFC 9420 section 6.3.2).
type senderData struct {
	leaf       LeafIndex
	generation uint32
	guard      []byte
}

// senderDataKey derives the key of the sender data from a sample of the
// ciphertext (RFC 9420 section 6.3.2).
func (s *suite) senderDataKey(secret, ciphertext []byte) messageKey {
	sample := ciphertext[:min(len(ciphertext), s.hashSize)]
	return messageKey{
		key:   s.expand(secret, "key", sample, s.keySize),
		nonce: s.expand(secret, "nonce", sample, nonceSize),
	}
}

// guarded is the message nonce with the reuse guard mixed in.
func (k messageKey) guarded(guard []byte) []byte {
	nonce := append([]byte(nil), k.nonce...)
	for i := range guard {
		nonce[i] ^= guard[i]
	}
	return nonce
}

// sealPrivate frames signed content as PrivateMessage with the sender's next
// key. The ratchet moves on even if something fails, so that no key is used twice.
func (k *secrets) sealPrivate(s *suite, a *authenticated, padding int) ([]byte, error) {
	c := a.content
	m := &privateMessage{groupID: c.groupID, epoch: c.epoch, kind: c.kind, aad: c.aad}
	ratchet := k.messages.sender(c.leaf, m.ratchet())
	step, err := k.messages.peek(c.leaf, m.ratchet(), ratchet.generation)
	if err != nil {
		return nil, err
	}
	defer step.commit()

	var plain encoder
	c.encodeBody(&plain)
	a.encodeAuth(&plain)
	if padding > 0 {
		if over := len(plain.buf) % padding; over > 0 {
			plain.raw(make([]byte, padding-over))
		}
	}
	guard := random(guardSize)
	if m.ciphertext, err = s.sealAEAD(step.key.key, step.key.guarded(guard), plain.buf, m.contentAAD()); err != nil {
		return nil, err
	}
	var data encoder
	data.uint32(uint32(c.leaf))
	data.uint32(step.used)
	data.raw(guard)
	key := s.senderDataKey(k.senderData, m.ciphertext)
	defer key.erase()
	if m.senderData, err = s.sealAEAD(key.key, key.nonce, data.buf, m.senderDataAAD()); err != nil {
		return nil, err
	}
	var e encoder
	m.encode(&e)
	if len(e.buf) > MaxMessage-4 {
		return nil, fail(ErrLimit, "size of a message")
	}
	return message(wirePrivate, e.buf), nil
}

// openSenderData finds out who sent a PrivateMessage. That alone proves that the
// sender knows the epoch's secrets.
func (k *secrets) openSenderData(s *suite, m *privateMessage) (senderData, error) {
	key := s.senderDataKey(k.senderData, m.ciphertext)
	defer key.erase()
	b, err := s.openAEAD(key.key, key.nonce, m.senderData, m.senderDataAAD())
	if err != nil {
		return senderData{}, fail(ErrDecrypt, "sender data")
	}
	d := decode(b)
	data := senderData{leaf: LeafIndex(d.uint32()), generation: d.uint32(), guard: d.take(guardSize)}
	return data, d.done()
}

// openPrivate decrypts a PrivateMessage of a leaf of the tree. The caller
// verifies the signature and then commits or drops the step.
func (k *secrets) openPrivate(s *suite, m *privateMessage, from senderData) (*authenticated, *advance, error) {
	step, err := k.messages.peek(from.leaf, m.ratchet(), from.generation)
	if err != nil {
		return nil, nil, err
	}
	plain, err := s.openAEAD(step.key.key, step.key.guarded(from.guard), m.ciphertext, m.contentAAD())
	if err != nil {
		step.drop()
		return nil, nil, err
	}
	a := &authenticated{format: wirePrivate, content: &framedContent{
		groupID: m.groupID, epoch: m.epoch, sender: senderMember, leaf: from.leaf, aad: m.aad, kind: m.kind,
	}}
	d := decode(plain)
	a.content.decodeBody(d)
	if !d.bad {
		a.decodeAuth(d)
	}
	for _, padding := range d.rest {
		if padding != 0 {
			d.spoil()
			break
		}
	}
	if d.bad {
		step.drop()
		return nil, nil, ErrDecode
	}
	return a, step, nil
}
