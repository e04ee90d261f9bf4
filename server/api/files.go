package api

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/limit"
)

// filesPath is where the files of a meeting are.
const filesPath = Base + "/meetings/{number}/files"

// The slowest client that still gets a whole file to or from the server: so many
// bytes in a second, after a first minute.
const (
	slowest    = 32 << 10
	fileMinute = time.Minute
)

// fileRequest is a request by somebody who has a seat.
type fileRequest struct {
	*http.Request
	number, secret         string
	meetingID, participant string
}

// guardFiles stands before the two operations that stream: it limits, refuses
// what other sites make browsers send, and asks for a seat.
func (s *service) guardFiles(do func(http.ResponseWriter, *fileRequest) error) http.Handler {
	crossOrigin := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.catch(w, r)
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		f, err := s.admitFile(crossOrigin, r)
		if err == nil {
			err = do(w, f)
		}
		if err != nil {
			writeProblem(w, s.refuse(r.Context(), "files", err))
		}
	})
}

func (s *service) admitFile(crossOrigin *http.CrossOriginProtection, r *http.Request) (*fileRequest, error) {
	if err := allow(s.limits.requests, limit.IP(r)); err != nil {
		return nil, err
	}
	if err := crossOrigin.Check(r); err != nil {
		return nil, meeting.Wrap(meeting.CodeForbidden, err, "This request came from another site.")
	}
	number, err := meeting.ParseNumber(r.PathValue("number"))
	if err != nil {
		return nil, err
	}
	f := &fileRequest{Request: r, number: number, secret: r.Header.Get(wire.SeatHeader)}
	f.meetingID, f.participant, err = s.Rooms.Seat(r.Context(), number, f.secret)
	return f, err
}

// upload streams the body to the disk. The seat has to be there still when all
// of it has come: what a meeting leaves behind is removed once.
func (s *service) upload(w http.ResponseWriter, r *fileRequest) error {
	if r.ContentLength > wire.MaxFile {
		return meeting.Errorf(meeting.CodeTooLarge, "A file has at most %d MiB.", wire.MaxFile>>20)
	}
	u, err := s.Files.Create(r.meetingID, r.participant, r.ContentLength)
	if err != nil {
		return err
	}
	defer u.Abort()
	size := r.ContentLength
	if size < 0 {
		size = wire.MaxFile
	}
	allowTime(w, size)
	if _, err := io.Copy(struct{ io.Writer }{u}, r.Body); err != nil {
		var known *meeting.Error
		if errors.As(err, &known) {
			return known
		}
		return meeting.Wrap(meeting.CodeInvalid, err, "The file did not arrive whole.")
	}
	id, kept, err := u.Commit()
	if err != nil {
		return err
	}
	if _, _, err := s.Rooms.Seat(r.Context(), r.number, r.secret); err != nil {
		s.Files.Remove(r.meetingID, id)
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(wire.File{ID: id, Size: int(kept)}) // the client is gone when this fails
	return nil
}

// download answers with the bytes or a range of them (RFC 9110, section 14), as
// something that no browser shows or runs.
func (s *service) download(w http.ResponseWriter, r *fileRequest) error {
	id := r.PathValue("id")
	file, err := s.Files.Open(r.meetingID, id)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err == nil {
		allowTime(w, info.Size())
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", "attachment")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("ETag", `"`+id+`"`)
	http.ServeContent(w, r.Request, "", time.Time{}, file)
	return nil
}

// allowTime gives a request the time that its bytes take, instead of that of a
// small one. It does nothing where there is no connection, as in tests.
func allowTime(w http.ResponseWriter, size int64) {
	until := time.Now().Add(fileMinute + time.Duration(size/slowest)*time.Second)
	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(until)
	_ = c.SetWriteDeadline(until)
}

// describeFiles adds the operations that stream to the document.
func describeFiles(doc *huma.OpenAPI) {
	number := &huma.Param{Name: "number", In: "path", Required: true, Schema: &huma.Schema{Type: "string"}}
	seat := &huma.Param{
		Name: wire.SeatHeader, In: "header", Required: true, Schema: &huma.Schema{Type: "string"},
		Description: "The secret of the caller's seat.",
	}
	bytes := map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}
	problem := &huma.Response{
		Description: "Problem",
		Content:     map[string]*huma.MediaType{problemType: {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}}},
	}
	doc.Paths["/meetings/{number}/files"] = &huma.PathItem{Post: &huma.Operation{
		OperationID: "uploadFile", Summary: "Keep a file until the meeting is over",
		Parameters:  []*huma.Param{number, seat},
		RequestBody: &huma.RequestBody{Required: true, Content: bytes},
		Responses: map[string]*huma.Response{
			"201": {Description: "Created", Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{
				Type: "object", Properties: map[string]*huma.Schema{"id": {Type: "string"}, "size": {Type: "integer", Format: "int64"}},
				Required: []string{"id", "size"},
			}}}},
			"default": problem,
		},
	}}
	doc.Paths["/meetings/{number}/files/{id}"] = &huma.PathItem{Get: &huma.Operation{
		OperationID: "downloadFile", Summary: "Return a file, or a range of it",
		Parameters: []*huma.Param{number, {Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: "string"}}, seat},
		Responses:  map[string]*huma.Response{"200": {Description: "OK", Content: bytes}, "206": {Description: "Partial Content", Content: bytes}, "default": problem},
	}}
}
