package client

// maxPicture is the largest picture id of 15 bits.
const maxPicture = 1<<15 - 1

// vp9Payloader packs VP9 frames in flexible mode (RFC 9628, 4.2): one layer, each
// picture after a key frame refers to the one before. It never looks at a frame,
// which may be sealed; the track says whether it is a key frame.
type vp9Payloader struct {
	picture uint16
	key     bool
}

// Payload implements rtp.Payloader.
func (v *vp9Payloader) Payload(mtu uint16, frame []byte) [][]byte {
	const (
		hasPicture = 0x80 // I
		predicted  = 0x40 // P
		flexible   = 0x10 // F
		begins     = 0x08 // B
		ends       = 0x04 // E
		extended   = 0x80 // M
		onePicture = 1 << 1
	)
	head := []byte{hasPicture | flexible, extended | byte(v.picture>>8), byte(v.picture)}
	if !v.key {
		head[0] |= predicted
		head = append(head, onePicture)
	}
	v.picture = (v.picture + 1) & maxPicture
	room := int(mtu) - len(head)
	if room <= 0 {
		return nil
	}
	var packets [][]byte
	for at := 0; at < len(frame); at += room {
		part := frame[at:min(at+room, len(frame))]
		packet := append(append(make([]byte, 0, len(head)+len(part)), head...), part...)
		if at == 0 {
			packet[0] |= begins
		}
		if at+room >= len(frame) {
			packet[0] |= ends
		}
		packets = append(packets, packet)
	}
	return packets
}
