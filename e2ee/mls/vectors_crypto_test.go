//go:build !js

package mls

import (
	"encoding/hex"
	"testing"
)

func TestVectorsDeserialization(t *testing.T) {
	type vector struct {
		Header hexBytes `json:"vlbytes_header"`
		Length int      `json:"length"`
	}
	for _, v := range vectors[vector](t, "deserialization.json") {
		d := decode(v.Header)
		if got := d.length(); got != v.Length || d.done() != nil {
			t.Errorf("%x: got %d, want %d", v.Header, got, v.Length)
		}
		wantBytes(t, "length", appendLength(nil, v.Length), v.Header)
	}
}

func TestVectorsTreeMath(t *testing.T) {
	type vector struct {
		Leaves  int          `json:"n_leaves"`
		Nodes   int          `json:"n_nodes"`
		Root    nodeIndex    `json:"root"`
		Left    []*nodeIndex `json:"left"`
		Right   []*nodeIndex `json:"right"`
		Parent  []*nodeIndex `json:"parent"`
		Sibling []*nodeIndex `json:"sibling"`
	}
	for _, v := range vectors[vector](t, "tree-math.json") {
		if got := rootOf(v.Leaves); got != v.Root || 2*v.Leaves-1 != v.Nodes {
			t.Errorf("%d leaves: root %d, want %d", v.Leaves, got, v.Root)
		}
		for i := range v.Nodes {
			x := nodeIndex(i)
			for _, c := range []struct {
				name string
				want *nodeIndex
				of   func(nodeIndex) nodeIndex
			}{
				{"left", v.Left[i], nodeIndex.left},
				{"right", v.Right[i], nodeIndex.right},
				{"parent", v.Parent[i], nodeIndex.parent},
				{"sibling", v.Sibling[i], nodeIndex.sibling},
			} {
				if c.want != nil && c.of(x) != *c.want {
					t.Errorf("%s of %d: got %d, want %d", c.name, x, c.of(x), *c.want)
				}
			}
			if x.isLeaf() != (v.Left[i] == nil) {
				t.Errorf("%d is a leaf: %v", x, x.isLeaf())
			}
		}
	}
}

type cryptoVector struct {
	Suite   uint16 `json:"cipher_suite"`
	RefHash struct {
		Label      string
		Value, Out hexBytes
	} `json:"ref_hash"`
	Expand struct {
		Secret, Context, Out hexBytes
		Label                string
		Length               int
	} `json:"expand_with_label"`
	Derive struct {
		Secret, Out hexBytes
		Label       string
	} `json:"derive_secret"`
	Tree struct {
		Secret, Out hexBytes
		Label       string
		Generation  uint32
		Length      int
	} `json:"derive_tree_secret"`
	Sign struct {
		Priv, Pub, Content, Signature hexBytes
		Label                         string
	} `json:"sign_with_label"`
	Encrypt struct {
		Priv, Pub, Context, Plaintext, Ciphertext hexBytes
		KEMOutput                                 hexBytes `json:"kem_output"`
		Label                                     string
	} `json:"encrypt_with_label"`
}

func TestVectorsCryptoBasics(t *testing.T) {
	forSuites(t, "crypto-basics.json", func(v cryptoVector) uint16 { return v.Suite }, func(t *testing.T, s *suite, v cryptoVector) {
		var ref encoder
		ref.vector([]byte(v.RefHash.Label))
		ref.vector(v.RefHash.Value)
		wantBytes(t, "ref_hash", s.hash(ref.buf), v.RefHash.Out)
		wantBytes(t, "expand", s.expand(v.Expand.Secret, v.Expand.Label, v.Expand.Context, v.Expand.Length), v.Expand.Out)
		wantBytes(t, "derive", s.derive(v.Derive.Secret, v.Derive.Label), v.Derive.Out)
		wantBytes(t, "tree", s.deriveTree(v.Tree.Secret, v.Tree.Label, v.Tree.Generation, v.Tree.Length), v.Tree.Out)
		if err := s.verify(v.Sign.Pub, v.Sign.Label, v.Sign.Content, v.Sign.Signature); err != nil {
			t.Error(err)
		}
		signature := must(s.sign(signerOf(t, s, v.Sign.Priv), v.Sign.Label, v.Sign.Content))(t)
		if err := s.verify(v.Sign.Pub, v.Sign.Label, v.Sign.Content, signature); err != nil {
			t.Error(err)
		}
		e, key := v.Encrypt, kemKey(t, s, v.Encrypt.Priv)
		wantBytes(t, "public key", key.public, e.Pub)
		plain := must(s.decrypt(key, e.Label, e.Context, sealed{e.KEMOutput, e.Ciphertext}))(t)
		wantBytes(t, "decrypt", plain, e.Plaintext)
		c := must(s.encrypt(e.Pub, e.Label, e.Context, e.Plaintext))(t)
		wantBytes(t, "encrypt", must(s.decrypt(key, e.Label, e.Context, c))(t), e.Plaintext)
	})
}

// TestReference ties RefHash to the labels that the vectors do not have.
func TestReference(t *testing.T) {
	s := must(X25519AES128.suite())(t)
	var e encoder
	e.vector([]byte("MLS 1.0 KeyPackage Reference"))
	e.vector([]byte("x"))
	wantBytes(t, "reference", s.keyPackageReference([]byte("x")), s.hash(e.buf))
	if hex.EncodeToString(e.buf[:1]) != "1c" {
		t.Errorf("length of the label: %x", e.buf[0])
	}
}

type secretTreeVector struct {
	Suite      uint16 `json:"cipher_suite"`
	SenderData struct {
		Secret     hexBytes `json:"sender_data_secret"`
		Ciphertext hexBytes
		Key, Nonce hexBytes
	} `json:"sender_data"`
	Encryption hexBytes `json:"encryption_secret"`
	Leaves     [][]struct {
		Generation       uint32
		HandshakeKey     hexBytes `json:"handshake_key"`
		HandshakeNonce   hexBytes `json:"handshake_nonce"`
		ApplicationKey   hexBytes `json:"application_key"`
		ApplicationNonce hexBytes `json:"application_nonce"`
	}
}

func TestVectorsSecretTree(t *testing.T) {
	forSuites(t, "secret-tree.json", func(v secretTreeVector) uint16 { return v.Suite }, func(t *testing.T, s *suite, v secretTreeVector) {
		key := s.senderDataKey(v.SenderData.Secret, v.SenderData.Ciphertext)
		wantBytes(t, "sender data key", key.key, v.SenderData.Key)
		wantBytes(t, "sender data nonce", key.nonce, v.SenderData.Nonce)
		tree := newSecretTree(s, v.Encryption, len(v.Leaves))
		for i, generations := range v.Leaves {
			for _, g := range generations {
				h := must(tree.peek(LeafIndex(i), handshakeRatchet, g.Generation))(t)
				wantBytes(t, "handshake key", h.key.key, g.HandshakeKey)
				wantBytes(t, "handshake nonce", h.key.nonce, g.HandshakeNonce)
				h.commit()
				a := must(tree.peek(LeafIndex(i), applicationRatchet, g.Generation))(t)
				wantBytes(t, "application key", a.key.key, g.ApplicationKey)
				wantBytes(t, "application nonce", a.key.nonce, g.ApplicationNonce)
				a.commit()
			}
		}
	})
}

type scheduleVector struct {
	Suite   uint16   `json:"cipher_suite"`
	GroupID hexBytes `json:"group_id"`
	Init    hexBytes `json:"initial_init_secret"`
	Epochs  []struct {
		TreeHash      hexBytes `json:"tree_hash"`
		Commit        hexBytes `json:"commit_secret"`
		PSK           hexBytes `json:"psk_secret"`
		Confirmed     hexBytes `json:"confirmed_transcript_hash"`
		Context       hexBytes `json:"group_context"`
		Joiner        hexBytes `json:"joiner_secret"`
		Welcome       hexBytes `json:"welcome_secret"`
		InitSecret    hexBytes `json:"init_secret"`
		SenderData    hexBytes `json:"sender_data_secret"`
		Encryption    hexBytes `json:"encryption_secret"`
		ExporterKey   hexBytes `json:"exporter_secret"`
		Authenticator hexBytes `json:"epoch_authenticator"`
		External      hexBytes `json:"external_secret"`
		Confirmation  hexBytes `json:"confirmation_key"`
		Membership    hexBytes `json:"membership_key"`
		Resumption    hexBytes `json:"resumption_psk"`
		ExternalPub   hexBytes `json:"external_pub"`
		Exporter      struct {
			Label           string
			Context, Secret hexBytes
			Length          int
		}
	}
}

func TestVectorsKeySchedule(t *testing.T) {
	forSuites(t, "key-schedule.json", func(v scheduleVector) uint16 { return v.Suite }, func(t *testing.T, s *suite, v scheduleVector) {
		initSecret := []byte(v.Init)
		for i, e := range v.Epochs {
			context := (&groupContext{suite: s.id, groupID: v.GroupID, epoch: uint64(i), treeHash: e.TreeHash, confirmed: e.Confirmed}).bytes()
			wantBytes(t, "context", context, e.Context)
			psk := []byte(e.PSK)
			if psk == nil {
				psk = make([]byte, s.hashSize)
			}
			joiner := s.joinerSecret(initSecret, e.Commit, context)
			wantBytes(t, "joiner", joiner, e.Joiner)
			member := s.memberSecret(joiner, psk)
			wantBytes(t, "welcome", s.derive(member, "welcome"), e.Welcome)
			k := s.schedule(s.epochSecret(member, context), 1)
			for _, c := range []struct {
				name      string
				got, want []byte
			}{
				{"init", k.initSecret, e.InitSecret},
				{"sender data", k.senderData, e.SenderData},
				{"encryption", k.messages.inner[0], e.Encryption},
				{"exporter", k.exporter, e.ExporterKey},
				{"authenticator", k.authenticator, e.Authenticator},
				{"external", k.external, e.External},
				{"confirmation", k.confirmation, e.Confirmation},
				{"membership", k.membership, e.Membership},
				{"resumption", k.resumption, e.Resumption},
				{"external pub", must(s.deriveKEM(k.external))(t).public, e.ExternalPub},
				{"exported", must(s.export(k.exporter, e.Exporter.Label, e.Exporter.Context, e.Exporter.Length))(t), e.Exporter.Secret},
			} {
				wantBytes(t, c.name, c.got, c.want)
			}
			initSecret = k.initSecret
		}
	})
}

type pskVector struct {
	Suite uint16 `json:"cipher_suite"`
	PSKs  []struct {
		ID    hexBytes `json:"psk_id"`
		PSK   hexBytes `json:"psk"`
		Nonce hexBytes `json:"psk_nonce"`
	}
	Secret hexBytes `json:"psk_secret"`
}

func TestVectorsPSKSecret(t *testing.T) {
	forSuites(t, "psk_secret.json", func(v pskVector) uint16 { return v.Suite }, func(t *testing.T, s *suite, v pskVector) {
		var ids []*pskID
		values := map[*pskID][]byte{}
		for _, p := range v.PSKs {
			id := &pskID{kind: pskExternal, id: p.ID, nonce: p.Nonce}
			ids = append(ids, id)
			values[id] = p.PSK
		}
		secret := must(s.pskSecret(ids, func(id *pskID) []byte { return values[id] }))(t)
		wantBytes(t, "psk secret", secret, v.Secret)
	})
}

type transcriptVector struct {
	Suite        uint16   `json:"cipher_suite"`
	Confirmation hexBytes `json:"confirmation_key"`
	Content      hexBytes `json:"authenticated_content"`
	Before       hexBytes `json:"interim_transcript_hash_before"`
	Confirmed    hexBytes `json:"confirmed_transcript_hash_after"`
	After        hexBytes `json:"interim_transcript_hash_after"`
}

func TestVectorsTranscriptHashes(t *testing.T) {
	forSuites(t, "transcript-hashes.json", func(v transcriptVector) uint16 { return v.Suite }, func(t *testing.T, s *suite, v transcriptVector) {
		d := decode(v.Content)
		a := &authenticated{format: wireFormat(d.uint16()), content: decodeContent(d)}
		a.decodeAuth(d)
		if err := d.done(); err != nil || a.content.kind != contentCommit {
			t.Fatal("not a commit", err)
		}
		wantBytes(t, "content", a.bytes(), v.Content)
		if !s.checkMAC(v.Confirmation, v.Confirmed, a.confirmation) {
			t.Error("confirmation tag")
		}
		confirmed := s.confirmedTranscript(v.Before, a)
		wantBytes(t, "confirmed", confirmed, v.Confirmed)
		wantBytes(t, "interim", s.interimTranscript(confirmed, a.confirmation), v.After)
	})
}
