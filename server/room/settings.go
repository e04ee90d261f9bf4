package room

import (
	"context"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// changeSettings saves a change in the store and then makes it. One change is
// saved at a time, in the order in which they were asked for.
func (r *Room) changeSettings(c *call) {
	r.saves = append(r.saves, c)
	if len(r.saves) == 1 {
		r.saveNext()
	}
}

// saveNext begins to save the first of r.saves, if there is any.
func (r *Room) saveNext() {
	for len(r.saves) > 0 {
		c := r.saves[0]
		title, settings, err := r.wanted(c)
		if err == nil {
			r.store(func(ctx context.Context) error {
				return r.rooms.cfg.Directory.SaveSettings(ctx, r.id, title, settings)
			}, func(err error) { r.saved(c, title, settings, err) })
			return
		}
		r.saves = r.saves[1:]
		c.finish(nil, err)
	}
}

// wanted is what c would make of the settings as they are now.
func (r *Room) wanted(c *call) (title string, s meeting.Settings, err error) {
	title, s = r.title, r.settings
	by := c.from.seat
	if by == nil {
		return title, s, errGone
	}
	change := c.body.(wire.SettingsChange)
	err = may(by.role, wire.TypeSettings, "", false)
	if err == nil && change.Takeover != nil {
		err = may(by.role, changeTakeover, "", false)
	}
	if err == nil && change.Title != nil {
		title, err = meeting.CleanTitle(*change.Title)
	}
	if err != nil {
		return title, s, err
	}
	set(&s.Lobby, change.Lobby)
	set(&s.Locked, change.Locked)
	set(&s.Passcode, change.Passcode)
	set(&s.Takeover, change.Takeover)
	set(&s.MembersAdmit, change.MembersAdmit)
	return title, s, s.Validate()
}

func set[T any](field, to *T) {
	if to != nil {
		*field = *to
	}
}

func (r *Room) saved(c *call, title string, settings meeting.Settings, err error) {
	r.saves = r.saves[1:]
	if err == nil && (title != r.title || settings != r.settings) {
		open := r.settings.Lobby && !settings.Lobby
		admitted := r.settings.MembersAdmit && !r.settings.Locked
		r.title, r.settings = title, settings
		r.roomChanged()
		if admitted != (settings.MembersAdmit && !settings.Locked) {
			r.admittersChanged()
		}
		if open {
			// Newcomers walk in from now on, so those who wait do too.
			r.admitWaiting(waitLobby)
		}
	}
	c.finish(nil, err)
	r.saveNext()
}

// end ends the meeting for everyone, once the store has it.
func (r *Room) end(c *call) {
	if r.ending {
		c.finish(nil, meeting.Errorf(meeting.CodeConflict, "The meeting is ending already."))
		return
	}
	r.ending = true
	r.store(func(ctx context.Context) error {
		return r.rooms.cfg.Directory.EndMeeting(ctx, r.id)
	}, func(err error) {
		r.ending = false
		c.finish(nil, err)
		if err == nil {
			ending{errEnded}.handle(r)
		}
	})
}
