//go:build !js

package mls

import (
	"bytes"
	"testing"
)

type passiveVector struct {
	Suite         uint16    `json:"cipher_suite"`
	KeyPackage    hexBytes  `json:"key_package"`
	SignaturePriv hexBytes  `json:"signature_priv"`
	Encryption    hexBytes  `json:"encryption_priv"`
	Init          hexBytes  `json:"init_priv"`
	Welcome       hexBytes  `json:"welcome"`
	Tree          *hexBytes `json:"ratchet_tree"`
	Authenticator hexBytes  `json:"initial_epoch_authenticator"`
	PSKs          []struct {
		ID  hexBytes `json:"psk_id"`
		PSK hexBytes `json:"psk"`
	} `json:"external_psks"`
	Epochs []struct {
		Proposals     []hexBytes
		Commit        hexBytes
		Authenticator hexBytes `json:"epoch_authenticator"`
	}
}

// ownPackage makes a KeyPackage with its keys of a vector's parts.
func ownPackage(t *testing.T, s *suite, message, initKey, leafKey, signer []byte) *KeyPackage {
	t.Helper()
	kp := &KeyPackage{public: must(ParseKeyPackage(message))(t), init: kemKey(t, s, initKey)}
	if leafKey != nil {
		kp.leafKey, kp.signer = kemKey(t, s, leafKey), signerOf(t, s, signer)
		wantBytes(t, "encryption key", kp.leafKey.public, kp.public.leaf.encryptionKey)
	}
	wantBytes(t, "init key", kp.init.public, kp.public.initKey)
	return kp
}

func TestVectorsPassiveClient(t *testing.T) {
	for _, name := range []string{"passive-client-welcome.json", "passive-client-handling-commit.json", "passive-client-random.json"} {
		t.Run(name, func(t *testing.T) {
			forSuites(t, name, func(v passiveVector) uint16 { return v.Suite }, followPassively)
		})
	}
}

func followPassively(t *testing.T, s *suite, v passiveVector) {
	kp := ownPackage(t, s, v.KeyPackage, v.Init, v.Encryption, v.SignaturePriv)
	cfg := Config{Lifetime: -1, PSK: func(id []byte) []byte {
		for _, p := range v.PSKs {
			if bytes.Equal(p.ID, id) {
				return p.PSK
			}
		}
		return nil
	}}
	var tree []byte
	if v.Tree != nil {
		tree = *v.Tree
	}
	g := must(Join(kp, v.Welcome, tree, cfg))(t)
	wantBytes(t, "authenticator", g.EpochAuthenticator(), v.Authenticator)
	for i, epoch := range v.Epochs {
		for _, p := range epoch.Proposals {
			r, err := g.Process(p)
			if err != nil {
				t.Fatalf("epoch %d, proposal: %v", i, err)
			}
			g.Erase()
			g = r.Next
		}
		r, err := g.Process(epoch.Commit)
		if err != nil {
			t.Fatalf("epoch %d, commit: %v", i, err)
		}
		g.Erase()
		g = r.Next
		wantBytes(t, "authenticator", g.EpochAuthenticator(), epoch.Authenticator)
	}
}

type welcomeVector struct {
	Suite      uint16   `json:"cipher_suite"`
	Init       hexBytes `json:"init_priv"`
	Signer     hexBytes `json:"signer_pub"`
	KeyPackage hexBytes `json:"key_package"`
	Welcome    hexBytes `json:"welcome"`
}

func TestVectorsWelcome(t *testing.T) {
	forSuites(t, "welcome.json", func(v welcomeVector) uint16 { return v.Suite }, func(t *testing.T, s *suite, v welcomeVector) {
		kp := ownPackage(t, s, v.KeyPackage, v.Init, nil, nil)
		_, d, err := openMessage(v.Welcome)
		if err != nil {
			t.Fatal(err)
		}
		w := decodeWelcome(d)
		if err := d.done(); err != nil {
			t.Fatal(err)
		}
		secrets := must(w.open(s, kp))(t)
		member := s.memberSecret(secrets.joiner, make([]byte, s.hashSize))
		key, nonce := s.welcomeKey(member)
		plain := must(s.openAEAD(key, nonce, w.info, nil))(t)
		d = decode(plain)
		info := decodeGroupInfo(d)
		if err := d.done(); err != nil {
			t.Fatal(err)
		}
		var e encoder
		info.encodeContent(&e)
		if err := s.verify(v.Signer, "GroupInfoTBS", e.buf, info.signature); err != nil {
			t.Error(err)
		}
		k := s.schedule(s.epochSecret(member, info.context.bytes()), 1)
		if !s.checkMAC(k.confirmation, info.context.confirmed, info.confirmation) {
			t.Error("confirmation tag")
		}
	})
}
