package session

import (
	"encoding/binary"
	"strings"
)

// Sizes of the security code.
const (
	codeGroups = 6
	codeDigits = 5
	codeEmoji  = 8
)

// Code is the security code of an epoch: equal for all members of one group in
// one epoch and for nobody else. 30 digits carry 99 bits, the emoji 64.
type Code struct {
	Digits [codeGroups]string // of five digits each
	Emoji  [codeEmoji]Emoji
}

// Emoji is a picture with the name that a screen reader says.
type Emoji struct {
	Symbol rune
	Name   string
}

// SecurityCode derives the code from MLS's epoch authenticator (RFC 9420
// section 8.7), which all members of the same epoch share.
func SecurityCode(authenticator []byte) Code {
	var c Code
	digits := derive(authenticator, tuple(labelDigits), 8*codeGroups)
	for i := range c.Digits {
		c.Digits[i] = string(appendDigits(nil, digits[8*i:8*i+8], codeDigits))
	}
	for i, b := range derive(authenticator, tuple(labelEmoji), codeEmoji) {
		c.Emoji[i] = emoji[b]
	}
	return c
}

// String is the digits as a person reads them to another.
func (c Code) String() string { return strings.Join(c.Digits[:], " ") }

// appendDigits appends n decimal digits of 8 bytes; the bias is below 2^-46.
func appendDigits(out, bytes8 []byte, n int) []byte {
	v := binary.BigEndian.Uint64(bytes8)
	digits := make([]byte, n)
	for i := n - 1; i >= 0; i-- {
		digits[i] = byte('0' + v%10)
		v /= 10
	}
	return append(out, digits...)
}
