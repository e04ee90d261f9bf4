// Package api serves the REST API under /api/v1: claiming the owner, signing in
// and out, making, finding and ending meetings, their cards and files. Bodies are those of core/wire,
// refusals are RFC 9457 problems with a code, and the OpenAPI 3.1 document is
// made from the same types. It keeps no state of its own but rate limits; live
// meetings are the business of server/room.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/server/auth"
	"github.com/roundel-meet/roundel/server/blob"
	"github.com/roundel-meet/roundel/server/store"
)

// Base is the path below which the API is served.
const Base = "/api/v1"

// maxBody bounds the body of a request, in bytes; the largest is a new meeting.
const maxBody = 16 << 10

// Rooms is what the API needs of the live rooms.
type Rooms interface {
	// End closes the room of a meeting, if it has one, for everyone in it.
	End(ctx context.Context, meetingID string)
	// SetCard tells the room of a meeting, if it has one, of a new card.
	SetCard(meetingID string, card []byte)
	// Seat returns whose seat a secret is of, or a forbidden Error.
	Seat(ctx context.Context, number, secret string) (meetingID, participant string, err error)
}

// Config is what New needs. All fields but Limits are required.
type Config struct {
	Store   *store.Store
	Auth    *auth.Auth
	Rooms   Rooms
	Files   *blob.Store
	Server  string  // product and version
	LocalCA bool    // the certificate comes from the server's own CA
	Limits  *Limits // nil for DefaultLimits
	Logger  *slog.Logger
}

// service has the operations.
type service struct {
	Config
	limits limiters
}

// New returns the handler of everything below Base.
func New(c Config) http.Handler {
	useProblems()
	if c.Limits == nil {
		l := DefaultLimits()
		c.Limits = &l
	}
	s := &service{Config: c, limits: newLimiters(*c.Limits)}
	mux := http.NewServeMux()
	s.register(humago.NewWithPrefix(mux, Base, openAPI(c.Server)))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		writeProblem(w, newProblem(http.StatusNotFound, meeting.CodeNotFound, "The API has no such operation."))
	})
	doors := http.NewServeMux()
	doors.Handle("/", s.guard(mux))
	doors.Handle("POST "+filesPath, s.guardFiles(s.upload))
	doors.Handle("GET "+filesPath+"/{id}", s.guardFiles(s.download))
	return doors
}

// openAPI describes the API without what huma adds by default: no pages that
// load scripts from elsewhere, no links to schemas.
func openAPI(version string) huma.Config {
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title:   "Roundel",
				Version: version,
				Description: "Sign in with the session cookie that POST /session sets, or with an API token " +
					"in the header Authorization: Bearer. Every refusal is application/problem+json with a code.",
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"session": {Type: "apiKey", In: "cookie", Name: auth.CookieName},
					"token":   {Type: "http", Scheme: "bearer"},
				},
			},
		},
		OpenAPIPath:   "/openapi",
		Formats:       map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat: "application/json",
	}
}

// signedIn is the security requirement of operations that guests cannot use.
var signedIn = []map[string][]string{{"session": {}}, {"token": {}}}

func (s *service) register(api huma.API) {
	add(s, api, huma.Operation{
		OperationID: "getInfo", Method: http.MethodGet, Path: "/info",
		Summary: "The server, this connection and who is signed in",
	}, s.info)
	add(s, api, huma.Operation{
		OperationID: "claimOwner", Method: http.MethodPost, Path: "/owner",
		Summary:     "Claim a new server with the token of its first-run link",
		Description: "Works once. Sets the owner's name and password and signs in.",
	}, s.claim, 409, 503)
	add(s, api, huma.Operation{
		OperationID: "signIn", Method: http.MethodPost, Path: "/session",
		Summary: "Sign in with a password",
	}, s.signIn, 503)
	add(s, api, huma.Operation{
		OperationID: "signOut", Method: http.MethodDelete, Path: "/session",
		Summary: "Sign out", Description: "Not an error for guests. API tokens stay valid.",
	}, s.signOut)
	add(s, api, huma.Operation{
		OperationID: "createMeeting", Method: http.MethodPost, Path: "/meetings", Security: signedIn,
		Summary: "Make a meeting that can be joined at once", DefaultStatus: http.StatusCreated,
	}, s.createMeeting)
	add(s, api, huma.Operation{
		OperationID: "listMeetings", Method: http.MethodGet, Path: "/meetings", Security: signedIn,
		Summary:     "List the own meetings that have not ended",
		Description: "Newest first, the newest " + strconv.Itoa(store.ListLimit) + ".",
	}, s.listMeetings)
	add(s, api, huma.Operation{
		OperationID: "getMeeting", Method: http.MethodGet, Path: "/meetings/{number}",
		Summary: "What a guest may know of a meeting before joining",
	}, s.getMeeting, 400, 404, 410)
	add(s, api, huma.Operation{
		OperationID: "endMeeting", Method: http.MethodDelete, Path: "/meetings/{number}", Security: signedIn,
		Summary:     "End a meeting for everyone",
		Description: "For the meeting's owner and the account's administrators. Ending it again changes nothing.",
	}, s.endMeeting, 400, 404)
	add(s, api, huma.Operation{
		OperationID: "putCard", Method: http.MethodPut, Path: "/meetings/{number}/card", Security: signedIn,
		Summary:     "Store the meeting card",
		Description: "For the meeting's owner. The version in the card must be higher than that of the one before. Only devices can check what it says.",
	}, s.putCard, 400, 404, 409)
	describe(api.OpenAPI())
	describeFiles(api.OpenAPI())
}

// refusals are the statuses with which any operation of a method may refuse: the
// guard's, and those of reading a body.
var refusals = map[string][]int{
	http.MethodGet:    {401, 429, 500},
	http.MethodDelete: {401, 403, 429, 500},
	http.MethodPost:   {400, 401, 403, 408, 413, 415, 429, 500},
	http.MethodPut:    {400, 401, 403, 408, 413, 415, 429, 500},
}

// add registers an operation with the statuses that it may refuse with beside
// those of its method.
func add[I, O any](s *service, api huma.API, op huma.Operation, do func(context.Context, *I) (*O, error), statuses ...int) {
	op.MaxBodyBytes = maxBody
	op.Responses = make(map[string]*huma.Response)
	problem := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	for _, status := range append(statuses, refusals[op.Method]...) {
		op.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: http.StatusText(status),
			Content:     map[string]*huma.MediaType{problemType: {Schema: problem}},
		}
	}
	huma.Register(api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := do(ctx, in)
		if err != nil {
			return nil, s.refuse(ctx, op.OperationID, err)
		}
		return out, nil
	})
}

// refuse turns err into what the client may see, and logs what it may not.
func (s *service) refuse(ctx context.Context, operation string, err error) *Problem {
	p := problemOf(err)
	if p.Status >= http.StatusInternalServerError {
		s.Logger.ErrorContext(ctx, "API request failed", "operation", operation, "error", err)
	}
	return p
}

// describe says in the document what the Go types do not: what may be null, and
// that answers may get more properties in later versions. Requests may not have
// unknown ones, lest a mistyped setting is silently off.
func describe(doc *huma.OpenAPI) {
	schemas := doc.Components.Schemas.Map()
	for name, schema := range schemas {
		switch name {
		case "Claim", "SignIn", "NewMeeting", "Settings", "CardUpdate":
		default:
			schema.AdditionalProperties = nil
		}
	}
	info := schemas["Info"].Properties
	info["user"] = &huma.Schema{OneOf: []*huma.Schema{info["user"], {Type: "null"}}}
}
