//go:build !js

package mls

import (
	"errors"
	"testing"
)

type messagesVector struct {
	Welcome      hexBytes `json:"mls_welcome"`
	GroupInfo    hexBytes `json:"mls_group_info"`
	KeyPackage   hexBytes `json:"mls_key_package"`
	Tree         hexBytes `json:"ratchet_tree"`
	GroupSecrets hexBytes `json:"group_secrets"`
	Add          hexBytes `json:"add_proposal"`
	Update       hexBytes `json:"update_proposal"`
	Remove       hexBytes `json:"remove_proposal"`
	PSK          hexBytes `json:"pre_shared_key_proposal"`
	ReInit       hexBytes `json:"re_init_proposal"`
	ExternalInit hexBytes `json:"external_init_proposal"`
	Extensions   hexBytes `json:"group_context_extensions_proposal"`
	Commit       hexBytes `json:"commit"`
	Application  hexBytes `json:"public_message_application"`
	Proposal     hexBytes `json:"public_message_proposal"`
	PublicCommit hexBytes `json:"public_message_commit"`
	Private      hexBytes `json:"private_message"`
}

// encodable is what the vectors' structures decode to.
type encodable interface{ encode(*encoder) }

func TestVectorsMessages(t *testing.T) {
	s := must(X25519AES128.suite())(t)
	for i, v := range vectors[messagesVector](t, "messages.json") {
		proposal := func(kind uint16) func(*decoder) encodable {
			return func(d *decoder) encodable {
				// The vectors have the bodies without the type.
				d.rest = append([]byte{byte(kind >> 8), byte(kind)}, d.rest...)
				return body{decodeProposal(d)}
			}
		}
		for _, c := range []struct {
			name   string
			in     []byte
			decode func(*decoder) encodable
		}{
			{"welcome", v.Welcome[4:], func(d *decoder) encodable { return decodeWelcome(d) }},
			{"group info", v.GroupInfo[4:], func(d *decoder) encodable { return decodeGroupInfo(d) }},
			{"key package", v.KeyPackage[4:], func(d *decoder) encodable {
				p := decodeKeyPackage(d)
				p.encoded = nil
				var e encoder
				p.encodeContent(&e)
				e.vector(p.signature)
				p.encoded = e.buf
				return p
			}},
			{"group secrets", v.GroupSecrets, func(d *decoder) encodable { return decodeGroupSecrets(d) }},
			{"add", v.Add, proposal(proposalAdd)},
			{"update", v.Update, proposal(proposalUpdate)},
			{"remove", v.Remove, proposal(proposalRemove)},
			{"psk", v.PSK, proposal(proposalPSK)},
			{"reinit", v.ReInit, proposal(proposalReInit)},
			{"external init", v.ExternalInit, proposal(proposalExternalInit)},
			{"extensions", v.Extensions, proposal(proposalExtensions)},
			{"commit", v.Commit, func(d *decoder) encodable { return decodeCommit(d) }},
			{"public application", v.Application[4:], decodePublicVector},
			{"public proposal", v.Proposal[4:], decodePublicVector},
			{"public commit", v.PublicCommit[4:], decodePublicVector},
		} {
			d := decode(c.in)
			decoded := c.decode(d)
			if err := d.done(); err != nil {
				t.Fatalf("case %d, %s: %v", i, c.name, err)
			}
			var e encoder
			decoded.encode(&e)
			wantBytes(t, c.name, e.buf, c.in)
		}
		private := must(decodePrivate(decode(v.Private[4:])))(t)
		var e encoder
		private.encode(&e)
		wantBytes(t, "private", e.buf, v.Private[4:])
		tree := must(decodeTree(s, v.Tree))(t)
		e = encoder{}
		tree.encode(&e)
		wantBytes(t, "tree", e.buf, v.Tree)
	}
}

// body is a proposal without its type.
type body struct{ proposal *Proposal }

func (b body) encode(e *encoder) {
	var whole encoder
	b.proposal.encode(&whole)
	e.raw(whole.buf[2:])
}

// publicVector is a PublicMessage with its tag.
type publicVector struct {
	a   *authenticated
	tag []byte
}

func (p publicVector) encode(e *encoder) { e.raw(p.a.publicMessage(p.tag)[4:]) }

func decodePublicVector(d *decoder) encodable {
	a, tag, err := decodePublic(d)
	if err != nil {
		d.spoil()
	}
	return publicVector{a, tag}
}

type protectionVector struct {
	Suite           uint16   `json:"cipher_suite"`
	GroupID         hexBytes `json:"group_id"`
	Epoch           uint64   `json:"epoch"`
	TreeHash        hexBytes `json:"tree_hash"`
	Confirmed       hexBytes `json:"confirmed_transcript_hash"`
	SignaturePriv   hexBytes `json:"signature_priv"`
	SignaturePub    hexBytes `json:"signature_pub"`
	Encryption      hexBytes `json:"encryption_secret"`
	SenderData      hexBytes `json:"sender_data_secret"`
	Membership      hexBytes `json:"membership_key"`
	Proposal        hexBytes `json:"proposal"`
	ProposalPub     hexBytes `json:"proposal_pub"`
	ProposalPriv    hexBytes `json:"proposal_priv"`
	Commit          hexBytes `json:"commit"`
	CommitPub       hexBytes `json:"commit_pub"`
	CommitPriv      hexBytes `json:"commit_priv"`
	Application     hexBytes `json:"application"`
	ApplicationPriv hexBytes `json:"application_priv"`
}

func TestVectorsMessageProtection(t *testing.T) {
	forSuites(t, "message-protection.json", func(v protectionVector) uint16 { return v.Suite }, func(t *testing.T, s *suite, v protectionVector) {
		context := (&groupContext{suite: s.id, groupID: v.GroupID, epoch: v.Epoch, treeHash: v.TreeHash, confirmed: v.Confirmed}).bytes()
		var application encoder
		application.vector(v.Application)
		for _, c := range []struct {
			name                 string
			raw, public, private []byte
		}{
			{"proposal", v.Proposal, v.ProposalPub, v.ProposalPriv},
			{"commit", v.Commit, v.CommitPub, v.CommitPriv},
			{"application", application.buf, nil, v.ApplicationPriv},
		} {
			if c.public != nil {
				a := v.openPublic(t, s, context, c.public)
				wantBytes(t, c.name, bodyOf(a), c.raw)
				if err := a.sign(s, signerOf(t, s, v.SignaturePriv), context); err != nil {
					t.Fatal(err)
				}
				v.openPublic(t, s, context, a.publicMessage(a.membershipTag(s, v.Membership, context)))
			}
			a := v.openPrivate(t, s, context, c.private)
			wantBytes(t, c.name, bodyOf(a), c.raw)
			if err := a.sign(s, signerOf(t, s, v.SignaturePriv), context); err != nil {
				t.Fatal(err)
			}
			again := must(v.secrets(s).sealPrivate(s, a, 32))(t)
			wantBytes(t, c.name, bodyOf(v.openPrivate(t, s, context, again)), c.raw)
		}
	})
}

func bodyOf(a *authenticated) []byte {
	var e encoder
	a.content.encodeBody(&e)
	return e.buf
}

func (v *protectionVector) secrets(s *suite) *secrets {
	return &secrets{senderData: v.SenderData, messages: newSecretTree(s, append([]byte(nil), v.Encryption...), 2)}
}

func (v *protectionVector) openPublic(t *testing.T, s *suite, context, message []byte) *authenticated {
	t.Helper()
	_, d, err := openMessage(message)
	if err != nil {
		t.Fatal(err)
	}
	a, tag, err := decodePublic(d)
	if err != nil {
		t.Fatal(err)
	}
	wantBytes(t, "membership tag", tag, a.membershipTag(s, v.Membership, context))
	if err := a.verify(s, v.SignaturePub, context); err != nil {
		t.Error(err)
	}
	if a.content.leaf != 1 {
		t.Errorf("sender %d", a.content.leaf)
	}
	return a
}

func (v *protectionVector) openPrivate(t *testing.T, s *suite, context, message []byte) *authenticated {
	t.Helper()
	_, d, err := openMessage(message)
	if err != nil {
		t.Fatal(err)
	}
	m := must(decodePrivate(d))(t)
	k := v.secrets(s)
	from := must(k.openSenderData(s, m))(t)
	if from.leaf != 1 {
		t.Errorf("sender %d", from.leaf)
	}
	a, step, err := k.openPrivate(s, m, from)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.verify(s, v.SignaturePub, context); err != nil {
		t.Error(err)
	}
	step.commit()
	if _, _, err := k.openPrivate(s, m, from); !errors.Is(err, ErrRatchet) {
		t.Errorf("the same message again: %v", err)
	}
	return a
}
