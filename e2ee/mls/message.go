package mls

// wireFormat says what an MLSMessage carries (RFC 9420 section 6).
type wireFormat uint16

const (
	wirePublic     wireFormat = 1
	wirePrivate    wireFormat = 2
	wireWelcome    wireFormat = 3
	wireGroupInfo  wireFormat = 4
	wireKeyPackage wireFormat = 5
)

// message builds an MLSMessage.
func message(format wireFormat, body []byte) []byte {
	e := encoder{buf: make([]byte, 0, len(body)+4)}
	e.uint16(protocolVersion)
	e.uint16(uint16(format))
	e.raw(body)
	return e.buf
}

// openMessage reads an MLSMessage's header; the decoder is at its body.
func openMessage(b []byte) (wireFormat, *decoder, error) {
	if len(b) > MaxMessage {
		return 0, nil, fail(ErrLimit, "size of a message")
	}
	d := decode(b)
	version, format := d.uint16(), wireFormat(d.uint16())
	if d.bad {
		return 0, nil, ErrDecode
	}
	if version != protocolVersion {
		return 0, nil, fail(ErrUnsupported, "protocol version")
	}
	return format, d, nil
}
