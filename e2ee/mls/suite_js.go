//go:build js

package mls

// The browser's build does without the NIST suites, which no meeting uses.

func nistSuites() []CipherSuite { return nil }

func nistSuite(CipherSuite) *suite { return nil }
