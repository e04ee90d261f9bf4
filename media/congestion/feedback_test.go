package congestion_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtcp"
	"github.com/roundel-meet/roundel/media/congestion"
)

const ms = int64(1e6)

// status is what a feedback message says of a packet; at is -1 for lost.
type status struct {
	seq uint16
	at  int64 // in units of 250 µs
}

// statuses reads a message's control information with our reader.
func statuses(tb testing.TB, fci []byte) []status {
	tb.Helper()
	r, ok := congestion.OpenReports(fci)
	if !ok {
		tb.Fatalf("malformed: %x", fci)
	}
	var got []status
	for {
		seq, at, received, ok := r.Next()
		if !ok {
			return got
		}
		if !received {
			at = -250e3
		}
		got = append(got, status{seq, at / 250e3})
	}
}

// pionStatuses reads a whole message with pion.
func pionStatuses(tb testing.TB, b []byte) []status {
	tb.Helper()
	var m rtcp.TransportLayerCC
	if err := m.Unmarshal(b); err != nil {
		tb.Fatalf("pion refuses %x: %v", b, err)
	}
	var symbols []uint16
	for _, c := range m.PacketChunks {
		switch c := c.(type) {
		case *rtcp.RunLengthChunk:
			for range c.RunLength {
				symbols = append(symbols, c.PacketStatusSymbol)
			}
		case *rtcp.StatusVectorChunk:
			symbols = append(symbols, c.SymbolList...)
		}
	}
	at := int64(m.ReferenceTime) * 256
	var got []status
	for i, s := range symbols[:m.PacketStatusCount] {
		st := status{m.BaseSequenceNumber + uint16(i), -1}
		if s != rtcp.TypeTCCPacketNotReceived {
			at += m.RecvDeltas[0].Delta / 250
			m.RecvDeltas = m.RecvDeltas[1:]
			st.at = at
		}
		got = append(got, st)
	}
	return got
}

// TestRecorder sends packets with loss, reordering, pauses and wrap-around, and
// holds what our messages say, as pion and we read them, against what happened.
func TestRecorder(t *testing.T) {
	for _, tt := range []struct {
		name          string
		loss, reorder float64
		gap           int64
	}{
		{"OKClean", 0, 0, 2 * ms},
		{"OKLoss", 0.1, 0, 2 * ms},
		{"OKHeavyLoss", 0.7, 0, 2 * ms},
		{"OKReorder", 0.05, 0.1, 2 * ms},
		{"OKSlow", 0.05, 0.02, 150 * ms},
		{"OKBeyondDeltas", 0.05, 0, 9000 * ms},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(3, 4))
			var rec congestion.Recorder
			arrived, reported := make(map[uint16]int64), make(map[uint16]int64)
			now := 100_000 * ms
			arrive := func(seq uint16) {
				arrived[seq] = now / 250e3
				rec.Arrived(seq, now)
			}
			seq := uint16(65000)
			for round := range 60 {
				for range 20 {
					now += tt.gap/2 + r.Int64N(tt.gap)
					switch {
					case r.Float64() < tt.loss:
						seq++
					case r.Float64() < tt.reorder:
						arrive(seq + 1)
						arrive(seq)
						seq += 2
					default:
						arrive(seq)
						seq++
					}
				}
				for rec.Pending() {
					b := rec.AppendFeedback(nil, 1, 2)
					if len(b) == 0 {
						break
					}
					want := pionStatuses(t, b)
					body := b[12:]
					if diff := cmp.Diff(want, statuses(t, body), cmp.AllowUnexported(status{})); diff != "" {
						t.Fatalf("round %d: ours differs from pion's reading (-pion +ours):\n%s", round, diff)
					}
					for _, s := range want {
						if s.at >= 0 {
							reported[s.seq] = s.at
						}
					}
				}
			}
			for seq, at := range arrived {
				// The reference time has 24 bits of 64 ms.
				if got, ok := reported[seq]; !ok || (got-at)%(1<<32) != 0 {
					t.Fatalf("packet %d arrived at %d, reported %d (%v)", seq, at, got, ok)
				}
			}
		})
	}
}

func TestRecorderLateAfterReport(t *testing.T) {
	var rec congestion.Recorder
	for _, seq := range []uint16{10, 12} {
		rec.Arrived(seq, 1000*ms)
	}
	first := statuses(t, rec.AppendFeedback(nil, 1, 2)[12:])
	rec.Arrived(11, 1001*ms)
	second := statuses(t, rec.AppendFeedback(nil, 1, 2)[12:])
	want := [][]status{{{10, 4000}, {11, -1}, {12, 4000}}, {{11, 4004}, {12, 4000}}}
	if diff := cmp.Diff(want, [][]status{first, second}, cmp.AllowUnexported(status{})); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	if rec.Pending() || rec.AppendFeedback(nil, 1, 2) != nil {
		t.Error("there is more to tell")
	}
}

func TestRecorderJump(t *testing.T) {
	var rec congestion.Recorder
	rec.Arrived(1, 1*ms)
	rec.Arrived(30_000, 2*ms) // far ahead: what lies between was never here
	total := 0
	for rec.Pending() {
		b := rec.AppendFeedback(nil, 1, 2)
		if len(b) > 1200 {
			t.Fatalf("a message of %d octets", len(b))
		}
		total += len(pionStatuses(t, b))
	}
	if total > 1100 {
		t.Errorf("%d statuses", total)
	}
}

func TestOpenReportsRefuses(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   []byte
	}{
		{"ErrEmpty", nil},
		{"ErrNoChunks", []byte{0, 1, 0, 1, 0, 0, 0, 0}},
		{"ErrNoDelta", []byte{0, 1, 0, 1, 0, 0, 0, 0, 0x20, 1}},
		{"ErrCutDelta", []byte{0, 1, 0, 1, 0, 0, 0, 0, 0x40, 1, 0}},
		{"ErrEmptyRuns", []byte{0, 1, 0xff, 0xff, 0, 0, 0, 0, 0x20, 0, 0x20, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, ok := congestion.OpenReports(tt.in); ok {
				t.Error("accepted")
			}
		})
	}
}

// FuzzFeedback: no message panics the reader or the estimator, and the statuses
// are as many as announced.
func FuzzFeedback(f *testing.F) {
	var rec congestion.Recorder
	for i := range uint16(40) {
		if i%7 != 3 {
			rec.Arrived(i, int64(i)*9*ms)
		}
	}
	f.Add(rec.AppendFeedback(nil, 1, 2)[12:])
	f.Add([]byte{0, 1, 0, 1, 0xff, 0xff, 0xff, 0, 0x40, 1, 0x80, 0})
	f.Add([]byte{0xff, 0xff, 0, 20, 0, 0, 1, 0, 0xd5, 0x55, 0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, fci []byte) {
		r, ok := congestion.OpenReports(fci)
		if ok {
			n := 0
			for _, _, _, ok := r.Next(); ok; _, _, _, ok = r.Next() {
				n++
			}
			if want := int(fci[2])<<8 | int(fci[3]); n != want {
				t.Fatalf("%d statuses, %d announced", n, want)
			}
		}
		e := congestion.NewEstimator(0)
		for i := range int64(100) {
			e.Sent(1000, i*ms)
		}
		if e.Feedback(fci, 200*ms) != ok {
			t.Fatal("the estimator judges otherwise")
		}
		e.Tick(300 * ms)
		if r := e.Rate(); r < congestion.Lowest || r > congestion.Highest {
			t.Fatalf("rate %v", r)
		}
	})
}

func TestNoAllocations(t *testing.T) {
	var rec congestion.Recorder
	e := congestion.NewEstimator(0)
	b := congestion.NewBucket(1e6, 0)
	out := make([]byte, 0, 1500)
	now, seq := int64(0), uint16(0)
	rec.Arrived(0, 0)
	e.Sent(1, 0)
	if n := testing.AllocsPerRun(1000, func() {
		for range 10 {
			now += ms
			seq++
			if seq%9 != 0 {
				rec.Arrived(seq, now)
			}
			e.Sent(1200, now)
			b.Open(now)
			b.Take(1200)
		}
		out = rec.AppendFeedback(out[:0], 1, 2)
		e.Feedback(out[12:], now)
		e.Tick(now)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
