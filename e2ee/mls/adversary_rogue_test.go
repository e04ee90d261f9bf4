package mls_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"slices"
	"testing"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// rogue is somebody who has what a member has, or what an outsider has, of one
// epoch, and sends whatever it likes.
type rogue struct {
	tb               testing.TB
	name             string
	key              ed25519.PrivateKey
	init, encryption hpke.PrivateKey
	outside          bool
	leaf             uint32

	group      []byte
	epoch      uint64
	transcript []byte // confirmed
	interim    []byte
	extensions []byte
	tree       rogueTree
	initSecret []byte
	membership []byte
	sender     []byte // sender data secret
	encrypted  []byte // encryption secret
	kemOutput  []byte // of an outsider's external init
}

// newRogue makes one whose keys follow from its name, so that histories repeat.
func newRogue(tb testing.TB, name string) *rogue {
	seed := sha256.Sum256([]byte(name))
	r := &rogue{tb: tb, name: name, key: ed25519.NewKeyFromSeed(seed[:])}
	r.init, r.encryption = r.keyPair("init"), r.keyPair("encryption")
	return r
}

func (r *rogue) keyPair(purpose string) hpke.PrivateKey {
	key, err := kem.DeriveKeyPair(digest([]byte(r.name + purpose)))
	if err != nil {
		r.tb.Fatal(err)
	}
	return key
}

func public(key hpke.PrivateKey) []byte { return key.PublicKey().Bytes() }

// roguePackage is a KeyPackage with every field open (RFC 9420 10).
type roguePackage struct {
	version, suite uint16
	init           []byte
	leaf           *rogueLeaf
	extensions     []byte
	spoil          bool // turn a bit of the signature
}

func (r *rogue) keyPackage() *roguePackage {
	return &roguePackage{1, 1, public(r.init), newRogueLeaf(r.key, public(r.encryption), r.name, 1), nil, false}
}

// encode signs and returns the bare structure.
func (p *roguePackage) encode(key ed25519.PrivateKey) []byte {
	p.leaf.sign(key, nil, 0)
	content := wire{}.u16(p.version).u16(p.suite).vec(p.init).raw(p.leaf.encode()).vec(p.extensions)
	signature := signed(key, "KeyPackageTBS", content)
	if p.spoil {
		signature[0] ^= 1
	}
	return content.vec(signature)
}

// admit lets a genuine member add the rogue and returns the Welcome's staged commit.
func (r *rogue) admit(by *mls.Group) *mls.Staged {
	public, err := mls.ParseKeyPackage(wire{}.u16(1).u16(5).raw(r.keyPackage().encode(r.key)))
	if err != nil {
		r.tb.Fatal(err)
	}
	staged := mustCommit(r.tb, by, mls.Add(public))
	r.join(staged.Welcome)
	return staged
}

// join enters by Welcome (RFC 9420 12.4.3.1), believing everything.
func (r *rogue) join(welcome []byte) {
	m := &reader{r.tb, welcome}
	m.take(6)
	secrets, info := m.sub(), m.vec()
	var joiner []byte
	for len(secrets.b) > 0 {
		_, output, sealed := secrets.vec(), secrets.vec(), secrets.vec()
		if plain, err := openWith(r.init, "Welcome", info, output, sealed); err == nil {
			joiner = (&reader{r.tb, plain}).vec()
		}
	}
	if joiner == nil {
		r.tb.Fatal("the Welcome is not for the rogue")
	}
	member := extract(joiner, make([]byte, hashSize))
	secret := derive(member, "welcome")
	block, err := aes.NewCipher(expand(secret, "key", nil, 16))
	if err != nil {
		r.tb.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		r.tb.Fatal(err)
	}
	plain, err := gcm.Open(nil, expand(secret, "nonce", nil, 12), info, nil)
	if err != nil {
		r.tb.Fatal(err)
	}
	r.inform(plain)
	epoch := expand(member, "epoch", r.context(), hashSize)
	r.initSecret, r.membership = derive(epoch, "init"), derive(epoch, "membership")
	r.sender, r.encrypted = derive(epoch, "sender data"), derive(epoch, "encryption")
	for i := range r.tree.leaves() {
		if n := r.tree[2*i]; n != nil && string(n.leaf.identity) == r.name {
			r.leaf = i
		}
	}
}

// inform takes a GroupInfo without its envelope and returns its extensions.
func (r *rogue) inform(info []byte) []byte {
	m := &reader{r.tb, info}
	m.take(4)
	r.group, r.epoch = m.vec(), m.u64()
	m.vec()
	r.transcript, r.extensions = m.vec(), m.vec()
	extensions := m.vec()
	r.interim = digest(wire(slices.Clone(r.transcript)).vec(m.vec()))
	r.tree = parseRogueTree(r.tb, m.extension(extensions, 2))
	return extensions
}

// look takes a GroupInfo as an outsider and prepares an external init
// (RFC 9420 8.3).
func (r *rogue) look(info []byte) *rogue {
	extensions := r.inform(info[4:])
	encoded := &reader{r.tb, (&reader{r.tb, nil}).extension(extensions, 4)}
	key, err := kem.NewPublicKey(encoded.vec())
	if err != nil {
		r.tb.Fatal(err)
	}
	output, sender, err := hpke.NewSender(key, hpke.HKDFSHA256(), hpke.AES128GCM(), nil)
	if err != nil {
		r.tb.Fatal(err)
	}
	if r.initSecret, err = sender.Export("MLS 1.0 external init secret", hashSize); err != nil {
		r.tb.Fatal(err)
	}
	r.kemOutput, r.outside = output, true
	return r
}

func (r *rogue) context() wire {
	return r.contextOf(r.epoch, r.tree.hash(r.tree.root()), r.transcript, r.extensions)
}

func (r *rogue) contextOf(epoch uint64, tree, transcript, extensions []byte) wire {
	return wire{}.u16(1).u16(1).vec(r.group).u64(epoch).vec(tree).vec(transcript).vec(extensions)
}

// forgery is a commit as its author wants it. The zero value is an honest one.
type forgery struct {
	proposals  []wire                      // each a ProposalOrRef
	apply      func(t rogueTree) rogueTree // what they do to the tree
	added      []uint32                    // new leaves, which get no path secret
	extensions wire                        // of the GroupContext afterwards; nil: as before
	psks       []preShared
	pathless   bool
	keys       func(p *roguePath) // before parent hashes are made
	leaf       func(l *rogueLeaf) // before the leaf is signed
	secrets    func(p *roguePath) // after encryption

	place  *uint32 // leaf index the path's leaf is signed for
	sender []byte  // encoded Sender in place of the true one
	author *rogue  // who signs, in place of the rogue
	group  []byte
	epoch  *uint64
	tag    []byte
	member []byte // membership tag
	kind   uint8  // content type, 0: commit
	body   []byte // content in place of the commit
}

type roguePath struct {
	leaf      *rogueLeaf
	path      []uint32
	copath    []uint32
	keys      [][]byte
	secrets   [][]byte // one path secret per node
	encrypted [][][]byte
	end       []byte // the commit secret
}

func (p *roguePath) encode() []byte {
	var nodes wire
	for i, key := range p.keys {
		var all wire
		for _, sealed := range p.encrypted[i] {
			all = all.raw(sealed)
		}
		nodes = nodes.vec(key).vec(all)
	}
	return wire(p.leaf.encode()).vec(nodes)
}

// newPath refreshes the rogue's path in the tree (RFC 9420 7.4 to 7.6).
func (r *rogue) newPath(t rogueTree, f *forgery, index uint32, extensions []byte) *roguePath {
	p := &roguePath{leaf: newRogueLeaf(r.key, public(r.keyPair("path")), r.name, 3)}
	path, copath := t.descent(index)
	for i, x := range path {
		t[x] = nil
		if len(t.resolution(copath[i])) > 0 {
			p.path, p.copath = append(p.path, x), append(p.copath, copath[i])
		}
	}
	secret := make([]byte, hashSize)
	_, _ = rand.Read(secret)
	for range p.path {
		key, err := kem.DeriveKeyPair(derive(secret, "node"))
		if err != nil {
			r.tb.Fatal(err)
		}
		p.keys, p.secrets = append(p.keys, public(key)), append(p.secrets, secret)
		secret = derive(secret, "path")
	}
	p.end = secret
	if f.keys != nil {
		f.keys(p)
	}
	hash := []byte{}
	for i := len(p.keys) - 1; i >= 0; i-- {
		if i < len(p.path) {
			t[p.path[i]] = &rogueNode{key: p.keys[i], parentHash: hash}
			hash = digest(wire{}.vec(p.keys[i]).vec(hash).vec(t.hash(p.copath[i])))
		}
	}
	p.leaf.parentHash = hash
	if f.leaf != nil {
		f.leaf(p.leaf)
	}
	place := index
	if f.place != nil {
		place = *f.place
	}
	p.leaf.sign(r.key, r.group, place)
	t[2*index] = &rogueNode{leaf: p.leaf}
	context := r.contextOf(r.epoch+1, t.hash(t.root()), r.transcript, extensions)
	for i := range p.keys {
		var all [][]byte
		if i < len(p.path) {
			for _, x := range t.resolution(p.copath[i]) {
				if levelOf(x) > 0 || !slices.Contains(f.added, x/2) {
					all = append(all, sealTo(r.tb, t[x].publicKey(), "UpdatePathNode", context, p.secrets[i]))
				}
			}
		}
		p.encrypted = append(p.encrypted, all)
	}
	if f.secrets != nil {
		f.secrets(p)
	}
	return p
}

// commit makes the message (RFC 9420 12.4.1).
func (r *rogue) commit(f forgery) []byte {
	tree, extensions := slices.Clone(r.tree), r.extensions
	if f.apply != nil {
		tree = f.apply(tree).truncate()
	}
	if f.extensions != nil {
		extensions = f.extensions
	}
	index := r.leaf
	if r.outside {
		if index = tree.free(); index == tree.leaves() {
			tree = append(tree, make(rogueTree, len(tree)+1)...)
		}
		// The path above the newcomer is blanked anyway.
	}
	body := wire{}.vec(slices.Concat(asBytes(f.proposals)...))
	end := make([]byte, hashSize)
	if f.pathless {
		body = body.u8(0)
	} else {
		path := r.newPath(tree, &f, index, extensions)
		body, end = body.u8(1).raw(path.encode()), path.end
	}
	content := r.framed(&f, 3, body)
	signature := r.signContent(&f, content)
	transcript := digest(wire(slices.Clone(r.interim)).u16(1).raw(content).vec(signature))
	next := r.contextOf(r.epoch+1, tree.hash(tree.root()), transcript, extensions)
	joiner := expand(extract(r.initSecret, end), "joiner", next, hashSize)
	epoch := expand(extract(joiner, pskSecret(f.psks)), "epoch", next, hashSize)
	tag := tagOf(derive(epoch, "confirm"), transcript)
	if f.tag != nil {
		tag = f.tag
	}
	return r.finish(&f, content, wire{}.vec(signature).vec(tag))
}

// propose makes a proposal message and its reference (RFC 9420 5.2).
func (r *rogue) propose(f forgery, proposal wire) (message []byte, ref wire) {
	content := r.framed(&f, 2, proposal)
	auth := wire{}.vec(r.signContent(&f, content))
	id := reference("Proposal Reference", wire{}.u16(1).raw(content, auth))
	return r.finish(&f, content, auth), wire{}.u8(2).vec(id)
}

// framed is a FramedContent (RFC 9420 6).
func (r *rogue) framed(f *forgery, kind uint8, body []byte) wire {
	group, epoch, sender := r.group, r.epoch, wire{}.u8(1).u32(r.leaf)
	if r.outside {
		sender = wire{}.u8(4)
	}
	if f.group != nil {
		group = f.group
	}
	if f.epoch != nil {
		epoch = *f.epoch
	}
	if f.sender != nil {
		sender = f.sender
	}
	if f.kind != 0 {
		kind, body = f.kind, f.body
	}
	return wire{}.vec(group).u64(epoch).raw(sender).vec(nil).u8(kind).raw(body)
}

func (r *rogue) signContent(f *forgery, content []byte) []byte {
	key := r.key
	if f.author != nil {
		key = f.author.key
	}
	return signed(key, "FramedContentTBS", wire{}.u16(1).u16(1).raw(content, r.context()))
}

// finish adds the signature, the tag and, for members, the membership tag.
func (r *rogue) finish(f *forgery, content, auth []byte) []byte {
	message := wire{}.u16(1).u16(1).raw(content, auth)
	if r.outside {
		return message
	}
	member := tagOf(r.membership, wire{}.u16(1).u16(1).raw(content, r.context(), auth))
	if f.member != nil {
		member = f.member
	}
	return message.vec(member)
}

func asBytes(all []wire) [][]byte {
	out := make([][]byte, len(all))
	for i := range all {
		out[i] = all[i]
	}
	return out
}

// Proposals by value (RFC 9420 12.1), ready to stand in a commit.

func byValue(proposal wire) wire { return wire{}.u8(1).raw(proposal) }

func proposeAdd(keyPackage []byte) wire  { return wire{}.u16(1).raw(keyPackage) }
func proposeUpdate(leaf *rogueLeaf) wire { return wire{}.u16(2).raw(leaf.encode()) }
func proposeRemove(leaf uint32) wire     { return wire{}.u16(3).u32(leaf) }
func proposePSK(id []byte) wire          { return wire{}.u16(4).raw(id) }
func proposeReInit(version, suite uint16) wire {
	return wire{}.u16(5).vec([]byte("next")).u16(version).u16(suite).vec(nil)
}
func proposeExternalInit(kemOutput []byte) wire { return wire{}.u16(6).vec(kemOutput) }
func proposeExtensions(extensions ...[]byte) wire {
	return wire{}.u16(7).vec(slices.Concat(extensions...))
}

func encodeExtension(kind uint16, data []byte) []byte { return wire{}.u16(kind).vec(data) }
