package door

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"
)

// acmeRetry is how long the source waits after a failure that certmagic gives up on.
const acmeRetry = time.Hour

// acmeProtocol is the ALPN protocol of the tls-alpn-01 challenge (RFC 8737, 6.2).
const acmeProtocol = "acme-tls/1"

// ACMEConfig says whom to ask for a certificate, and for which name.
type ACMEConfig struct {
	Dir       string // folder for account and certificates
	Domain    string // the one name
	Email     string // told to the CA for warnings; may be ""
	Directory string // URL of the CA's directory (RFC 8555, 7.1.1); "" for Let's Encrypt
	Roots     string // PEM file of roots to trust when talking to Directory; "" for the system's
	Host      string // where this server listens for TLS, which the challenge comes to
	Port      int
	Logger    *slog.Logger
}

// ACME shows a certificate that a CA on the network gives (RFC 8555) after the
// tls-alpn-01 challenge (RFC 8737), which comes in on the same TCP port: at the
// CA's side that is always port 443.
type ACME struct {
	// immutable
	domain string
	public bool
	magic  *certmagic.Config
	log    *slog.Logger

	// owned by Run
	cache *certmagic.Cache
}

// NewACME checks the configuration; nothing is asked of the CA before Run. The
// source holds a goroutine until Run has returned.
func NewACME(c ACMEConfig) (*ACME, error) {
	var roots *x509.CertPool
	if c.Roots != "" {
		pem, err := os.ReadFile(c.Roots)
		if err != nil {
			return nil, fmt.Errorf("read the ACME server's roots: %w", err)
		}
		roots = x509.NewCertPool()
		if !roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("no certificate in %s", c.Roots)
		}
	}
	if !isHostname(c.Domain) {
		return nil, fmt.Errorf("%q is not a domain name", c.Domain)
	}
	directory := c.Directory
	if directory == "" {
		directory = certmagic.LetsEncryptProductionCA
	}
	a := &ACME{domain: c.Domain, public: c.Directory == "", log: c.Logger}
	logger := zap.New(zapToSlog{to: c.Logger.Handler()})
	a.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return a.magic, nil },
		Logger:           logger,
	})
	a.magic = certmagic.New(a.cache, certmagic.Config{
		Storage:   &certmagic.FileStorage{Path: filepath.Join(c.Dir, "acme")},
		KeySource: certmagic.StandardKeyGenerator{KeyType: certmagic.P256},
		Logger:    logger,

		DefaultServerName: c.Domain, // for clients that name no host
	})
	a.magic.Issuers = []certmagic.Issuer{certmagic.NewACMEIssuer(a.magic, certmagic.ACMEIssuer{
		CA:                        directory,
		Email:                     c.Email,
		Agreed:                    true,
		TrustedRoots:              roots,
		DisableHTTPChallenge:      true,
		DisableDistributedSolvers: true,
		ListenHost:                c.Host,
		AltTLSALPNPort:            c.Port,
		Logger:                    logger,
	})}
	return a, nil
}

// GetCertificate returns the domain's certificate, or the challenge's to the CA.
func (a *ACME) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	return a.magic.GetCertificate(hello)
}

// Protocol returns the challenge's protocol.
func (a *ACME) Protocol() string { return acmeProtocol }

// Public reports whether the CA is one that browsers know. Of a CA that the
// operator names that cannot be told.
func (a *ACME) Public() bool { return a.public }

// Run obtains the certificate and renews it until ctx ends.
func (a *ACME) Run(ctx context.Context, ready func()) {
	defer a.cache.Stop()
	for {
		err := a.obtain(ctx)
		if err == nil {
			break
		}
		a.log.Error("no certificate from the ACME server", "domain", a.domain, "error", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(acmeRetry):
		}
	}
	ready()
	<-ctx.Done()
}

// obtain gets the certificate from storage or from the CA into the cache, from
// which the cache's own goroutine renews it.
func (a *ACME) obtain(ctx context.Context) error {
	cert, err := a.magic.CacheManagedCertificate(ctx, a.domain)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		a.log.Info("asking the ACME server for a certificate", "domain", a.domain)
		err = a.magic.ObtainCertAsync(ctx, a.domain)
	case err == nil && cert.Expired():
		err = a.magic.RenewCertAsync(ctx, a.domain, false)
	case err == nil:
		return nil
	}
	if err != nil {
		return err
	}
	_, err = a.magic.CacheManagedCertificate(ctx, a.domain)
	return err
}
