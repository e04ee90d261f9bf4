package wire

// SeatHeader is the HTTP header that carries a seat's secret where a request
// needs a seat: files.
const SeatHeader = "Roundel-Seat"

// Limits of files, in bytes.
const (
	MaxFile = 101 << 20 // one file as it is uploaded: 100 MiB and what its encryption adds
)

// File answers POST /api/v1/meetings/{number}/files, whose body is the file's
// bytes. The server keeps it until the meeting is over.
type File struct {
	ID   string `json:"id"`
	Size int    `json:"size"` // in bytes
}
