package transport

import (
	"net/netip"
	"testing"

	"github.com/pion/rtp"
)

func TestClassify(t *testing.T) {
	sized := func(n int, start ...byte) []byte { return append(start, make([]byte, n-len(start))...) }
	for _, tt := range []struct {
		name string
		b    []byte
		want class
	}{
		{"OKSTUN", sized(20, 0, 1), classSTUN},
		{"OKDTLS", sized(14, 22), classDTLS},
		{"OKRTP", sized(12, 0x80, 96), classRTP},
		{"OKRTPMarker", sized(12, 0x80, 0x80|96), classRTP},
		{"OKRTCP", sized(12, 0x80, 200), classRTCP},
		{"OKFeedback", sized(12, 0x8f, 205), classRTCP},
		{"ErrEmpty", nil, classNone},
		{"ErrShortSTUN", sized(19, 0, 1), classNone},
		{"ErrShortDTLS", sized(13, 22), classNone},
		{"ErrShortRTP", sized(11, 0x80, 96), classNone},
		{"ErrTURN", sized(20, 0x40), classNone},
		{"ErrQUIC", sized(20, 0xc0), classNone},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := classify(tt.b); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

// FuzzHeader holds the header length to pion/rtp's, and nothing to panic.
func FuzzHeader(f *testing.F) {
	f.Add([]byte{0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 1, 2, 3})
	f.Add([]byte{0x92, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7, 8, 0xbe, 0xde, 0, 1, 0x10, 1, 0, 0, 9})
	f.Add([]byte{0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0x10, 0, 0xff, 0xff})
	f.Add([]byte{0x80, 200, 0, 6, 0, 0, 0, 7})
	f.Fuzz(func(t *testing.T, b []byte) {
		kind, n := classify(b), rtpHeaderLen(b)
		if n > len(b) || n != 0 && n < 12 {
			t.Fatalf("header of %d bytes in %d", n, len(b))
		}
		var h rtp.Header
		if m, err := h.Unmarshal(b); err == nil && h.Version == 2 && m != n {
			t.Errorf("header of %d bytes, pion says %d", n, m)
		}
		if kind == classRTP && b[0]>>6 != 2 {
			t.Error("RTP of another version")
		}
	})
}

func TestBucket(t *testing.T) {
	b := newBucket(10, 0)
	took := func(now int64) (n int) {
		for b.take(1, now) {
			n++
		}
		return n
	}
	for _, tt := range []struct {
		name string
		now  int64
		want int
	}{
		{"Full", 0, 10},
		{"Empty", 0, 0},
		{"Half", second / 2, 5},
		{"Backwards", 0, 0},
		{"NeverMoreThanASecond", 1000 * second, 10},
	} {
		if got := took(tt.now); got != tt.want {
			t.Errorf("%s: took %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestStrangers(t *testing.T) {
	s := newStrangers(3)
	take := func(a string) bool { return s.take(netip.MustParseAddr(a), 0) }
	for range 3 {
		if !take("192.0.2.1") || !take("2001:db8::1") {
			t.Fatal("refused within the budget")
		}
	}
	if take("192.0.2.1") {
		t.Error("a fourth packet of an address was taken")
	}
	if take("2001:db8::ffff") {
		t.Error("the same /64 got a budget of its own")
	}
	if !take("192.0.2.2") || !take("2001:db8:1::1") {
		t.Error("others were refused")
	}
}

func TestCandidates(t *testing.T) {
	port := func(s string) netip.AddrPort { return netip.AddrPortFrom(netip.MustParseAddr(s), 4000) }
	got, err := candidates(port("192.0.2.1"), nil, nil)
	if err != nil || len(got) != 1 || got[0] != port("192.0.2.1") {
		t.Errorf("bound to one address: %v, %v", got, err)
	}
	got, err = candidates(port("0.0.0.0"), []netip.Addr{netip.MustParseAddr("::ffff:192.0.2.9")}, nil)
	if err != nil || len(got) != 1 || got[0] != port("192.0.2.9") {
		t.Errorf("advertised: %v, %v", got, err)
	}
	got, err = candidates(port("0.0.0.0"), nil, nil)
	if err != nil || len(got) == 0 {
		t.Fatalf("all interfaces: %v, %v", got, err)
	}
	for i, a := range got {
		if !a.Addr().Is4() || a.Addr().IsLoopback() && i < len(got)-1 && !got[i+1].Addr().IsLoopback() {
			t.Errorf("candidate %v of %v", a, got)
		}
	}
}

// TestPublicCandidates: the addresses of a NAT are there besides the machine's own,
// and first; an operator's word counts alone.
func TestPublicCandidates(t *testing.T) {
	v4, v6 := netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("2001:db8::7")
	for _, tt := range []struct {
		name, bound       string
		advertise, public []netip.Addr
		want              []string // first; then the interfaces' if own
		own               bool
	}{
		{"OKBoth", "::", nil, []netip.Addr{v4, v6}, []string{"203.0.113.7", "2001:db8::7"}, true},
		{"OKOnlyIPv4", "0.0.0.0", nil, []netip.Addr{v4, v6}, []string{"203.0.113.7"}, true},
		{"OKOneAddress", "10.0.0.5", nil, []netip.Addr{v4, v6}, []string{"203.0.113.7", "10.0.0.5"}, false},
		{"OKOneIPv6Address", "fd00::5", nil, []netip.Addr{v4, v6}, []string{"2001:db8::7", "fd00::5"}, false},
		{"OKItsOwn", "203.0.113.7", nil, []netip.Addr{v4}, []string{"203.0.113.7"}, false},
		{"OKLoopback", "127.0.0.1", nil, []netip.Addr{v4}, []string{"127.0.0.1"}, false},
		{"OKAdvertised", "::", []netip.Addr{v6, netip.MustParseAddr("203.0.113.8")}, []netip.Addr{v4}, []string{"2001:db8::7", "203.0.113.8"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := candidates(netip.AddrPortFrom(netip.MustParseAddr(tt.bound), 4000), tt.advertise, tt.public)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) < len(tt.want) || !tt.own && len(got) > len(tt.want) || tt.own && len(got) == len(tt.want) {
				t.Fatalf("candidates %v", got)
			}
			for i, want := range tt.want {
				if got[i] != netip.AddrPortFrom(netip.MustParseAddr(want), 4000) {
					t.Errorf("candidate %d is %v, want %s", i, got[i], want)
				}
			}
		})
	}
}
