// Package sframe seals media frames end to end: SFrame (RFC 9605) with the AES-GCM
// suites, the codec shells that let a browser's packetizer and the forwarding
// server see "key frame or delta" and nothing else, replay windows, and the Ring,
// which decides by the epochs of the meeting's group which key seals and which
// frames are accepted. It has no network, no clock and no goroutine: time comes in
// with each call. What it does not do: it makes no keys (the group's exporter
// does) and chooses no mode (the session does).
//
// testdata/ring.json is the Ring's specification by example, with its rules in
// words; the browser's implementation runs the same file.
package sframe
