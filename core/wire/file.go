package wire

// SeatHeader is the HTTP header that carries a seat's secret where a request
// needs a seat: files.
const SeatHeader = "Roundel-Seat"

// Limits of files, in bytes.
const (
	MaxFile     = 101 << 20 // one file as it is uploaded: 100 MiB and what its encryption adds
	MaxFileName = 256       // name of a file in a ChatFile, and its media type
)

// File answers POST /api/v1/meetings/{number}/files, whose body is the file's
// bytes. The server keeps it until the meeting is over.
type File struct {
	ID   string `json:"id"`
	Size int    `json:"size"` // in bytes
}

// ChatFile offers a file that is not sealed to those who get the message: while
// encryption is on, offers go through the group instead.
type ChatFile struct {
	ID   string `json:"id"`   // as in File
	Name string `json:"name"` // as the sender has it
	Type string `json:"type"` // media type as the sender states it, or ""
	Size int    `json:"size"` // in bytes
}
