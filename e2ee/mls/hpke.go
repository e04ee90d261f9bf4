package mls

import "crypto/hpke"

// sealed is HPKECiphertext (RFC 9420 section 7.6).
type sealed struct{ kemOutput, ciphertext []byte }

func (c sealed) encode(e *encoder) {
	e.vector(c.kemOutput)
	e.vector(c.ciphertext)
}

func decodeSealed(d *decoder) sealed {
	return sealed{kemOutput: d.vector(), ciphertext: d.vector()}
}

// privateKey is an HPKE key pair with its public key in wire form.
type privateKey struct {
	key    hpke.PrivateKey
	public []byte
}

func newPrivateKey(key hpke.PrivateKey) *privateKey {
	return &privateKey{key: key, public: key.PublicKey().Bytes()}
}

func (s *suite) generateKEM() (*privateKey, error) {
	key, err := s.kem.GenerateKey()
	if err != nil {
		return nil, refuse(ErrUnsupported, "generating a key", err)
	}
	return newPrivateKey(key), nil
}

// deriveKEM is KEM.DeriveKeyPair (RFC 9180 section 7.1.3).
func (s *suite) deriveKEM(secret []byte) (*privateKey, error) {
	key, err := s.kem.DeriveKeyPair(secret)
	if err != nil {
		return nil, fail(ErrUnsupported, "deriving a key pair")
	}
	return newPrivateKey(key), nil
}

// nodeKey derives a parent's key pair from its path secret (RFC 9420 section 7.4).
func (s *suite) nodeKey(pathSecret []byte) (*privateKey, error) {
	secret := s.derive(pathSecret, "node")
	defer erase(secret)
	return s.deriveKEM(secret)
}

// encrypt is EncryptWithLabel (RFC 9420 section 5.1.3).
func (s *suite) encrypt(public []byte, label string, context, plaintext []byte) (sealed, error) {
	key, err := s.kem.NewPublicKey(public)
	if err != nil {
		return sealed{}, fail(ErrTree, "an encryption key is malformed")
	}
	enc, sender, err := hpke.NewSender(key, s.kdf, s.aead, labelled(label, context))
	if err != nil {
		return sealed{}, fail(ErrTree, "an encryption key is malformed")
	}
	ciphertext, err := sender.Seal(nil, plaintext)
	if err != nil {
		return sealed{}, fail(ErrUnsupported, "encrypting to a leaf")
	}
	return sealed{kemOutput: enc, ciphertext: ciphertext}, nil
}

// decrypt is DecryptWithLabel (RFC 9420 section 5.1.3).
func (s *suite) decrypt(key *privateKey, label string, context []byte, c sealed) ([]byte, error) {
	recipient, err := hpke.NewRecipient(c.kemOutput, key.key, s.kdf, s.aead, labelled(label, context))
	if err != nil {
		return nil, fail(ErrDecrypt, label)
	}
	plaintext, err := recipient.Open(nil, c.ciphertext)
	if err != nil {
		return nil, fail(ErrDecrypt, label)
	}
	return plaintext, nil
}

// Labels of the protocol's own encryptions.
const (
	labelPath    = "UpdatePathNode"
	labelWelcome = "Welcome"
)

// reservedLabel keeps applications from opening what the protocol sealed.
func reservedLabel(label string) bool { return label == labelPath || label == labelWelcome }

// externalInitLabel is the exporter context of RFC 9420 section 8.3.
const externalInitLabel = "MLS 1.0 external init secret"

// externalInit makes the init secret of an external commit for a group's
// external_pub, and what the members need to find the same.
func (s *suite) externalInit(externalPub []byte) (kemOutput, initSecret []byte, err error) {
	key, err := s.kem.NewPublicKey(externalPub)
	if err != nil {
		return nil, nil, fail(ErrDecode, "external_pub")
	}
	kemOutput, sender, err := hpke.NewSender(key, s.kdf, s.aead, nil)
	if err != nil {
		return nil, nil, fail(ErrDecode, "external_pub")
	}
	initSecret, err = sender.Export(externalInitLabel, s.hashSize)
	return kemOutput, initSecret, err
}

// openExternalInit is the members' side of externalInit.
func (s *suite) openExternalInit(externalSecret, kemOutput []byte) ([]byte, error) {
	key, err := s.deriveKEM(externalSecret)
	if err != nil {
		return nil, err
	}
	recipient, err := hpke.NewRecipient(kemOutput, key.key, s.kdf, s.aead, nil)
	if err != nil {
		return nil, fail(ErrDecrypt, "external init")
	}
	return recipient.Export(externalInitLabel, s.hashSize)
}

// encryptBytes and decryptBytes carry an HPKECiphertext as one string of bytes.
func (s *suite) encryptBytes(public []byte, label string, context, plaintext []byte) ([]byte, error) {
	c, err := s.encrypt(public, label, context, plaintext)
	if err != nil {
		return nil, err
	}
	var e encoder
	c.encode(&e)
	return e.buf, nil
}

func (s *suite) decryptBytes(key *privateKey, label string, context, ciphertext []byte) ([]byte, error) {
	d := decode(ciphertext)
	c := decodeSealed(d)
	if err := d.done(); err != nil {
		return nil, err
	}
	return s.decrypt(key, label, context, c)
}
