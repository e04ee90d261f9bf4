// Package session is Roundel's protocol between devices, on top of MLS (e2ee/mls,
// RFC 9420) and SFrame (e2ee/sframe, RFC 9605): invitation and meeting card, the
// signed meeting state and the rules by which every device accepts or refuses a
// commit, application messages, the security code, remembered devices, and the
// machine that drives them. It performs no I/O and reads no clock: bytes and
// time come in, decisions go out. docs/e2ee.md describes it for implementers.
package session
