package transport

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	_ "crypto/sha256" // the hashes of RFC 8122 that fingerprints may use
	_ "crypto/sha512"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"math/big"
	"strings"
	"time"

	"github.com/roundel-meet/roundel/core/meeting"
)

// certificate is the server's DTLS identity: ECDSA P-256, made per process and
// named by nothing but its fingerprint in the signalling.
type certificate struct {
	tls         tls.Certificate
	fingerprint string
}

func newCertificate() (*certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "roundel"},
		NotBefore:    now.Add(-24 * time.Hour),
		NotAfter:     now.AddDate(10, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	return &certificate{
		tls:         tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		fingerprint: formatDigest(digest(crypto.SHA256, der)),
	}, nil
}

// fingerprint is a peer's certificate hash from its offer (RFC 8122 section 5).
type fingerprint struct {
	hash crypto.Hash
	sum  []byte
}

// parseFingerprint reads "sha-256 AA:BB:…". Hashes weaker than SHA-256 are
// refused with an invalid Error.
func parseFingerprint(s string) (fingerprint, error) {
	name, value, _ := strings.Cut(s, " ")
	f := fingerprint{hash: map[string]crypto.Hash{
		"sha-256": crypto.SHA256, "sha-384": crypto.SHA384, "sha-512": crypto.SHA512,
	}[strings.ToLower(name)]}
	if f.hash == 0 {
		return f, meeting.Errorf(meeting.CodeInvalid, "The offer's certificate fingerprint must use SHA-256, SHA-384 or SHA-512.")
	}
	sum, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(value), ":", ""))
	if err != nil || len(sum) != f.hash.Size() {
		return f, meeting.Errorf(meeting.CodeInvalid, "The offer's certificate fingerprint is malformed.")
	}
	f.sum = sum
	return f, nil
}

// matches reports whether der is the certificate that f promised.
func (f fingerprint) matches(der []byte) bool {
	return subtle.ConstantTimeCompare(f.sum, digest(f.hash, der)) == 1
}

func digest(h crypto.Hash, b []byte) []byte {
	w := h.New()
	w.Write(b)
	return w.Sum(nil)
}

func formatDigest(sum []byte) string {
	var b strings.Builder
	for i, x := range sum {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(strings.ToUpper(hex.EncodeToString([]byte{x})))
	}
	return b.String()
}
