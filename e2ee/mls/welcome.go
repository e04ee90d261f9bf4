package mls

import "bytes"

// groupSecrets is GroupSecrets (RFC 9420 section 12.4.3.1).
type groupSecrets struct {
	joiner     []byte
	pathSecret []byte // nil: none
	psks       []*pskID
}

func (g *groupSecrets) encode(e *encoder) {
	e.vector(g.joiner)
	e.optional(g.pathSecret != nil)
	if g.pathSecret != nil {
		e.vector(g.pathSecret)
	}
	e.nested(func() {
		for _, id := range g.psks {
			id.encode(e)
		}
	})
}

func decodeGroupSecrets(d *decoder) *groupSecrets {
	g := &groupSecrets{joiner: d.vector()}
	if d.optional() {
		g.pathSecret = d.vector()
	}
	d.nested(func(d *decoder) { g.psks = append(g.psks, decodePSK(d)) })
	return g
}

// welcomeMessage is Welcome (RFC 9420 section 12.4.3.1).
type welcomeMessage struct {
	suite   CipherSuite
	secrets []welcomeEntry
	info    []byte // encrypted_group_info
}

type welcomeEntry struct {
	reference []byte
	secrets   sealed
}

func (w *welcomeMessage) encode(e *encoder) {
	e.uint16(uint16(w.suite))
	e.nested(func() {
		for _, s := range w.secrets {
			e.vector(s.reference)
			s.secrets.encode(e)
		}
	})
	e.vector(w.info)
}

func decodeWelcome(d *decoder) *welcomeMessage {
	w := &welcomeMessage{suite: CipherSuite(d.uint16())}
	d.nested(func(d *decoder) {
		if len(w.secrets) == MaxLeaves {
			d.spoil()
			return
		}
		w.secrets = append(w.secrets, welcomeEntry{reference: d.vector(), secrets: decodeSealed(d)})
	})
	w.info = d.vector()
	return w
}

// welcome makes the message for those that the commit of this epoch added.
func (g *Group) welcome(p *plan, joiner, member []byte, pathSecrets map[nodeIndex][]byte) ([]byte, error) {
	s := g.suite
	info, err := g.signGroupInfo()
	if err != nil {
		return nil, err
	}
	var plain encoder
	info.encode(&plain)
	key, nonce := s.welcomeKey(member)
	defer erase(key, nonce)
	w := &welcomeMessage{suite: s.id}
	if w.info, err = s.sealAEAD(key, nonce, plain.buf, nil); err != nil {
		return nil, err
	}
	for k, i := range p.added {
		secrets := &groupSecrets{joiner: joiner, psks: p.psks}
		for _, x := range directPath(i.node(), g.tree.root()) {
			if secret := pathSecrets[x]; secret != nil {
				secrets.pathSecret = secret
				break
			}
		}
		var e encoder
		secrets.encode(&e)
		c, err := s.encrypt(p.packages[k].initKey, labelWelcome, w.info, e.buf)
		erase(e.buf)
		if err != nil {
			return nil, err
		}
		w.secrets = append(w.secrets, welcomeEntry{reference: s.keyPackageReference(p.packages[k].encoded), secrets: c})
	}
	var e encoder
	w.encode(&e)
	if len(e.buf) > MaxMessage-4 {
		return nil, fail(ErrLimit, "size of a message")
	}
	return message(wireWelcome, e.buf), nil
}

// Join enters a group by a Welcome (RFC 9420 section 12.4.3.1). Tree is the
// ratchet tree if it comes apart from the Welcome, else nil.
func Join(kp *KeyPackage, welcome, tree []byte, cfg Config) (*Group, error) {
	if kp == nil || kp.init == nil {
		return nil, fail(ErrEnded, "key package")
	}
	if len(tree) > MaxMessage {
		return nil, fail(ErrLimit, "size of a ratchet tree")
	}
	format, d, err := openMessage(bytes.Clone(welcome))
	if err != nil {
		return nil, err
	}
	if format != wireWelcome {
		return nil, fail(ErrDecode, "not a welcome")
	}
	w := decodeWelcome(d)
	if err := d.done(); err != nil {
		return nil, err
	}
	s := kp.public.suite
	if w.suite != s.id {
		return nil, fail(ErrWelcome, "other cipher suite")
	}
	secrets, err := w.open(s, kp)
	if err != nil {
		return nil, err
	}
	defer erase(secrets.joiner, secrets.pathSecret)
	g := &Group{suite: s, cfg: cfg, signer: kp.signer, context: &groupContext{}, joinPSKs: externalPSKs(secrets.psks)}
	if err := g.join(kp, w, secrets, bytes.Clone(tree)); err != nil {
		return nil, err
	}
	return g, nil
}

// open finds and decrypts the entry for a KeyPackage.
func (w *welcomeMessage) open(s *suite, kp *KeyPackage) (*groupSecrets, error) {
	reference := kp.Ref()
	for _, entry := range w.secrets {
		if !bytes.Equal(entry.reference, reference) {
			continue
		}
		plain, err := s.decrypt(kp.init, labelWelcome, w.info, entry.secrets)
		if err != nil {
			return nil, err
		}
		d := decode(plain)
		secrets := decodeGroupSecrets(d)
		if err := d.done(); err != nil {
			return nil, err
		}
		for i, id := range secrets.psks {
			if len(id.nonce) != s.hashSize {
				return nil, fail(ErrProposals, "nonce of a PSK has the wrong size")
			}
			for _, other := range secrets.psks[:i] {
				if id.equal(other) {
					return nil, fail(ErrProposals, "a PSK twice")
				}
			}
		}
		return secrets, nil
	}
	return nil, ErrWelcome
}

// join fills a new group from the decrypted parts of a Welcome.
func (g *Group) join(kp *KeyPackage, w *welcomeMessage, secrets *groupSecrets, tree []byte) error {
	s := g.suite
	psk, err := s.pskSecret(secrets.psks, g.lookupPSK)
	if err != nil {
		return err
	}
	member := s.memberSecret(secrets.joiner, psk)
	defer erase(psk, member)
	key, nonce := s.welcomeKey(member)
	defer erase(key, nonce)
	plain, err := s.openAEAD(key, nonce, w.info, nil)
	if err != nil {
		return fail(ErrTag, "group info of a welcome does not open: other PSKs")
	}
	d := decode(plain)
	info := decodeGroupInfo(d)
	if err := d.done(); err != nil {
		return err
	}
	if g.tree, err = info.verify(s, tree, &g.cfg); err != nil {
		return err
	}
	g.context = info.context
	if err := g.findSelf(kp.public.leaf); err != nil {
		return err
	}
	g.keys = map[nodeIndex]*privateKey{g.self.node(): kp.leafKey}
	if secrets.pathSecret != nil {
		if err := g.takePathSecret(secrets.pathSecret, info.signer); err != nil {
			return err
		}
	}
	g.enter(s.epochSecret(member, g.context.bytes()), nil)
	if !s.checkMAC(g.secrets.confirmation, g.context.confirmed, info.confirmation) {
		g.Erase()
		return ErrTag
	}
	g.confirm(info.confirmation)
	return nil
}

// findSelf finds the leaf of the own KeyPackage in the tree.
func (g *Group) findSelf(own *leafNode) error {
	want, found := own.bytes(), false
	_ = g.tree.leaves(func(i LeafIndex, l *leafNode) error {
		if bytes.Equal(l.signatureKey, own.signatureKey) && bytes.Equal(l.bytes(), want) {
			g.self, found = i, true
		}
		return nil
	})
	if !found {
		return fail(ErrWelcome, "own leaf is not in the tree")
	}
	g.tree.nodes[g.self.node()].entered = g.context.epoch // the node is this group's own
	return nil
}

// takePathSecret derives the keys between the own leaf's path and that of the
// member who added it.
func (g *Group) takePathSecret(secret []byte, signer LeafIndex) error {
	if signer == g.self {
		return fail(ErrPath, "path secret from oneself")
	}
	steps := g.tree.filteredPath(signer)
	for k, s := range steps {
		if !s.copath.contains(g.self.node()) {
			continue
		}
		keys, commitSecret, err := g.tree.climb(bytes.Clone(secret), steps[k:])
		if err != nil {
			return err
		}
		erase(commitSecret)
		for x, key := range keys {
			g.keys[x] = key
		}
		return nil
	}
	return fail(ErrPath, "path secret without a common ancestor")
}
