package sfu

// The levels of quality; 0 is not known.
const (
	poor = 1
	fair = 2
	good = 3
)

// Reason is what speaks most against a peer's path.
type Reason uint8

// The reasons why a path is not good. Where two weigh the same, the first is told.
const (
	ReasonNone      Reason = iota
	ReasonSilent           // nothing arrives from the peer
	ReasonLossUp           // what it sends gets lost
	ReasonLossDown         // what is sent to it gets lost
	ReasonNarrow           // the path carries less than it asks for: videos are held back or smaller
	ReasonRoundTrip        // the way there and back takes long
)

// Quality is how good a peer's path is.
type Quality struct {
	Level  int // 0 unknown, 1 poor, 2 fair, 3 good
	Reason Reason
}

// judgeEvery is the time between two judgements of a peer's quality.
const judgeEvery = 2e9

// The bounds of good and fair: share of packets lost, round trip in nanoseconds. A
// path that was told to be worse must keep a margin to be called better.
const (
	goodLoss, fairLoss = 0.02, 0.08
	goodRTT, fairRTT   = 250e6, 600e6
	margin             = 0.7
)

// fresh is for how long what was heard of the round trip and loss counts.
const fresh = 15e9

// said is what a peer reported of itself.
type said struct {
	loss float64
	rtt  int64
	at   int64
}

// Report takes what the peer's client measured in the last seconds: the share of
// packets it lost, 0 to 1, and the round trip in seconds, 0 when unknown.
func (p *Peer) Report(loss, rtt float64) {
	loss, rtt = min(max(loss, 0), 1), min(max(rtt, 0), 60)
	p.room.shard.do(p.room, func() {
		if now := p.room.shard.now; p.said.at == 0 || now-p.said.at >= fresh {
			p.said = said{loss, int64(rtt * 1e9), now}
		} else {
			p.said = said{p.said.loss + (loss-p.said.loss)*(1-fading), int64(rtt * 1e9), now}
		}
	})
}

// fading is what of a count is left after the time between two judgements: what is
// judged is of the last five seconds or so.
const fading = 0.6

// enoughToJudge is how many packets say something of loss.
const enoughToJudge = 40

// pool counts packets of one direction, and forgets.
type pool struct{ expected, lost float64 }

func (l *pool) add(expected, lost int64) {
	l.expected += float64(max(expected, 0))
	l.lost += float64(lost) // late ones take back what was counted as lost
}

func (l *pool) fade() { l.expected, l.lost = l.expected*fading, l.lost*fading }

// share returns the loss, 0 while too little is known.
func (l *pool) share() float64 {
	if l.expected < enoughToJudge {
		return 0
	}
	return min(max(l.lost/l.expected, 0), 1)
}

// judge derives the quality from the worse of both directions, and tells it when it
// has changed and stays so.
func (p *Peer) judge() {
	if p.grade.told.Reason == ReasonSilent {
		return // until it is heard again
	}
	p.down.fade()
	expected, lost := p.estimator.Counted()
	p.down.add(expected-p.fed.expected, lost-p.fed.lost)
	p.fed.expected, p.fed.lost = expected, lost
	q := p.measure()
	p.up.fade()
	if p.grade.hear(q, p.room.shard.now) {
		p.room.events.quality(p.id, p.grade.told)
	}
}

// measure says how the path is at this moment.
func (p *Peer) measure() Quality {
	now, told := p.room.shard.now, p.grade.told.Level
	loss, rtt := p.down.share(), int64(0)
	saying := p.said.at != 0 && now-p.said.at < fresh
	if saying && p.down.expected < enoughToJudge {
		loss = p.said.loss // no feedback: what it says itself
	}
	if p.rttKnown && now-p.rttAt < fresh {
		rtt = p.rtt
	} else if saying {
		rtt = p.said.rtt
	}
	q := Quality{Level: good}
	q.note(level(p.up.share(), goodLoss, fairLoss, told), ReasonLossUp)
	q.note(level(loss, goodLoss, fairLoss, told), ReasonLossDown)
	q.note(p.width(), ReasonNarrow)
	q.note(level(float64(rtt), goodRTT, fairRTT, told), ReasonRoundTrip)
	return q
}

// note takes a reason that is worse than those before.
func (q *Quality) note(level int, why Reason) {
	if level < q.Level {
		q.Level, q.Reason = level, why
	}
}

// level grades a value of which less is better.
func level(v, isGood, isFair float64, told int) int {
	if told == poor {
		isFair *= margin
	}
	if told == poor || told == fair {
		isGood *= margin
	}
	switch {
	case v <= isGood:
		return good
	case v <= isFair:
		return fair
	}
	return poor
}

// width is poor when videos are held back for lack of bandwidth, fair when they
// are smaller than the place where they are shown.
func (p *Peer) width() int {
	w := good
	if p.estimator.Congested() {
		w = fair
	}
	for _, sl := range p.slots {
		switch {
		case sl.audio || sl.track == nil || !sl.track.live:
		case sl.paused:
			return poor
		case sl.above(sl.fitting(sl.limit)) != nil:
			w = fair
		}
	}
	return w
}

// A judgement must last to be told: everybody in the meeting is, and a mark that
// comes and goes says nothing. Who fell again soon has to be better for longer.
const (
	worseAfter  = 5e9
	betterAfter = 8e9
	mostCalm    = 64e9
	relapse     = 60e9 // so soon
	reasonAfter = 20e9 // another reason for the same level
)

// grade is what was told of a peer's quality, and what may be told next.
type grade struct {
	told  Quality
	under [good]int64     // by level: since when it was judged so or worse, 0: it is not
	over  [good + 1]int64 // by level: since when it was judged so or better
	other int64           // since when the reason is not the one that was told
	calm  int64           // for how long it must be better now
	rose  int64           // when it was last told to be better
}

// hear takes a judgement and reports whether it changes what is to be told.
func (g *grade) hear(q Quality, now int64) bool {
	for l := poor; l <= good; l++ {
		if l < good {
			since(&g.under[l], q.Level <= l, now)
		}
		since(&g.over[l], q.Level >= l, now)
	}
	since(&g.other, q.Level == g.told.Level && q.Reason != g.told.Reason, now)
	if g.told.Level == 0 && q.Level == good {
		return g.tell(q)
	}
	was := g.told.Level
	if was == 0 {
		was = good
	}
	for l := poor; l < was; l++ {
		if lasted(g.under[l], worseAfter, now) {
			g.fall(now)
			return g.tell(Quality{l, q.Reason})
		}
	}
	if q.Level > was && lasted(g.over[q.Level], max(g.calm, betterAfter), now) {
		g.rose = now
		return g.tell(q)
	}
	if lasted(g.other, reasonAfter, now) {
		return g.tell(q)
	}
	return false
}

func lasted(since, least, now int64) bool { return since != 0 && now-since >= least }

// fall makes the next rise harder when the last one did not last.
func (g *grade) fall(now int64) {
	if g.rose != 0 && now-g.rose < relapse {
		g.calm = min(2*max(g.calm, betterAfter), mostCalm)
	} else {
		g.calm = betterAfter
	}
}

func (g *grade) tell(q Quality) bool {
	g.told, g.other = q, 0
	return true
}

// silence tells at once that nothing arrives from the peer.
func (p *Peer) silence() {
	p.grade = grade{told: Quality{poor, ReasonSilent}, calm: p.grade.calm, rose: p.grade.rose}
	p.room.events.quality(p.id, p.grade.told)
}

// heardAgain forgets a silence: the next judgement that lasts is told. What was
// measured before it, and through it, says nothing of now.
func (p *Peer) heardAgain() {
	if p.grade.told.Reason != ReasonSilent {
		return
	}
	p.up, p.down = pool{}, pool{}
	p.grade = grade{calm: p.grade.calm, rose: p.grade.rose}
	p.judged = p.room.shard.now
}
