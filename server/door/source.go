package door

import (
	"context"
	"crypto/tls"
	"crypto/x509"
)

// Source gives the certificate that the port shows, and keeps it fresh.
type Source interface {
	// GetCertificate answers one handshake; safe for concurrent use.
	GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error)

	// Protocol is an ALPN protocol (RFC 7301) that the source answers itself, or "".
	Protocol() string

	// Public reports whether the certificate chains to roots that everybody
	// has. Only then may a site ask browsers to insist on HTTPS (RFC 6797).
	Public() bool

	// Run keeps the certificate fresh until ctx ends. It calls ready once,
	// as soon as there is a certificate to show.
	Run(ctx context.Context, ready func())
}

// chains reports whether cert leads to one of roots, nil for this machine's own.
// A machine with a private root installed counts it in; that is the best that
// can be told from here.
func chains(cert *tls.Certificate, roots *x509.CertPool) bool {
	pool := x509.NewCertPool()
	for _, der := range cert.Certificate[1:] {
		if c, err := x509.ParseCertificate(der); err == nil {
			pool.AddCert(c)
		}
	}
	_, err := cert.Leaf.Verify(x509.VerifyOptions{Intermediates: pool, Roots: roots})
	return err == nil
}
