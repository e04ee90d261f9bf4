package meeting

import (
	"errors"
	"fmt"
)

// Code names a class of failure that a person or a client can act on. Codes
// become HTTP, websocket and SIP status in one place each; they are part of the
// protocol and are never renamed.
type Code string

// The codes of the protocol. Each says what the caller can do about it.
const (
	CodeInvalid          Code = "invalid"           // the request is malformed; mend it
	CodeUnauthenticated  Code = "unauthenticated"   // sign in first
	CodeForbidden        Code = "forbidden"         // signed in, but not allowed
	CodeNotFound         Code = "not_found"         // no such thing
	CodeConflict         Code = "conflict"          // the state does not allow it now
	CodeTooLarge         Code = "too_large"         // a message or field is over its limit
	CodeRateLimited      Code = "rate_limited"      // slow down and try again
	CodeUnavailable      Code = "unavailable"       // the server is stopping or full; try again
	CodeInternal         Code = "internal"          // a fault of ours; the log has it
	CodeUnknownType      Code = "unknown_type"      // a message type this server does not know
	CodeVersion          Code = "version"           // no common protocol version
	CodePasscodeRequired Code = "passcode_required" // join again with the passcode
	CodePasscodeWrong    Code = "passcode_wrong"    // the passcode does not match
	CodeLocked           Code = "locked"            // the meeting is locked
	CodeBanned           Code = "banned"            // removed and banned from this meeting
	CodeDenied           Code = "denied"            // the host did not let you in
	CodeRemoved          Code = "removed"           // a host removed you
	CodeEnded            Code = "ended"             // the meeting has ended
	CodeNotStarted       Code = "not_started"       // the host has not started the meeting
	CodeReplaced         Code = "replaced"          // the same seat connected from elsewhere
	CodeFull             Code = "full"              // the meeting is full
	CodeE2EEOn           Code = "e2ee_on"           // not while end-to-end encryption is on
	CodeE2EERequired     Code = "e2ee_required"     // end-to-end encryption is on and this client cannot take part
)

// Error is the one error type that crosses a boundary to a person or a client.
// Message is a plain English sentence without internals; clients translate by
// Code and show Message only for codes they do not know.
type Error struct {
	Code    Code
	Message string
	err     error
}

// Errorf makes an Error. A %w operand is kept for errors.Is and logs, but its
// text appears in Message only where the format puts it.
func Errorf(code Code, format string, args ...any) *Error {
	e := fmt.Errorf(format, args...)
	return &Error{Code: code, Message: e.Error(), err: errors.Unwrap(e)}
}

// Wrap makes an Error whose cause is kept for the log and hidden from people.
func Wrap(code Code, cause error, message string) *Error {
	return &Error{Code: code, Message: message, err: cause}
}

// Error returns the message with its code.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// Unwrap returns the hidden cause, or nil.
func (e *Error) Unwrap() error { return e.err }

// CodeOf returns the code of the first Error in err's chain, "" for nil and
// CodeInternal for any other error.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// MessageOf returns what a person may read of err: the message of the first
// Error in its chain, or a neutral sentence for any other error.
func MessageOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Message
	}
	return "Something failed on the server. Please try again."
}
