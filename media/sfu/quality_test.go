package sfu

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/internal/netsim"
)

func TestQuality(t *testing.T) {
	for _, tt := range []struct {
		name string
		set  func(p *Peer)
		want Quality
	}{
		{"OKGood", func(*Peer) {}, Quality{good, ReasonNone}},
		{"OKFairLossUp", func(p *Peer) { p.up = pool{400, 20} }, Quality{fair, ReasonLossUp}},
		{"OKPoorLossUp", func(p *Peer) { p.up = pool{400, 60} }, Quality{poor, ReasonLossUp}},
		{"OKTooFewToJudge", func(p *Peer) { p.up = pool{20, 3} }, Quality{good, ReasonNone}},
		{"OKFairLossDown", func(p *Peer) { p.down = pool{400, 20} }, Quality{fair, ReasonLossDown}},
		{"OKPoorLossSaid", func(p *Peer) { p.said = said{0.2, 0, p.room.shard.now} }, Quality{poor, ReasonLossDown}},
		{"OKFeedbackBeforeWhatIsSaid", func(p *Peer) {
			p.down = pool{400, 0}
			p.said = said{0.2, 0, p.room.shard.now}
		}, Quality{good, ReasonNone}},
		{"OKOldSayingForgotten", func(p *Peer) { p.said = said{0.2, 0, p.room.shard.now - 60_000*ms} }, Quality{good, ReasonNone}},
		{"OKFairRTT", func(p *Peer) { p.rtt, p.rttKnown, p.rttAt = 400*ms, true, p.room.shard.now }, Quality{fair, ReasonRoundTrip}},
		{"OKPoorRTTSaid", func(p *Peer) { p.said = said{0, 2000 * ms, p.room.shard.now} }, Quality{poor, ReasonRoundTrip}},
		{"OKOldRTTForgotten", func(p *Peer) { p.rtt, p.rttKnown, p.rttAt = 400*ms, true, p.room.shard.now-60_000*ms }, Quality{good, ReasonNone}},
		{"OKLossBeforeRTT", func(p *Peer) {
			p.up = pool{400, 60}
			p.said = said{0, 2000 * ms, p.room.shard.now}
		}, Quality{poor, ReasonLossUp}},
		{"OKBetterNeedsAMargin", func(p *Peer) {
			p.grade.told = Quality{poor, ReasonLossUp}
			p.up = pool{400, 28}
		}, Quality{poor, ReasonLossUp}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			p := r.join("a", lines{audio: 1})
			tt.set(p)
			if diff := cmp.Diff(tt.want, p.measure()); diff != "" {
				t.Errorf("quality (-want +got):\n%s", diff)
			}
		})
	}
}

// at is a judgement, and for how many seconds it stays.
type at struct {
	level   int
	seconds int
}

// TestGrade counts in seconds when what is told changes.
func TestGrade(t *testing.T) {
	type told struct{ At, Level int }
	for _, tt := range []struct {
		name   string
		judged []at
		want   []told
	}{
		{"OKGoodAtOnce", []at{{good, 20}}, []told{{0, good}}},
		{"OKBadFromTheStart", []at{{poor, 20}}, []told{{6, poor}}},
		{"OKASpikeIsNotTold", []at{{good, 10}, {poor, 4}, {good, 20}}, []told{{0, good}}},
		{"OKPoor", []at{{good, 10}, {poor, 20}}, []told{{0, good}, {16, poor}}},
		{"OKFairWhileItWavers", []at{{good, 10}, {poor, 2}, {fair, 2}, {poor, 2}, {fair, 20}}, []told{{0, good}, {16, fair}}},
		{"OKBackInOneStep", []at{{good, 10}, {poor, 10}, {fair, 4}, {good, 30}}, []told{{0, good}, {16, poor}, {32, good}}},
		{"OKBackToFair", []at{{good, 10}, {poor, 10}, {fair, 30}}, []told{{0, good}, {16, poor}, {28, fair}}},
		{"OKARelapseTakesLonger", []at{{good, 10}, {poor, 10}, {good, 10}, {poor, 10}, {good, 30}}, []told{{0, good}, {16, poor}, {28, good}, {36, poor}, {56, good}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var g grade
			var got []told
			now := 0
			for _, a := range tt.judged {
				for end := now + a.seconds; now < end; now += 2 {
					if g.hear(Quality{Level: a.level}, int64(now+1)*1e9) {
						got = append(got, told{now, g.told.Level})
					}
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
		})
	}
}

// TestGradeIsRare: a path that comes and goes is told less and less often.
func TestGradeIsRare(t *testing.T) {
	var g grade
	changes := 0
	for now := range 600 {
		q := Quality{good, ReasonNone}
		if now%40 < 20 {
			q = Quality{poor, ReasonLossUp}
		}
		if now%2 == 0 && g.hear(q, int64(now+1)*1e9) {
			changes++
		}
	}
	if changes > 8 || changes < 2 {
		t.Errorf("told %d times in ten minutes", changes)
	}
}

// TestAnotherReason: the reason follows when it has been another one for a while.
func TestAnotherReason(t *testing.T) {
	var g grade
	hear := func(q Quality, seconds ...int) {
		for _, s := range seconds {
			g.hear(q, int64(s)*1e9)
		}
	}
	hear(Quality{poor, ReasonLossUp}, 1, 3, 5, 7)
	hear(Quality{poor, ReasonNarrow}, 9, 27)
	if g.told.Reason != ReasonLossUp {
		t.Errorf("told %v after 18 s", g.told)
	}
	if hear(Quality{poor, ReasonNarrow}, 29); g.told.Reason != ReasonNarrow {
		t.Errorf("told %v after 20 s", g.told)
	}
}

// TestQualityOfPaths: what networks that are known are called, and that the call
// stays when the network does.
func TestQualityOfPaths(t *testing.T) {
	for _, tt := range []struct {
		name string
		path netsim.Path
		want Quality
	}{
		{"OKFast", netsim.Path{Rate: 20e6, Delay: 20 * time.Millisecond}, Quality{good, ReasonNone}},
		{"OKOnePercent", netsim.Path{Rate: 20e6, Delay: 20 * time.Millisecond, Loss: 0.01}, Quality{good, ReasonNone}},
		{"OKFivePercent", netsim.Path{Rate: 20e6, Delay: 20 * time.Millisecond, Loss: 0.05}, Quality{fair, ReasonLossDown}},
		{"OKFifteenPercent", netsim.Path{Rate: 20e6, Delay: 20 * time.Millisecond, Loss: 0.15}, Quality{poor, ReasonLossDown}},
		{"OKNarrow", netsim.Path{Rate: 300e3, Delay: 20 * time.Millisecond}, Quality{fair, ReasonNarrow}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, paths := stage(t, tt.path)
			p := paths[0].peer
			s.film(t, 30e9, paths...)
			p.room.events.waiting = nil
			for range 30 {
				s.film(t, 1e9, paths...)
				if p.grade.told != tt.want {
					t.Fatalf("quality %v, want %v; loss %.3f, estimate %.0f", p.grade.told, tt.want, p.down.share(), p.estimator.Rate())
				}
			}
		})
	}
}

// TestSilence: a path that breaks is told at once, and again when it is back.
func TestSilence(t *testing.T) {
	r := newRig(t)
	p := r.join("a", lines{audio: 1})
	p.judge()
	p.silence()
	if want := (Quality{poor, ReasonSilent}); p.grade.told != want {
		t.Errorf("told %v, want %v", p.grade.told, want)
	}
	for range 20 {
		r.shard.now += 2000 * ms
		p.judge()
	}
	if p.grade.told.Reason != ReasonSilent {
		t.Errorf("told %v while nothing came", p.grade.told)
	}
	p.heardAgain()
	r.shard.now += 2000 * ms
	p.judge()
	if want := (Quality{good, ReasonNone}); p.grade.told != want {
		t.Errorf("told %v after it came back, want %v", p.grade.told, want)
	}
}
