package sframe

// WindowSize is how far behind the highest accepted counter a frame may come.
const WindowSize = 1024

// Window remembers which counters of one key were accepted, and at which RTP
// timestamps: a counter counts once, and frames cannot change places. The zero
// value is ready.
type Window struct {
	started bool
	highest uint64
	seen    [WindowSize / 64]uint64
	times   [WindowSize]uint32

	track uint32 // of the last accepted frame: the timeline that times belong to
	floor uint64 // the lowest counter that may be accepted since track began
}

// Fresh reports whether a counter was not accepted before and is not too far
// behind. It is asked before a frame is opened and changes nothing.
func (w *Window) Fresh(counter uint64) bool {
	if !w.started || counter > w.highest {
		return true
	}
	return w.highest-counter < WindowSize && !w.has(counter)
}

// Accept takes the counter of a frame that authenticated; false means that its
// RTP timestamp puts it into another order than its counter. track names the
// timeline: where it changes, timestamps begin afresh and counters only rise.
func (w *Window) Accept(counter uint64, track, time uint32) bool {
	if !w.started {
		w.started, w.highest, w.track, w.floor = true, counter, track, 0
		w.set(counter, time)
		return true
	}
	floor := w.floor
	if track != w.track {
		floor = w.highest + 1
	}
	if counter < floor || !w.inOrder(counter, floor, time) {
		return false
	}
	w.track, w.floor = track, floor
	if counter > w.highest {
		w.advance(counter)
	}
	w.set(counter, time)
	return true
}

// inOrder compares with the nearest accepted counters on both sides, at floor or
// above. Equal times are in order: layers of one picture share theirs.
func (w *Window) inOrder(counter, floor uint64, time uint32) bool {
	if counter > w.highest {
		return w.highest < floor || int32(time-w.times[w.highest%WindowSize]) >= 0
	}
	for above := counter + 1; above <= w.highest; above++ {
		if w.has(above) {
			if int32(w.times[above%WindowSize]-time) < 0 {
				return false
			}
			break
		}
	}
	for below := counter; below > floor && w.highest-below+1 < WindowSize; {
		below--
		if w.has(below) {
			return int32(time-w.times[below%WindowSize]) >= 0
		}
	}
	return true
}

// advance moves the window's end to counter and forgets what falls out.
func (w *Window) advance(counter uint64) {
	if counter-w.highest >= WindowSize {
		w.seen = [WindowSize / 64]uint64{}
	} else {
		for c := w.highest + 1; c <= counter; c++ {
			w.seen[c%WindowSize/64] &^= 1 << (c % 64)
		}
	}
	w.highest = counter
}

func (w *Window) has(counter uint64) bool {
	return w.seen[counter%WindowSize/64]>>(counter%64)&1 == 1
}

func (w *Window) set(counter uint64, time uint32) {
	w.seen[counter%WindowSize/64] |= 1 << (counter % 64)
	w.times[counter%WindowSize] = time
}
