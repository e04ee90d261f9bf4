package limit_test

import (
	"fmt"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/server/limit"
)

var rate = limit.Rate{Burst: 3, Every: 10 * time.Second}

func take(l *limit.Limiter, key string, n int) []bool {
	got := make([]bool, n)
	for i := range got {
		got[i], _ = l.Allow(key)
	}
	return got
}

func TestAllowSpendsABurstAndRefills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limit.New(rate)
		if diff := cmp.Diff([]bool{true, true, true, false, false}, take(l, "a", 5)); diff != "" {
			t.Errorf("at once (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]bool{true}, take(l, "b", 1)); diff != "" {
			t.Errorf("another key (-want +got):\n%s", diff)
		}
		time.Sleep(4 * time.Second)
		if ok, wait := l.Allow("a"); ok || wait != 6*time.Second {
			t.Errorf("Allow after 4 s = %v, %v; want false, 6s", ok, wait)
		}
		time.Sleep(6 * time.Second)
		if diff := cmp.Diff([]bool{true, false}, take(l, "a", 2)); diff != "" {
			t.Errorf("one refilled (-want +got):\n%s", diff)
		}
		time.Sleep(time.Hour)
		if diff := cmp.Diff([]bool{true, true, true, false}, take(l, "a", 4)); diff != "" {
			t.Errorf("never more than the burst (-want +got):\n%s", diff)
		}
	})
}

func TestCheckTakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limit.New(rate)
		for range 10 {
			if ok, _ := l.Check("a"); !ok {
				t.Fatal("Check took a token")
			}
		}
		take(l, "a", 3)
		if ok, wait := l.Check("a"); ok || wait != rate.Every {
			t.Errorf("Check of an empty bucket = %v, %v; want false, %v", ok, wait, rate.Every)
		}
		if got := l.Len(); got != 1 {
			t.Errorf("Len = %d, want 1", got)
		}
	})
}

func TestMemoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const keys = 50
		l := limit.New(rate, limit.WithMaxKeys(keys))
		take(l, "victim", 3)
		for i := range 10 * keys {
			l.Allow(fmt.Sprint("flood", i))
		}
		if got := l.Len(); got > keys+1 {
			t.Errorf("Len = %d, want at most %d", got, keys+1)
		}
		if ok, _ := l.Allow("victim"); ok {
			t.Error("a flood of keys made the limiter forget an empty bucket")
		}
		if ok, _ := l.Allow("newcomer"); ok {
			t.Error("a newcomer passed a full limiter whose shared bucket is empty")
		}
		if ok, _ := l.Check("newcomer"); ok {
			t.Error("Check passed a newcomer whom Allow refuses")
		}
		time.Sleep(time.Hour)
		if ok, _ := l.Allow("newcomer"); !ok {
			t.Error("a newcomer was refused after the flood had passed")
		}
		if got := l.Len(); got != 1 {
			t.Errorf("Len = %d, want 1: the sweep kept full buckets", got)
		}
	})
}

func TestAllowIsExactUnderConcurrency(t *testing.T) {
	l := limit.New(limit.Rate{Burst: 100, Every: time.Hour})
	var (
		wg      sync.WaitGroup
		mu      sync.Mutex
		allowed int
	)
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if ok, _ := l.Allow("a"); ok {
					mu.Lock()
					allowed++
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	if allowed != 100 {
		t.Errorf("allowed %d, want 100", allowed)
	}
}

func TestIP(t *testing.T) {
	for _, tt := range []struct{ name, remote, want string }{
		{"IPv4", "192.0.2.7:1234", "192.0.2.7"},
		{"IPv4 mapped", "[::ffff:192.0.2.7]:1234", "192.0.2.7"},
		{"IPv6", "[2001:db8:1:2:3:4:5:6]:1234", "2001:db8:1:2::/64"},
		{"IPv6 same subscriber", "[2001:db8:1:2:ffff::1]:9", "2001:db8:1:2::/64"},
		{"IPv6 zone", "[fe80::1%eth0]:1234", "fe80::/64"},
		{"not an address", "@", "@"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = tt.remote
			r.Header.Set("X-Forwarded-For", "203.0.113.9")
			if got := limit.IP(r); got != tt.want {
				t.Errorf("IP(%q) = %q, want %q", tt.remote, got, tt.want)
			}
		})
	}
}
