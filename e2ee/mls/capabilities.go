package mls

import "slices"

// protocolVersion is mls10 (RFC 9420 section 6).
const protocolVersion uint16 = 1

// capabilities is what a leaf says it supports (RFC 9420 section 7.2). Values
// that this package does not know, GREASE among them (section 13.5), are kept.
type capabilities struct {
	versions, suites, extensions, proposals, credentials []uint16
}

func (c *capabilities) encode(e *encoder) {
	e.uint16s(c.versions)
	e.uint16s(c.suites)
	e.uint16s(c.extensions)
	e.uint16s(c.proposals)
	e.uint16s(c.credentials)
}

func decodeCapabilities(d *decoder) capabilities {
	return capabilities{
		versions: d.uint16s(), suites: d.uint16s(), extensions: d.uint16s(),
		proposals: d.uint16s(), credentials: d.uint16s(),
	}
}

// ownCapabilities lists what the configuration adds to the defaults.
func ownCapabilities(c CipherSuite, credential uint16, cfg *Config) capabilities {
	own := capabilities{
		versions:    []uint16{protocolVersion},
		suites:      []uint16{uint16(c)},
		credentials: []uint16{CredentialBasic, CredentialX509},
	}
	for _, t := range append([]uint16{credential}, cfg.CredentialTypes...) {
		if !slices.Contains(own.credentials, t) {
			own.credentials = append(own.credentials, t)
		}
	}
	own.extensions = append(own.extensions, cfg.Extensions...)
	own.proposals = append(own.proposals, cfg.Proposals...)
	return own
}

func (c *capabilities) hasExtension(t uint16) bool {
	return (t >= ExtensionApplicationID && t <= lastDefaultExtension) || slices.Contains(c.extensions, t)
}

func (c *capabilities) hasProposal(t uint16) bool {
	return (t >= proposalAdd && t <= lastDefaultProposal) || slices.Contains(c.proposals, t)
}

// meets reports whether everything that is required is supported.
func (c *capabilities) meets(r *required) bool {
	for _, t := range r.extensions {
		if !c.hasExtension(t) {
			return false
		}
	}
	for _, t := range r.proposals {
		if !c.hasProposal(t) {
			return false
		}
	}
	for _, t := range r.credentials {
		if !slices.Contains(c.credentials, t) {
			return false
		}
	}
	return true
}
