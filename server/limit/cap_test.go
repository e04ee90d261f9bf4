package limit_test

import (
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/server/limit"
)

func TestCapBoundsEachAndAll(t *testing.T) {
	c := limit.NewCap(2, 3)
	var got []bool
	for _, key := range []string{"a", "a", "a", "b", "b", "c"} {
		got = append(got, c.Enter(key))
	}
	if diff := cmp.Diff([]bool{true, true, false, true, false, false}, got); diff != "" {
		t.Errorf("Enter (-want +got):\n%s", diff)
	}
	c.Leave("a")
	if !c.Enter("c") || c.Enter("a") {
		t.Error("the place that a left is not c's")
	}
	for _, key := range []string{"a", "b", "c"} {
		c.Leave(key)
	}
	if n := c.Len(); n != 0 {
		t.Errorf("%d keys are remembered of nobody", n)
	}
	got = nil
	for range 3 {
		got = append(got, c.Enter("a"))
	}
	if diff := cmp.Diff([]bool{true, true, false}, got); diff != "" {
		t.Errorf("Enter after all have left (-want +got):\n%s", diff)
	}
}

func TestCapOfManyAtOnce(t *testing.T) {
	c := limit.NewCap(5, 1000)
	var all sync.WaitGroup
	for i := range 200 {
		key := strconv.Itoa(i % 20)
		all.Go(func() {
			if c.Enter(key) {
				c.Leave(key)
			}
		})
	}
	all.Wait()
	if n := c.Len(); n != 0 {
		t.Errorf("%d keys are left", n)
	}
}
