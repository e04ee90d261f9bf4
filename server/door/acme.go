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
	"sync/atomic"
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
	config ACMEConfig
	roots  *x509.CertPool // nil for the system's
	log    *slog.Logger

	// shared: nil until Run
	magic atomic.Pointer[certmagic.Config]
}

// errNotYet is what a client meets before Run.
var errNotYet = errors.New("no certificate yet")

// NewACME checks the configuration; nothing is asked of the CA before Run.
func NewACME(c ACMEConfig) (*ACME, error) {
	a := &ACME{config: c, log: c.Logger}
	if !isHostname(c.Domain) {
		return nil, fmt.Errorf("%q is not a domain name", c.Domain)
	}
	if c.Roots != "" {
		pem, err := os.ReadFile(c.Roots)
		if err != nil {
			return nil, fmt.Errorf("read the ACME server's roots: %w", err)
		}
		a.roots = x509.NewCertPool()
		if !a.roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("no certificate in %s", c.Roots)
		}
	}
	return a, nil
}

// start gets certmagic going; the cache runs a goroutine until it is stopped.
func (a *ACME) start() (*certmagic.Config, *certmagic.Cache) {
	directory := a.config.Directory
	if directory == "" {
		directory = certmagic.LetsEncryptProductionCA
	}
	logger := zap.New(zapToSlog{to: a.log.Handler()})
	cache := certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return a.magic.Load(), nil },
		Logger:           logger,
	})
	magic := certmagic.New(cache, certmagic.Config{
		Storage:   &certmagic.FileStorage{Path: filepath.Join(a.config.Dir, "acme")},
		KeySource: certmagic.StandardKeyGenerator{KeyType: certmagic.P256},
		Logger:    logger,

		DefaultServerName: a.config.Domain, // for clients that name no host
	})
	magic.Issuers = []certmagic.Issuer{certmagic.NewACMEIssuer(magic, certmagic.ACMEIssuer{
		CA:                        directory,
		Email:                     a.config.Email,
		Agreed:                    true,
		TrustedRoots:              a.roots,
		DisableHTTPChallenge:      true,
		DisableDistributedSolvers: true,
		ListenHost:                a.config.Host,
		AltTLSALPNPort:            a.config.Port,
		Logger:                    logger,
	})}
	a.magic.Store(magic)
	return magic, cache
}

// GetCertificate returns the domain's certificate, or the challenge's to the CA.
func (a *ACME) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	magic := a.magic.Load()
	if magic == nil {
		return nil, errNotYet
	}
	return magic.GetCertificate(hello)
}

// Protocol returns the challenge's protocol.
func (a *ACME) Protocol() string { return acmeProtocol }

// Public reports whether the CA is one that browsers know. Of a CA that the
// operator names that cannot be told.
func (a *ACME) Public() bool { return a.config.Directory == "" }

// Run obtains the certificate and renews it until ctx ends.
func (a *ACME) Run(ctx context.Context, ready func()) {
	magic, cache := a.start()
	defer cache.Stop()
	for {
		err := a.obtain(ctx, magic)
		if err == nil {
			break
		}
		a.log.Error("no certificate from the ACME server", "domain", a.config.Domain, "error", err)
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
func (a *ACME) obtain(ctx context.Context, magic *certmagic.Config) error {
	domain := a.config.Domain
	cert, err := magic.CacheManagedCertificate(ctx, domain)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		a.log.Info("asking the ACME server for a certificate", "domain", domain)
		err = magic.ObtainCertAsync(ctx, domain)
	case err == nil && cert.Expired():
		err = magic.RenewCertAsync(ctx, domain, false)
	case err == nil:
		return nil
	}
	if err != nil {
		return err
	}
	_, err = magic.CacheManagedCertificate(ctx, domain)
	return err
}
