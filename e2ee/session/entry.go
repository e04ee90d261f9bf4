package session

import (
	"bytes"
	"slices"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// EntryExtension is the private-use type under which everybody can read in which
// epoch each leaf has entered, so that "longest present" is agreed. A leaf that
// entered by its own commit says it itself (8 bytes, in the leaf); those that
// others have added are listed in the GroupContext by the commits that add. Both
// are judged when they are made, and newcomers find them in the tree and the
// context that they join.
const EntryExtension uint16 = 0xF0D5

const entrySize = 4 + 8

// arrival is the epoch that the leaf of an added member exists since.
type arrival struct {
	leaf  mls.LeafIndex
	epoch uint64
}

// EntryOf makes the extension of a leaf that enters with the epoch.
func EntryOf(epoch uint64) mls.Extension {
	var w writer
	w.u64(epoch)
	return mls.Extension{Type: EntryExtension, Data: w.b}
}

// claimedEntry returns what a leaf says itself; ok is false for one that says
// nothing, or not in the one right form.
func claimedEntry(leaf mls.Leaf) (epoch uint64, ok bool) {
	found := 0
	for _, x := range leaf.Extensions {
		if x.Type == EntryExtension {
			found++
			r := reader{rest: x.Data}
			epoch = r.u64()
			ok = r.end() == nil
		}
	}
	return epoch, ok && found == 1
}

// saysEntry reports whether a leaf brings the extension, whatever is in it.
func saysEntry(leaf mls.Leaf) bool {
	return slices.ContainsFunc(leaf.Extensions, func(x mls.Extension) bool { return x.Type == EntryExtension })
}

// readEntries reads the list of a GroupContext; there is none before somebody was
// added.
func readEntries(view *mls.View) ([]arrival, error) {
	data, ok := view.Extension(EntryExtension)
	if !ok {
		return nil, nil
	}
	r := reader{rest: data}
	n := r.count(mls.MaxLeaves, entrySize)
	list := make([]arrival, 0, n)
	for i := range n {
		list = append(list, arrival{mls.LeafIndex(r.u32()), r.u64()})
		if i > 0 && list[i-1].leaf >= list[i].leaf {
			return nil, ErrFormat
		}
	}
	if r.end() != nil || len(list) == 0 {
		return nil, ErrFormat
	}
	return list, nil
}

func writeEntries(list []arrival) []byte {
	var w writer
	w.count(len(list))
	for _, e := range list {
		w.u32(uint32(e.leaf))
		w.u64(e.epoch)
	}
	return w.b
}

// entryEpochs returns the epoch of entry of each leaf of an epoch. It is an error
// when one is missing or lies in the future: no honest group is like that.
func entryEpochs(view *mls.View) (map[mls.LeafIndex]uint64, error) {
	list, err := readEntries(view)
	if err != nil {
		return nil, err
	}
	listed := make(map[mls.LeafIndex]uint64, len(list))
	for _, e := range list {
		listed[e.leaf] = e.epoch
	}
	epochs := make(map[mls.LeafIndex]uint64, view.Count())
	for _, leaf := range view.Members() {
		epoch, ok := claimedEntry(leaf)
		if !ok && !saysEntry(leaf) {
			epoch, ok = listed[leaf.Index]
		}
		if !ok || epoch > view.Epoch() {
			return nil, ErrFormat
		}
		epochs[leaf.Index] = epoch
	}
	return epochs, nil
}

// nextEntries is the list that a commit must leave when it adds, or changes the
// extensions for another reason: of the added who are still there, and of the new.
func nextEntries(view *mls.View, removed, added []mls.LeafIndex) ([]byte, error) {
	list, err := readEntries(view)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(e arrival) bool {
		leaf, ok := view.Leaf(e.leaf)
		return !ok || saysEntry(leaf) || slices.Contains(removed, e.leaf) || slices.Contains(added, e.leaf)
	})
	for _, i := range added {
		list = append(list, arrival{i, view.Epoch() + 1})
	}
	if len(list) == 0 {
		return nil, nil
	}
	slices.SortFunc(list, func(a, b arrival) int { return int(a.leaf) - int(b.leaf) })
	return writeEntries(list), nil
}

// freePlaces are the leaves that n Adds of a commit will take: the leftmost free
// ones after its Removes (RFC 9420 sections 7.7 and 12.3).
func freePlaces(view *mls.View, removed []mls.LeafIndex, n int) []mls.LeafIndex {
	taken := make(map[mls.LeafIndex]bool, view.Count())
	for _, leaf := range view.Members() {
		taken[leaf.Index] = !slices.Contains(removed, leaf.Index)
	}
	places := make([]mls.LeafIndex, 0, n)
	for i := mls.LeafIndex(0); len(places) < n; i++ {
		if !taken[i] {
			places = append(places, i)
		}
	}
	return places
}

// NextExtensions are the GroupContext extensions of a commit in the epoch of view
// that leaves the state s, removes leaves and adds so many.
func NextExtensions(view *mls.View, s *State, removes []mls.LeafIndex, adds int) ([]mls.Extension, error) {
	list, err := GroupExtensions(s)
	if err != nil {
		return nil, err
	}
	entries, err := nextEntries(view, removes, freePlaces(view, removes, adds))
	if err != nil {
		return nil, err
	}
	return withEntries(list, entries), nil
}

func withEntries(list []mls.Extension, entries []byte) []mls.Extension {
	if entries == nil {
		return list
	}
	return append(list, mls.Extension{Type: EntryExtension, Data: entries})
}

// sameExtensions reports whether a leaf keeps its extensions to the byte.
func sameExtensions(a, b mls.Leaf) bool {
	return slices.EqualFunc(a.Extensions, b.Extensions, func(x, y mls.Extension) bool {
		return x.Type == y.Type && bytes.Equal(x.Data, y.Data)
	})
}
