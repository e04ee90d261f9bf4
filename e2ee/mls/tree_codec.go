package mls

// encode writes the ratchet_tree extension (RFC 9420 section 12.4.3.3), without
// the blank nodes at the end.
func (t *ratchetTree) encode(e *encoder) {
	end := len(t.nodes)
	for end > 0 && t.nodes[end-1] == nil {
		end--
	}
	e.nested(func() {
		for _, n := range t.nodes[:end] {
			e.optional(n != nil)
			switch {
			case n == nil:
			case n.leaf != nil:
				e.uint8(nodeTypeLeaf)
				n.leaf.encode(e)
			default:
				e.uint8(nodeTypeParent)
				n.parent.encode(e, nil)
			}
		}
	})
}

// decodeTree reads a ratchet_tree extension. Its form is checked, nothing else.
func decodeTree(s *suite, b []byte) (*ratchetTree, error) {
	var nodes []*node
	d := decode(b)
	d.nested(func(d *decoder) {
		if len(nodes) >= 2*MaxLeaves-1 {
			d.spoil()
			return
		}
		nodes = append(nodes, decodeNode(d, nodeIndex(len(nodes))))
	})
	if err := d.done(); err != nil {
		return nil, err
	}
	if len(nodes) == 0 || nodes[len(nodes)-1] == nil {
		return nil, fail(ErrTree, "empty, or blank nodes at the end")
	}
	full := 1
	for full < len(nodes) {
		full = 2*full + 1
	}
	t := &ratchetTree{suite: s, nodes: make([]*node, full), hashes: make([][]byte, full)}
	copy(t.nodes, nodes)
	return t, nil
}

// decodeNode reads optional<Node>; leaves have even places, parents odd ones.
func decodeNode(d *decoder, x nodeIndex) *node {
	if !d.optional() {
		return nil
	}
	kind := d.uint8()
	switch {
	case kind == nodeTypeLeaf && x.isLeaf():
		return &node{leaf: decodeLeaf(d)}
	case kind == nodeTypeParent && !x.isLeaf():
		return &node{parent: decodeParent(d)}
	}
	d.spoil()
	return nil
}

func decodeParent(d *decoder) *parentNode {
	p := &parentNode{encryptionKey: d.vector(), parentHash: d.vector()}
	d.nested(func(d *decoder) {
		u := LeafIndex(d.uint32())
		if n := len(p.unmerged); n > 0 && p.unmerged[n-1] >= u {
			d.spoil()
			return
		}
		p.unmerged = append(p.unmerged, u)
	})
	return p
}
