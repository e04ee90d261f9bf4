package door

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// leafFile keeps the local CA's leaf with its key, so that a browser's exception
// for it outlives a restart.
const leafFile = "leaf.pem"

// localCheck is how often Run looks at the machine's addresses and at the clock.
const localCheck = time.Minute

// Local shows certificates of this server's own CA. It makes the CA once, and a
// new leaf when the old one is near its end or lacks a name of the machine.
type Local struct {
	// immutable
	ca    *authority
	path  string
	names func() Names
	log   *slog.Logger

	// shared
	leaf atomic.Pointer[tls.Certificate]
}

// OpenLocal opens the CA in dir and has a leaf ready for what names returns. An
// error says which file cannot be read, written or used.
func OpenLocal(dir string, names func() Names, log *slog.Logger) (*Local, error) {
	ca, err := openAuthority(dir)
	if err != nil {
		return nil, err
	}
	l := &Local{ca: ca, path: filepath.Join(dir, leafFile), names: names, log: log}
	pem, err := os.ReadFile(l.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the certificate: %w", err)
	}
	if err == nil {
		// A leaf that cannot be used is replaced: nothing else depends on it.
		if pair, err := tls.X509KeyPair(pem, pem); err == nil {
			l.leaf.Store(&pair)
		}
	}
	return l, l.refresh()
}

// CertificatePEM returns the CA's certificate, for people to install.
func (l *Local) CertificatePEM() []byte { return l.ca.pem }

// GetCertificate returns the leaf.
func (l *Local) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return l.leaf.Load(), nil
}

// Protocol returns "": a local CA needs none.
func (l *Local) Protocol() string { return "" }

// Public returns false: only who installed the CA trusts it.
func (l *Local) Public() bool { return false }

// Run renews the leaf in time, and when the machine gets a new address.
func (l *Local) Run(ctx context.Context, ready func()) {
	ready()
	tick := time.NewTicker(localCheck)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := l.refresh(); err != nil {
				l.log.Error("certificate not renewed", "error", err)
			}
		}
	}
}

// refresh makes a new leaf if there is a reason to.
func (l *Local) refresh() error {
	names := l.names()
	reason := l.stale(names)
	if reason == "" {
		return nil
	}
	pem, err := l.ca.issue(names)
	if err != nil {
		return fmt.Errorf("make a certificate: %w", err)
	}
	pair, err := tls.X509KeyPair(pem, pem)
	if err != nil {
		return fmt.Errorf("make a certificate: %w", err)
	}
	if err := writeFile(l.path, pem, 0o600); err != nil {
		return fmt.Errorf("write the certificate: %w", err)
	}
	l.leaf.Store(&pair)
	l.log.Info("certificate made", "reason", reason, "notAfter", pair.Leaf.NotAfter)
	return nil
}

// stale returns why the leaf must be replaced, or "".
func (l *Local) stale(names Names) string {
	pair := l.leaf.Load()
	if pair == nil {
		return "none yet"
	}
	if pair.Leaf.CheckSignatureFrom(l.ca.cert) != nil {
		return "of another CA"
	}
	if time.Until(pair.Leaf.NotAfter) < leafRenew {
		return "near its end"
	}
	have := Names{DNS: pair.Leaf.DNSNames}
	for _, ip := range pair.Leaf.IPAddresses {
		if a, ok := netip.AddrFromSlice(ip); ok {
			have.Addrs = append(have.Addrs, a.Unmap())
		}
	}
	if len(names.missing(have)) > 0 {
		return "new name or address"
	}
	return ""
}
