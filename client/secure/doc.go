// Package secure is end-to-end encryption for the SDK. [Join] takes a seat in a
// meeting and, when the meeting has a card, takes part in its MLS group:
// e2ee/session decides, this package carries out what it decides between the
// server, the device key and the media. [NewMeeting] makes a meeting with a card
// and its links. A [Cipher] alone is for those who bring a session of their own.
//
// Nothing secret is stored but the device key, in a file of the person's own.
package secure
