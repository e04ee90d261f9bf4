package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/big"
	"time"

	"github.com/roundel-meet/roundel/core/meeting"
)

// NumberRest is how long a number rests after its meeting has ended, so that an
// old link does not lead into somebody else's meeting.
const NumberRest = 90 * 24 * time.Hour

// ListLimit is how many meetings ListMeetings returns at most.
const ListLimit = 200

// numberTries bounds the search for a free number. With ten million numbers in
// use, one try in 900 fails.
const numberTries = 20

const meetingColumns = `id, account_id, owner_id, number, title, settings, created_at, ended_at, card, starts_encrypted`

func scanMeeting(scan func(...any) error) (meeting.Meeting, error) {
	var (
		m        meeting.Meeting
		settings string
		created  int64
		ended    sql.NullInt64
		card     sql.NullString
		e2ee     int64
	)
	err := scan(&m.ID, &m.AccountID, &m.OwnerID, &m.Number, &m.Title, &settings, &created, &ended, &card, &e2ee)
	if err != nil {
		return meeting.Meeting{}, classify(err)
	}
	if err := json.Unmarshal([]byte(settings), &m.Settings); err != nil {
		return meeting.Meeting{}, fmt.Errorf("settings of meeting %s: %w", m.ID, err)
	}
	if m.Card, err = parseCard(card.String); err != nil {
		return meeting.Meeting{}, fmt.Errorf("card of meeting %s: %w", m.ID, err)
	}
	m.E2EE = e2ee != 0
	m.CreatedAt = fromMillis(created)
	if ended.Valid {
		m.EndedAt = fromMillis(ended.Int64)
	}
	return m, nil
}

// CreateMeeting makes a meeting of owner under a new number. An empty title is
// kept; title and settings are checked.
func (s *Store) CreateMeeting(ctx context.Context, owner *User, title string, settings meeting.Settings) (meeting.Meeting, error) {
	for range numberTries {
		number, err := randomNumber()
		if err != nil {
			return meeting.Meeting{}, err
		}
		m, err := s.createNumbered(ctx, owner, number, title, settings)
		if err != nil {
			return meeting.Meeting{}, fmt.Errorf("create meeting: %w", err)
		}
		if m != nil {
			return *m, nil
		}
	}
	return meeting.Meeting{}, meeting.Errorf(meeting.CodeUnavailable, "No free meeting number was found. Please try again.")
}

// createNumbered returns nil without an error when the number is not free.
func (s *Store) createNumbered(ctx context.Context, owner *User, number, title string, settings meeting.Settings) (*meeting.Meeting, error) {
	title, text, err := checkMeeting(title, settings)
	if err != nil {
		return nil, err
	}
	id, err := newID()
	if err != nil {
		return nil, err
	}
	now := s.now()
	_, err = exec(ctx, s.db, `UPDATE meetings SET released_at = $1
		WHERE number = $2 AND released_at IS NULL AND ended_at <= $3`,
		millis(now), number, millis(now.Add(-NumberRest)))
	if err != nil {
		return nil, fmt.Errorf("release number: %w", err)
	}
	n, err := exec(ctx, s.db, `INSERT INTO meetings (id, account_id, owner_id, number, title, settings, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		id, owner.AccountID, owner.ID, number, title, text, millis(now))
	if err != nil || n == 0 {
		return nil, err
	}
	return &meeting.Meeting{
		ID: id, AccountID: owner.AccountID, OwnerID: owner.ID, Number: number,
		Title: title, Settings: settings, CreatedAt: fromMillis(millis(now)),
	}, nil
}

func checkMeeting(title string, settings meeting.Settings) (clean, text string, err error) {
	if title != "" {
		if title, err = meeting.CleanTitle(title); err != nil {
			return "", "", err
		}
	}
	if err := settings.Validate(); err != nil {
		return "", "", err
	}
	b, err := json.Marshal(settings)
	if err != nil {
		return "", "", fmt.Errorf("settings: %w", err)
	}
	return title, string(b), nil
}

// randomNumber returns ten random digits. The first is not 0, because people
// and spreadsheets drop leading zeros.
func randomNumber() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(9_000_000_000))
	if err != nil {
		return "", fmt.Errorf("random number: %w", err)
	}
	return n.Add(n, big.NewInt(1_000_000_000)).String(), nil
}

// Meeting returns the meeting with that id, ended or not, or ErrNotFound.
func (s *Store) Meeting(ctx context.Context, id string) (meeting.Meeting, error) {
	return scanMeeting(s.db.QueryRowContext(ctx,
		`SELECT `+meetingColumns+` FROM meetings WHERE id = $1`, id).Scan)
}

// MeetingByNumber returns the meeting that holds the number, ten digits without
// spaces, or ErrNotFound. A meeting that has ended holds its number until it is
// given to another, at least NumberRest; then EndedAt is set.
func (s *Store) MeetingByNumber(ctx context.Context, number string) (meeting.Meeting, error) {
	return scanMeeting(s.db.QueryRowContext(ctx,
		`SELECT `+meetingColumns+` FROM meetings WHERE number = $1 AND released_at IS NULL`, number).Scan)
}

// ListMeetings returns the owner's meetings that have not ended, newest first,
// at most ListLimit.
func (s *Store) ListMeetings(ctx context.Context, ownerID string) ([]meeting.Meeting, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT `+meetingColumns+` FROM meetings
		WHERE owner_id = $1 AND ended_at IS NULL ORDER BY id DESC LIMIT $2`, ownerID, ListLimit)
	if err != nil {
		return nil, fmt.Errorf("list meetings: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var list []meeting.Meeting
	for rows.Next() {
		m, err := scanMeeting(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("list meetings: %w", err)
		}
		list = append(list, m)
	}
	return list, rows.Err()
}

// SaveSettings replaces the title and settings of a meeting that has not
// ended, or returns ErrNotFound.
func (s *Store) SaveSettings(ctx context.Context, id, title string, settings meeting.Settings) error {
	title, text, err := checkMeeting(title, settings)
	if err != nil {
		return err
	}
	n, err := exec(ctx, s.db, `UPDATE meetings SET title = $1, settings = $2 WHERE id = $3 AND ended_at IS NULL`,
		title, text, id)
	if err != nil {
		return fmt.Errorf("save settings: %w", err)
	}
	if n == 0 {
		return ErrNotFound
	}
	return nil
}

// EndMeeting ends the meeting for good. Ending it again changes nothing; a
// meeting that never was is ErrNotFound.
func (s *Store) EndMeeting(ctx context.Context, id string) error {
	n, err := exec(ctx, s.db, `UPDATE meetings SET ended_at = $1 WHERE id = $2 AND ended_at IS NULL`,
		millis(s.now()), id)
	if err != nil {
		return fmt.Errorf("end meeting: %w", err)
	}
	if n == 0 {
		_, err = s.Meeting(ctx, id)
	}
	return err
}
