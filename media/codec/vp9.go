package codec

// describeVP9 reads the first octets of the VP9 payload descriptor (RFC 9628,
// 4.2). The frame itself is not looked at: P, B and the spatial layer say
// whether decoding may begin.
func describeVP9(p []byte) Info {
	if len(p) < 2 {
		return Info{}
	}
	const (
		hasPicture = 0x80 // I
		predicted  = 0x40 // P: uses an earlier picture
		hasLayer   = 0x20 // L
		flexible   = 0x10 // F
		begins     = 0x08 // B: first packet of a frame
	)
	info := Info{Known: true}
	flags := p[0]
	at := 1
	if flags&hasPicture != 0 {
		var ok bool
		if at, ok = info.readPicture(p, at); !ok {
			return Info{}
		}
	}
	base := true // the lowest spatial layer of its picture
	if flags&hasLayer != 0 {
		if at >= len(p) {
			return Info{}
		}
		base = p[at]&0x0e == 0
		info.Tiered, info.Temporal, info.Up = true, p[at]>>5, p[at]&0x10 != 0
		at++
		if flags&flexible == 0 {
			if at >= len(p) {
				return Info{}
			}
			info.TL0At, info.TL0 = uint8(at), p[at]
			at++
		}
	}
	if at >= len(p) {
		return Info{}
	}
	info.Start = flags&begins != 0 && base
	info.Key = info.Start && flags&predicted == 0
	return info
}
