package sfu

// What a track may bring in a second: far above any microphone, camera or screen,
// and low enough that one publisher cannot use up a shard.
const (
	maxAudioPackets, maxAudioOctets = 500, 100_000
	maxVideoPackets, maxVideoOctets = 4000, 4_000_000
)

// intake counts what a track brought in the current second.
type intake struct {
	since           int64
	packets, octets int
}

// take reports whether a packet of n octets is still within bounds.
func (i *intake) take(video bool, n int, now int64) bool {
	if now-i.since >= 1e9 {
		*i = intake{since: now}
	}
	i.packets++
	i.octets += n
	if video {
		return i.packets <= maxVideoPackets && i.octets <= maxVideoOctets
	}
	return i.packets <= maxAudioPackets && i.octets <= maxAudioOctets
}
