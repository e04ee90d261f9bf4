package codec

// describeVP8 reads the VP8 payload descriptor (RFC 7741, 4.2) and the inverse
// key frame flag of the frame's first byte (4.3).
func describeVP8(p []byte) Info {
	if len(p) < 2 {
		return Info{}
	}
	info := Info{Known: true}
	at := 1
	if p[0]&0x80 != 0 { // X: the octet with I, L, T and K follows
		flags := p[1]
		at = 2
		if flags&0x80 != 0 {
			var ok bool
			if at, ok = info.readPicture(p, at); !ok {
				return Info{}
			}
		}
		if flags&0x40 != 0 { // L: TL0PICIDX
			if at >= len(p) {
				return Info{}
			}
			info.TL0At, info.TL0 = uint8(at), p[at]
			at++
		}
		if flags&0x30 != 0 { // T or K: TID, Y and KEYIDX share one octet
			if flags&0x20 != 0 && at < len(p) {
				info.Tiered, info.Temporal, info.Sync = true, p[at]>>6, p[at]&0x20 != 0
			}
			at++
		}
	}
	if at >= len(p) { // a payload header without payload
		return Info{}
	}
	const startOfPartition, partition = 0x10, 0x07
	info.Start = p[0]&startOfPartition != 0 && p[0]&partition == 0
	info.Key = info.Start && p[at]&1 == 0
	return info
}
