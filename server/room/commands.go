package room

import (
	"encoding/json"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// command is what a room does for one type of request.
type command struct {
	decode func(json.RawMessage) (any, error) // in the caller's goroutine
	run    func(*Room, *call)                 // in the room's
	lobby  bool                               // also for people in the lobby
}

// commands are the requests of somebody who has joined.
var commands = map[string]command{
	wire.TypeLeave: {decode: decode[wire.Empty], run: (*Room).leave, lobby: true},

	wire.TypeMediaOffer:  {decode: decode[wire.MediaOffer], run: (*Room).offer},
	wire.TypeMediaRelay:  {decode: decode[wire.Empty], run: allowed((*Room).relay)},
	wire.TypeMediaLive:   own((*Room).goLive),
	wire.TypeMediaLayers: own((*Room).layer),
	wire.TypeMediaWants:  own((*Room).want),
	wire.TypeMediaReport: own((*Room).report),
	wire.TypeRelaySend:   own((*Room).send),
	wire.TypeSelfName:    own((*Room).rename),
	wire.TypeSelfHand:    own((*Room).setHand),
	wire.TypeSelfSpeak:   own((*Room).speak),

	wire.TypeGroupOpen:   grouped(func(b wire.GroupOpen) int { return len(b.Info) }, (*Room).openGroup),
	wire.TypeGroupFetch:  {decode: decode[wire.Empty], run: (*Room).fetchGroup, lobby: true},
	wire.TypeGroupCommit: grouped(func(b wire.GroupCommit) int { return len(b.Commit) + len(b.Welcome) }, (*Room).commitGroup),
	wire.TypeGroupInfo:   grouped(func(b wire.GroupInfo) int { return len(b.Info) }, (*Room).storeInfo),
	wire.TypeGroupRefuse: grouped(nothing[wire.GroupRefuse], (*Room).refuseCommit),
	wire.TypeGroupKnock:  {decode: decode[wire.GroupKnock], run: (*Room).knock, lobby: true},
	wire.TypeGroupSend:   grouped(func(b wire.GroupSend) int { return len(b.Message) }, (*Room).sendMessage),
	wire.TypeE2EEPreview: {decode: decode[wire.Empty], run: allowed((*Room).preview)},
	wire.TypeE2EEPrepare: {decode: decode[wire.Empty], run: allowed((*Room).prepare)},
	wire.TypeE2EEReport:  {decode: decode[wire.E2EEReport], run: allowed((*Room).reportE2EE)},

	wire.TypeAdmit:     admits((*Room).admitRequest),
	wire.TypeDeny:      own((*Room).denyRequest),
	wire.TypeMuteAll:   own((*Room).muteAll),
	wire.TypeSpotlight: own((*Room).setSpotlight),
	wire.TypeMute:      onto(func(b wire.Mute) string { return b.ID }, (*Room).mute),
	wire.TypeAskUnmute: onto(targetID, (*Room).askUnmute),
	wire.TypeLowerHand: onto(targetID, (*Room).lowerHand),
	wire.TypeRemove:    onto(func(b wire.Remove) string { return b.ID }, (*Room).remove),
	wire.TypeSetRole:   onto(func(b wire.SetRole) string { return b.ID }, (*Room).assign),
	wire.TypeTransfer:  onto(targetID, (*Room).transfer),

	wire.TypeSettings: {decode: decode[wire.SettingsChange], run: allowed((*Room).changeSettings)},
	wire.TypeEnd:      {decode: decode[wire.Empty], run: allowed((*Room).end)},
}

// ErrUnknownType answers a request of a type that Knows does not know.
var ErrUnknownType = meeting.Errorf(meeting.CodeUnknownType, "This server does not know this kind of request.")

// Knows reports whether typ is a request of somebody who has joined.
func Knows(typ string) bool { return commands[typ].run != nil }

func targetID(b wire.Target) string { return b.ID }

// admits is a command of those whom the room's settings let admit; it judges that
// itself.
func admits(do func(*Room, *seat, wire.Target) error) command {
	return command{decode: decode[wire.Target], run: func(r *Room, c *call) {
		c.finish(nil, do(r, c.from.seat, c.body.(wire.Target)))
	}}
}

// own is a command without a target: about oneself, or about the whole room.
func own[B any](do func(*Room, *seat, B) error) command {
	return command{decode: decode[B], run: allowed(func(r *Room, c *call) {
		c.finish(nil, do(r, c.from.seat, c.body.(B)))
	})}
}

// onto is a command about one participant.
func onto[B any](id func(B) string, do func(r *Room, by, onto *seat, body B) error) command {
	return command{decode: decode[B], run: func(r *Room, c *call) {
		by, body := c.from.seat, c.body.(B)
		target := r.byID(id(body))
		if target == nil {
			c.finish(nil, errNobody)
			return
		}
		err := may(by.role, c.typ, target.role, target == by)
		if err == nil {
			err = do(r, by, target, body)
		}
		c.finish(nil, err)
	}}
}

// allowed runs what a role may do to the whole room.
func allowed(run func(*Room, *call)) func(*Room, *call) {
	return func(r *Room, c *call) {
		if err := may(c.from.seat.role, c.typ, "", false); err != nil {
			c.finish(nil, err)
			return
		}
		run(r, c)
	}
}

// leave gives up a seat or a place in the lobby; the connection stays.
func (r *Room) leave(c *call) {
	if w := c.from.waiter; w != nil {
		r.dismiss(w)
	}
	if s := c.from.seat; s != nil {
		r.vacate(s, "left")
	}
	c.finish(nil, nil)
}

// decode reads a body. A missing one is empty; unknown fields are ignored.
func decode[B any](raw json.RawMessage) (any, error) {
	var body B
	if len(raw) == 0 {
		return body, nil
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		return nil, meeting.Wrap(meeting.CodeInvalid, err, "The body does not fit this kind of request.")
	}
	return body, nil
}
