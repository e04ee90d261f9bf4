package packet_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/roundel-meet/roundel/media/packet"
)

const ms = int64(1e6)

func TestMissing(t *testing.T) {
	var m packet.Missing
	m.Add(100, 102, 0)
	due := func(now int64) []uint16 { return m.Due(nil, now, 100*ms) }
	if got := due(5 * ms); got != nil {
		t.Errorf("asked for %v, which may only be reordered", got)
	}
	if _, was := m.Found(101, 6*ms); !was {
		t.Error("101 was not missing")
	}
	if diff := cmp.Diff([]uint16{100, 102}, due(10*ms)); diff != "" {
		t.Errorf("first request (-want +got):\n%s", diff)
	}
	if got := due(100 * ms); got != nil {
		t.Errorf("asked for %v again within a round trip", got)
	}
	if waited, was := m.Found(100, 110*ms); !was || waited != 100*ms {
		t.Errorf("waited %d", waited)
	}
	if diff := cmp.Diff([]uint16{102}, due(140*ms)); diff != "" {
		t.Errorf("second request (-want +got):\n%s", diff)
	}
	if waited, was := m.Found(102, 150*ms); !was || waited != 0 {
		t.Errorf("a packet asked for twice says %d of the round trip", waited)
	}
	if _, was := m.Found(102, 150*ms); was || m.Len() != 0 {
		t.Error("102 is missing twice")
	}
}

func TestMissingGivesUp(t *testing.T) {
	for _, tt := range []struct {
		name string
		rtt  int64
		want int
	}{
		{"OKTenTries", 20 * ms, 10},
		{"OKTwoSeconds", 800 * ms, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var m packet.Missing
			m.Add(1, 1, 0)
			asked := 0
			for now := int64(0); now < 5e9; now += 5 * ms {
				asked += len(m.Due(nil, now, tt.rtt))
			}
			if asked != tt.want || m.Len() != 0 {
				t.Errorf("asked %d times, want %d; %d left", asked, tt.want, m.Len())
			}
		})
	}
}

func TestMissingIsBounded(t *testing.T) {
	var m packet.Missing
	for i := range int64(50) {
		m.Add(1000*i, 1000*i+600, i)
	}
	m.Add(60_000, 60_009, 50)
	got := m.Due(nil, 1e9, 0)
	if m.Len() > 128 || len(got) != m.Len() || got[len(got)-1] != 60_009 {
		t.Errorf("%d missing, asked for %d up to %d", m.Len(), len(got), got[len(got)-1])
	}
	for i := 1; i < len(got); i++ {
		if got[i] <= got[i-1] {
			t.Fatalf("%d follows %d", got[i], got[i-1])
		}
	}
	m.Reset()
	if m.Len() != 0 {
		t.Error("not empty after Reset")
	}
}

func TestMissingNeverAllocates(t *testing.T) {
	var m packet.Missing
	seq, dst := int64(0), make([]uint16, 0, 128)
	m.Add(0, 0, 0)
	if n := testing.AllocsPerRun(1000, func() {
		seq += 3
		m.Add(seq, seq+1, seq*ms)
		m.Due(dst, seq*ms, 50*ms)
		m.Found(seq, seq*ms)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
