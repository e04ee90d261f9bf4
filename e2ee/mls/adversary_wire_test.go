package mls_test

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/binary"
	"testing"
)

// An attacker has its own code. What follows is a second, small implementation of
// what RFC 9420 has a member send, for suite 1, which shares nothing with the
// package and keeps to no rule: it is how the tests make messages that no honest
// member would make, signed and tagged as they must be.

// wire builds the presentation language of RFC 9420 2.
type wire []byte

func (w wire) u8(v uint8) wire   { return append(w, v) }
func (w wire) u16(v uint16) wire { return binary.BigEndian.AppendUint16(w, v) }
func (w wire) u32(v uint32) wire { return binary.BigEndian.AppendUint32(w, v) }
func (w wire) u64(v uint64) wire { return binary.BigEndian.AppendUint64(w, v) }
func (w wire) raw(b ...[]byte) wire {
	for _, part := range b {
		w = append(w, part...)
	}
	return w
}

// vec appends a vector with its length (RFC 9420 2.1.2).
func (w wire) vec(b []byte) wire {
	switch n := len(b); {
	case n < 1<<6:
		w = w.u8(uint8(n))
	case n < 1<<14:
		w = w.u16(uint16(n) | 1<<14)
	default:
		w = w.u32(uint32(n) | 1<<31)
	}
	return append(w, b...)
}

// list is a vector of 16-bit values.
func (w wire) list(values ...uint16) wire {
	var all wire
	for _, v := range values {
		all = all.u16(v)
	}
	return w.vec(all)
}

// reader takes such bytes apart; what does not fit ends the test.
type reader struct {
	tb testing.TB
	b  []byte
}

func (r *reader) take(n int) []byte {
	r.tb.Helper()
	if len(r.b) < n {
		r.tb.Fatalf("a message ends %d bytes too early", n-len(r.b))
	}
	taken := r.b[:n:n]
	r.b = r.b[n:]
	return taken
}

func (r *reader) u8() uint8   { return r.take(1)[0] }
func (r *reader) u16() uint16 { return binary.BigEndian.Uint16(r.take(2)) }
func (r *reader) u32() uint32 { return binary.BigEndian.Uint32(r.take(4)) }
func (r *reader) u64() uint64 { return binary.BigEndian.Uint64(r.take(8)) }

func (r *reader) vec() []byte {
	n := int(r.b[0] & 0x3f)
	for range 1<<(r.take(1)[0]>>6) - 1 {
		n = n<<8 | int(r.u8())
	}
	return r.take(n)
}

func (r *reader) sub() *reader { return &reader{r.tb, r.vec()} }

// extension finds the data of an extension in an encoded list without its length.
func (r *reader) extension(list []byte, kind uint16) []byte {
	r.tb.Helper()
	for entries := (&reader{r.tb, list}); len(entries.b) > 0; {
		got, data := entries.u16(), entries.vec()
		if got == kind {
			return data
		}
	}
	r.tb.Fatalf("no extension %d", kind)
	return nil
}

// The key schedule of suite 1 (RFC 9420 5 and 8).

const hashSize = 32

var kem = hpke.DHKEM(ecdh.X25519())

func digest(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:]
}

func extract(salt, key []byte) []byte {
	secret, err := hkdf.Extract(sha256.New, key, salt)
	if err != nil {
		panic(err)
	}
	return secret
}

func expand(secret []byte, label string, context []byte, n int) []byte {
	info := wire{}.u16(uint16(n)).vec([]byte("MLS 1.0 " + label)).vec(context)
	out, err := hkdf.Expand(sha256.New, secret, string(info), n)
	if err != nil {
		panic(err)
	}
	return out
}

func derive(secret []byte, label string) []byte { return expand(secret, label, nil, hashSize) }

func tagOf(key, data []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(data)
	return mac.Sum(nil)
}

func reference(label string, value []byte) []byte {
	return digest(wire{}.vec([]byte("MLS 1.0 " + label)).vec(value))
}

func labelled(label string, content []byte) []byte {
	return wire{}.vec([]byte("MLS 1.0 " + label)).vec(content)
}

func signed(key ed25519.PrivateKey, label string, content []byte) []byte {
	signature, err := key.Sign(nil, labelled(label, content), crypto.Hash(0))
	if err != nil {
		panic(err)
	}
	return signature
}

// sealTo is EncryptWithLabel, encoded as an HPKECiphertext (RFC 9420 5.1.3).
func sealTo(tb testing.TB, public []byte, label string, context, plaintext []byte) []byte {
	key, err := kem.NewPublicKey(public)
	if err != nil {
		tb.Fatal(err)
	}
	output, sender, err := hpke.NewSender(key, hpke.HKDFSHA256(), hpke.AES128GCM(), labelled(label, context))
	if err != nil {
		tb.Fatal(err)
	}
	sealed, err := sender.Seal(nil, plaintext)
	if err != nil {
		tb.Fatal(err)
	}
	return wire{}.vec(output).vec(sealed)
}

func openWith(key hpke.PrivateKey, label string, context, output, sealed []byte) ([]byte, error) {
	recipient, err := hpke.NewRecipient(output, key, hpke.HKDFSHA256(), hpke.AES128GCM(), labelled(label, context))
	if err != nil {
		return nil, err
	}
	return recipient.Open(nil, sealed)
}

// pskSecret mixes external pre-shared keys (RFC 9420 8.4).
func pskSecret(psks []preShared) []byte {
	secret := make([]byte, hashSize)
	for i, psk := range psks {
		label := wire(psk.id).u16(uint16(i)).u16(uint16(len(psks)))
		input := expand(extract(make([]byte, hashSize), psk.key), "derived psk", label, hashSize)
		secret = extract(input, secret)
	}
	return secret
}

// preShared is an encoded PreSharedKeyID with its key.
type preShared struct{ id, key []byte }

func externalPSK(id string, key []byte) preShared {
	return preShared{wire{}.u8(1).vec([]byte(id)).vec(make([]byte, hashSize)), key}
}
