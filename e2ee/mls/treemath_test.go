package mls

import (
	"slices"
	"testing"
)

func TestTreeMath(t *testing.T) {
	for _, c := range []struct {
		x                           nodeIndex
		level                       int
		left, right, parent, beside nodeIndex
	}{
		{0, 0, 0, 0, 1, 2},
		{2, 0, 2, 2, 1, 0},
		{1, 1, 0, 2, 3, 5},
		{5, 1, 4, 6, 3, 1},
		{3, 2, 1, 5, 7, 11},
		{11, 2, 9, 13, 7, 3},
		{7, 3, 3, 11, 15, 23},
	} {
		if got := c.x.level(); got != c.level {
			t.Errorf("level of %d: %d", c.x, got)
		}
		got := []nodeIndex{c.x.left(), c.x.right(), c.x.parent(), c.x.sibling()}
		if want := []nodeIndex{c.left, c.right, c.parent, c.beside}; !slices.Equal(got, want) {
			t.Errorf("%d: left, right, parent, sibling: got %v, want %v", c.x, got, want)
		}
	}
	if got := directPath(4, 15); !slices.Equal(got, []nodeIndex{5, 3, 7, 15}) {
		t.Errorf("direct path: %v", got)
	}
	for _, c := range []struct {
		root, x nodeIndex
		want    bool
	}{{3, 3, true}, {3, 0, true}, {3, 6, true}, {3, 8, false}, {5, 4, true}, {5, 2, false}, {4, 4, true}, {4, 6, false}} {
		if c.root.contains(c.x) != c.want {
			t.Errorf("%d contains %d: %v", c.root, c.x, !c.want)
		}
	}
}

func TestWithin(t *testing.T) {
	leaves := []LeafIndex{0, 1, 3, 4, 7}
	for _, c := range []struct {
		x    nodeIndex
		want []LeafIndex
	}{
		{7, leaves},
		{3, []LeafIndex{0, 1, 3}},
		{11, []LeafIndex{4, 7}},
		{1, []LeafIndex{0, 1}},
		{5, []LeafIndex{3}},
		{4, nil},
		{14, []LeafIndex{7}},
	} {
		if got := within(leaves, c.x); !slices.Equal(got, c.want) {
			t.Errorf("within %d: got %v, want %v", c.x, got, c.want)
		}
	}
}
