package session

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"io"
)

// KnockProof shows the members that who knocks with this KeyPackage has the
// link: HMAC-SHA256 under a key from the link's secret.
func KnockProof(secret []byte, keyPackage []byte) []byte {
	mac := hmac.New(sha256.New, derive(secret, tuple(labelKnock), 32))
	mac.Write(keyPackage)
	return mac.Sum(nil)
}

// VerifyKnock compares a proof in constant time.
func VerifyKnock(secret []byte, keyPackage, proof []byte) bool {
	return hmac.Equal(KnockProof(secret, keyPackage), proof)
}

// SealLobbyName seals a waiting person's name for whoever has the link, bound to
// the KeyPackage it knocks with. random nil means crypto/rand.
func SealLobbyName(secret []byte, keyPackage []byte, name string, random io.Reader) ([]byte, error) {
	if !validText(name, MaxName) {
		return nil, ErrFormat
	}
	if random == nil {
		random = rand.Reader
	}
	aead, err := lobbyCipher(secret)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	if _, err := io.ReadFull(random, nonce); err != nil {
		return nil, err
	}
	padded := make([]byte, MaxName+1)
	padded[0] = byte(len(name) - 1)
	copy(padded[1:], name)
	return aead.Seal(nonce, nonce, padded, keyPackage), nil
}

// OpenLobbyName opens what SealLobbyName sealed.
func OpenLobbyName(secret []byte, keyPackage, sealed []byte) (string, error) {
	aead, err := lobbyCipher(secret)
	if err != nil || len(sealed) < aead.NonceSize() {
		return "", ErrFormat
	}
	padded, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], keyPackage)
	if err != nil || len(padded) != MaxName+1 {
		return "", ErrFormat
	}
	name := string(padded[1 : 2+int(padded[0])])
	if !validText(name, MaxName) {
		return "", ErrFormat
	}
	return name, nil
}

func lobbyCipher(secret []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(derive(secret, tuple(labelLobbyName), 32))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// KeyPackageDigits is what a joiner without the link and whoever admits it
// compare by phone: 12 digits of the KeyPackage's hash, in groups of four.
func KeyPackageDigits(keyPackage []byte) string {
	h := sha256.New()
	h.Write(tuple(labelPackage))
	h.Write(keyPackage)
	sum := h.Sum(nil)
	out := make([]byte, 0, 14)
	for group := range 3 {
		if group > 0 {
			out = append(out, ' ')
		}
		out = appendDigits(out, sum[8*group:8*group+8], 4)
	}
	return string(out)
}
