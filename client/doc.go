// Package client is the Go SDK of Roundel: it signs on, creates and joins
// meetings, follows their events, and sends and receives media, with the same
// protocol as the browser (docs/protocol.md).
//
// A [Session] is one websocket that has said hello. [Session.Join] takes a seat
// and gives a [Meeting]; [Meeting.Connect] adds one peer connection for media.
// When the socket is lost the session dials again and resumes the seat while the
// media goes on; only when the server no longer keeps the seat's media does the
// client offer anew, by itself.
//
// Frames pass through a [Cipher] on their way out and in. The default passes
// them unchanged; end-to-end encryption puts its own there.
//
// It is not a device library: it captures and plays nothing, and decodes no
// codec.
package client
