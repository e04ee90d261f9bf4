package api

import (
	"net/http"

	"github.com/roundel-meet/roundel/core/meeting"
)

// Status returns the HTTP status of an answer with that code (RFC 9110, section
// 15). This is the one place that says so.
func Status(code meeting.Code) int {
	switch code {
	case meeting.CodeInvalid, meeting.CodeUnknownType, meeting.CodeVersion:
		return http.StatusBadRequest
	case meeting.CodeUnauthenticated:
		return http.StatusUnauthorized
	case meeting.CodeForbidden, meeting.CodeLocked, meeting.CodeBanned, meeting.CodeDenied,
		meeting.CodeRemoved, meeting.CodePasscodeRequired, meeting.CodePasscodeWrong:
		return http.StatusForbidden
	case meeting.CodeNotFound:
		return http.StatusNotFound
	case meeting.CodeConflict, meeting.CodeNotStarted, meeting.CodeReplaced, meeting.CodeFull:
		return http.StatusConflict
	case meeting.CodeEnded:
		return http.StatusGone
	case meeting.CodeTooLarge:
		return http.StatusRequestEntityTooLarge
	case meeting.CodeRateLimited:
		return http.StatusTooManyRequests
	case meeting.CodeUnavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}
