package door

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

// filesCheck is how often Files looks whether its files have changed.
const filesCheck = 10 * time.Second

// Files shows a certificate from files that somebody else keeps fresh.
type Files struct {
	// immutable
	certPath, keyPath string
	log               *slog.Logger

	// shared
	now atomic.Pointer[loaded]
}

// loaded is one state of the files.
type loaded struct {
	cert   tls.Certificate
	public bool
	stamp  string
}

// OpenFiles reads a certificate chain and its key, both PEM. An error names the
// file at fault.
func OpenFiles(certPath, keyPath string, log *slog.Logger) (*Files, error) {
	f := &Files{certPath: certPath, keyPath: keyPath, log: log}
	l, err := f.load()
	if err != nil {
		return nil, err
	}
	f.now.Store(l)
	return f, nil
}

// GetCertificate returns the certificate as last read.
func (f *Files) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return &f.now.Load().cert, nil
}

// Protocol returns "": files need none.
func (f *Files) Protocol() string { return "" }

// Public reports whether the chain leads to a root of this machine.
func (f *Files) Public() bool { return f.now.Load().public }

// Run reads the files again when they change. While they cannot be used, the
// last good certificate stays.
func (f *Files) Run(ctx context.Context, ready func()) {
	ready()
	tick := time.NewTicker(filesCheck)
	defer tick.Stop()
	tried := f.now.Load().stamp
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		stamp, err := f.stamp()
		if err != nil || stamp == tried {
			continue // a file that is being replaced may be gone for a moment
		}
		tried = stamp
		l, err := f.load()
		if err != nil {
			f.log.Error("changed certificate cannot be used", "error", err)
			continue
		}
		f.now.Store(l)
		f.log.Info("certificate read again", "notAfter", l.cert.Leaf.NotAfter)
	}
}

func (f *Files) load() (*loaded, error) {
	stamp, err := f.stamp()
	if err != nil {
		return nil, err
	}
	certPEM, err := os.ReadFile(f.certPath)
	if err != nil {
		return nil, fmt.Errorf("read the certificate: %w", err)
	}
	keyPEM, err := os.ReadFile(f.keyPath)
	if err != nil {
		return nil, fmt.Errorf("read the certificate's key: %w", err)
	}
	cert, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, fmt.Errorf("the certificate %s with the key %s: %w", f.certPath, f.keyPath, err)
	}
	if time.Now().After(cert.Leaf.NotAfter) {
		return nil, fmt.Errorf("the certificate %s expired on %s", f.certPath, cert.Leaf.NotAfter.Format(time.DateOnly))
	}
	return &loaded{cert: cert, public: chains(&cert, nil), stamp: stamp}, nil
}

// stamp tells one state of the two files from another.
func (f *Files) stamp() (string, error) {
	var s string
	for _, path := range []string{f.certPath, f.keyPath} {
		info, err := os.Stat(path)
		if err != nil {
			return "", fmt.Errorf("read the certificate: %w", err)
		}
		s += fmt.Sprintf("%d/%d ", info.ModTime().UnixNano(), info.Size())
	}
	return s, nil
}
