package sframe

import "errors"

// ErrMeeting is returned for a meeting id that does not fit the metadata.
var ErrMeeting = errors.New("sframe: meeting id is empty or too long")

// Metadata is what a frame's tag covers besides its header: the protocol, the
// meeting and the codec, each as one byte of length and the text. A frame of one
// codec or meeting does not open as a frame of another.
func Metadata(meeting string, c Codec) ([]byte, error) {
	if meeting == "" || len(meeting) > 255 {
		return nil, ErrMeeting
	}
	name := c.metadataName()
	if name == "" {
		return nil, ErrCodec
	}
	var b []byte
	for _, text := range [...]string{"roundel1", meeting, name} {
		b = append(append(b, byte(len(text))), text...)
	}
	return b, nil
}
