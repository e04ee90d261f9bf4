package sframe

import (
	"testing"
	"time"
)

func TestWaitingIsBoundedInNumberAndTime(t *testing.T) {
	var w Waiting[int]
	for i := range HeldFrames {
		if !w.Put(testStart.Add(time.Duration(i)*time.Millisecond), i) {
			t.Fatalf("frame %d was refused", i)
		}
	}
	if w.Put(testStart, 99) {
		t.Error("one too many was kept")
	}
	if gone := w.Expire(testStart.Add(HeldFor + 9*time.Millisecond)); len(gone) != 9 || gone[0] != 0 || gone[8] != 8 {
		t.Errorf("gone: %v, want 0 to 8", gone)
	}
	seen := []int{}
	w.Offer(func(i int) bool {
		seen = append(seen, i)
		return i%2 == 0
	})
	if len(seen) != HeldFrames-9 || seen[0] != 9 || w.Len() != (HeldFrames-9)/2 {
		t.Errorf("offered %v, %d wait on", seen, w.Len())
	}
	if gone := w.Expire(testStart.Add(time.Hour)); len(gone) != (HeldFrames-9)/2 || gone[0] != 10 || w.Len() != 0 {
		t.Errorf("gone: %v", gone)
	}
}
