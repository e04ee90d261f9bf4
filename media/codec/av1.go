package codec

// describeAV1 reads the aggregation header (RTP Payload Format For AV1 1.0,
// 4.4): Z says that the first OBU element continues one of the packet before,
// N that this packet is the first of a coded video sequence, which begins with a
// key frame. Whether a packet without Z begins a frame cannot be told without
// the OBUs; it is at least a point between OBUs.
func describeAV1(p []byte) Info {
	if len(p) < 2 {
		return Info{}
	}
	const continues, newSequence = 0x80, 0x08
	start := p[0]&continues == 0
	return Info{Known: true, Start: start, Key: start && p[0]&newSequence != 0}
}
