package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/roundel-meet/roundel/core/meeting"
)

// Problem is the body of every answer that is not a success (RFC 9457). It never
// repeats what the client sent, which may be a password.
type Problem struct {
	Title  string `json:"title" doc:"The HTTP status in words."`
	Status int    `json:"status" doc:"The HTTP status."`
	Code   string `json:"code" doc:"What failed, for programs: invalid, unauthenticated, forbidden, not_found, conflict, ended, too_large, rate_limited, unavailable, internal."`
	Detail string `json:"detail" doc:"What failed, for people: an English sentence."`

	headers http.Header
}

// Error returns the code and the sentence.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders returns the headers that go with the problem.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType returns the media type of problems for that of other answers.
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

func newProblem(status int, code meeting.Code, detail string) *Problem {
	p := &Problem{Title: http.StatusText(status), Status: status, Code: string(code), Detail: detail}
	if status == http.StatusUnauthorized {
		p.headers = http.Header{"WWW-Authenticate": {"Bearer"}} // RFC 9110, section 15.5.2
	}
	return p
}

// problemOf returns the Problem that a person may see of err.
func problemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	code := meeting.CodeOf(err)
	return newProblem(Status(code), code, meeting.MessageOf(err))
}

// tooMany says when to try again.
func tooMany(wait time.Duration) *Problem {
	p := newProblem(http.StatusTooManyRequests, meeting.CodeRateLimited,
		"There were too many tries. Please wait a little and try again.")
	seconds := int64((wait + time.Second - 1) / time.Second)
	p.headers = http.Header{"Retry-After": {strconv.FormatInt(max(1, seconds), 10)}}
	return p
}

// writeProblem answers outside an operation.
func writeProblem(w http.ResponseWriter, p *Problem) {
	for k, v := range p.headers {
		w.Header()[http.CanonicalHeaderKey(k)] = v
	}
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client is gone when this fails
}

// useProblems makes huma answer its own refusals as Problems. huma knows only
// one way for a whole process.
var useProblems = sync.OnceFunc(func() {
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		switch status {
		case http.StatusRequestEntityTooLarge:
			return newProblem(status, meeting.CodeTooLarge, tooLarge)
		case http.StatusRequestTimeout:
			return newProblem(status, meeting.CodeInvalid, "The request took too long to arrive.")
		case http.StatusUnsupportedMediaType:
			return newProblem(status, meeting.CodeInvalid, notJSON)
		case http.StatusBadRequest, http.StatusUnprocessableEntity:
			return newProblem(http.StatusBadRequest, meeting.CodeInvalid, invalid(msg, errs))
		}
		return problemOf(errors.New(msg))
	}
})

var tooLarge = fmt.Sprintf("The request is larger than %d KiB.", maxBody>>10)

const notJSON = "The request must be JSON: send the header Content-Type: application/json."

const unexpected = "The request is not valid: it has a property that does not belong there."

// invalid says what is wrong first, without the value that is wrong.
func invalid(msg string, errs []error) string {
	for _, err := range errs {
		var d huma.ErrorDetailer
		if errors.As(err, &d) {
			detail := d.ErrorDetail()
			if detail.Message == validation.MsgUnexpectedProperty {
				return unexpected // the location would repeat the client's own name for it
			}
			return fmt.Sprintf("The request is not valid: %s at %s.", strings.TrimSuffix(detail.Message, "."), detail.Location)
		}
	}
	if len(errs) > 0 {
		msg = "it cannot be read as JSON of the right shape"
	}
	return fmt.Sprintf("The request is not valid: %s.", msg)
}
