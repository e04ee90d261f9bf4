package mls

// secrets are what the key schedule gives for one epoch (RFC 9420 section 8).
// The groups of an epoch share them; the last to be erased overwrites them.
type secrets struct {
	initSecret    []byte // for the next epoch
	senderData    []byte
	exporter      []byte
	external      []byte
	confirmation  []byte
	membership    []byte
	resumption    []byte
	authenticator []byte
	messages      *secretTree
	users         int
}

// joinerSecret mixes the last epoch's init secret with the commit's.
func (s *suite) joinerSecret(initSecret, commitSecret, context []byte) []byte {
	extracted := s.extract(initSecret, commitSecret)
	defer erase(extracted)
	return s.expand(extracted, "joiner", context, s.hashSize)
}

// memberSecret mixes the PSKs in; welcome_secret and epoch_secret come from it.
func (s *suite) memberSecret(joiner, psk []byte) []byte { return s.extract(joiner, psk) }

func (s *suite) welcomeKey(member []byte) (key, nonce []byte) {
	welcome := s.derive(member, "welcome")
	defer erase(welcome)
	return s.expand(welcome, "key", nil, s.keySize), s.expand(welcome, "nonce", nil, nonceSize)
}

func (s *suite) epochSecret(member, context []byte) []byte {
	return s.expand(member, "epoch", context, s.hashSize)
}

// schedule derives an epoch's secrets from its epoch_secret.
func (s *suite) schedule(epochSecret []byte, leaves int) *secrets {
	return &secrets{
		initSecret:    s.derive(epochSecret, "init"),
		senderData:    s.derive(epochSecret, "sender data"),
		exporter:      s.derive(epochSecret, "exporter"),
		external:      s.derive(epochSecret, "external"),
		confirmation:  s.derive(epochSecret, "confirm"),
		membership:    s.derive(epochSecret, "membership"),
		resumption:    s.derive(epochSecret, "resumption"),
		authenticator: s.derive(epochSecret, "authentication"),
		messages:      newSecretTree(s, s.derive(epochSecret, "encryption"), leaves),
		users:         1,
	}
}

func (k *secrets) share() *secrets {
	k.users++
	return k
}

// release overwrites the secrets when nobody else uses them.
func (k *secrets) release() {
	if k.users--; k.users > 0 {
		return
	}
	erase(
		k.initSecret, k.senderData, k.exporter, k.external, k.confirmation,
		k.membership, k.resumption, k.authenticator,
	)
	k.messages.erase()
}

// export is MLS-Exporter (RFC 9420 section 8.5).
func (s *suite) export(exporter []byte, label string, context []byte, length int) ([]byte, error) {
	if length < 0 || length > 255*s.hashSize {
		return nil, fail(ErrLimit, "length of an exported secret")
	}
	derived := s.derive(exporter, label)
	defer erase(derived)
	return s.expand(derived, "exported", s.hash(context), length), nil
}
