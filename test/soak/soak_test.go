package main

import "testing"

func TestWithin(t *testing.T) {
	start := figures{goroutines: 40, heapMB: 10, rssMB: 60}
	for _, tt := range []struct {
		name string
		end  figures
		ok   bool
	}{
		{"OKSame", start, true},
		{"OKLess", figures{goroutines: 30, heapMB: 5, rssMB: 40}, true},
		{"OKTenPercent", figures{goroutines: 44, heapMB: 11, rssMB: 66}, true},
		{"ErrGoroutines", figures{goroutines: 47, heapMB: 10, rssMB: 60}, false},
		{"ErrHeap", figures{goroutines: 40, heapMB: 12.5, rssMB: 60}, false},
		{"ErrResident", figures{goroutines: 40, heapMB: 10, rssMB: 69}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.end.within(start); (err == nil) != tt.ok {
				t.Errorf("err = %v", err)
			}
		})
	}
}
