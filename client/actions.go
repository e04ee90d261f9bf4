package client

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// do sends a request whose reply carries nothing.
func (m *Meeting) do(ctx context.Context, typ string, body any) error {
	return m.session.Request(ctx, typ, body, nil)
}

// Leave gives the seat up and ends the session.
func (m *Meeting) Leave(ctx context.Context) error {
	err := m.do(ctx, wire.TypeLeave, wire.Empty{})
	if closeErr := m.session.Close(); err == nil {
		err = closeErr
	}
	return err
}

// Wants replaces the list of wanted video, most wanted first.
func (m *Meeting) Wants(ctx context.Context, wants ...wire.Want) error {
	if wants == nil {
		wants = []wire.Want{}
	}
	return m.do(ctx, wire.TypeMediaWants, wire.MediaWants{Wants: wants})
}

// Report tells the server the loss (0 to 1) and round-trip time (seconds) that
// this client measured.
func (m *Meeting) Report(ctx context.Context, loss, rtt float64) error {
	return m.do(ctx, wire.TypeMediaReport, wire.MediaReport{Loss: loss, RTT: rtt})
}

// Speaking raises or lowers the coarse speaking flag.
func (m *Meeting) Speaking(ctx context.Context, speaking bool) error {
	return m.do(ctx, wire.TypeSelfSpeak, wire.SelfSpeaking{Speaking: speaking})
}

// Rename changes the own display name.
func (m *Meeting) Rename(ctx context.Context, name string) error {
	return m.do(ctx, wire.TypeSelfName, wire.SelfName{Name: name})
}

// Hand raises or lowers the own hand.
func (m *Meeting) Hand(ctx context.Context, up bool) error {
	return m.do(ctx, wire.TypeSelfHand, wire.SelfHand{Up: up})
}

// Chat sends text to everyone, or to one participant with to.
func (m *Meeting) Chat(ctx context.Context, to, text string) error {
	return m.Relay(ctx, wire.ChannelChat, to, wire.ChatPayload{Text: text})
}

// React sends one of wire.Reactions to everyone.
func (m *Meeting) React(ctx context.Context, emoji string) error {
	return m.Relay(ctx, wire.ChannelReaction, "", wire.ReactionPayload{Emoji: emoji})
}

// Relay sends an envelope through the server, which passes its payload on as it is.
func (m *Meeting) Relay(ctx context.Context, channel, to string, payload any) error {
	raw, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("encode the payload: %w", err)
	}
	return m.do(ctx, wire.TypeRelaySend, wire.RelaySend{Channel: channel, To: to, Payload: raw})
}

// Admit opens the door to a waiting person, or to all with "".
func (m *Meeting) Admit(ctx context.Context, id string) error {
	return m.do(ctx, wire.TypeAdmit, wire.Target{ID: id})
}

// Deny turns a waiting person away, or all with "".
func (m *Meeting) Deny(ctx context.Context, id string) error {
	return m.do(ctx, wire.TypeDeny, wire.Target{ID: id})
}

// Mute stops a participant's track.
func (m *Meeting) Mute(ctx context.Context, id string, kind meeting.Kind) error {
	return m.do(ctx, wire.TypeMute, wire.Mute{ID: id, Kind: kind})
}

// MuteAll stops the microphones of all but the caller.
func (m *Meeting) MuteAll(ctx context.Context) error {
	return m.do(ctx, wire.TypeMuteAll, wire.Empty{})
}

// AskUnmute asks a participant to unmute.
func (m *Meeting) AskUnmute(ctx context.Context, id string) error {
	return m.do(ctx, wire.TypeAskUnmute, wire.Target{ID: id})
}

// LowerHand lowers a participant's hand.
func (m *Meeting) LowerHand(ctx context.Context, id string) error {
	return m.do(ctx, wire.TypeLowerHand, wire.Target{ID: id})
}

// Remove takes a participant out; with ban until the meeting ends.
func (m *Meeting) Remove(ctx context.Context, id string, ban bool) error {
	return m.do(ctx, wire.TypeRemove, wire.Remove{ID: id, Ban: ban})
}

// SetRole makes a participant co-host or plain participant.
func (m *Meeting) SetRole(ctx context.Context, id string, role meeting.Role) error {
	return m.do(ctx, wire.TypeSetRole, wire.SetRole{ID: id, Role: role})
}

// TransferHost makes another participant the host.
func (m *Meeting) TransferHost(ctx context.Context, id string) error {
	return m.do(ctx, wire.TypeTransfer, wire.Target{ID: id})
}

// ChangeSettings changes the settings that are set.
func (m *Meeting) ChangeSettings(ctx context.Context, c wire.SettingsChange) error {
	return m.do(ctx, wire.TypeSettings, c)
}

// Spotlight shows one participant large for everyone; "" ends it.
func (m *Meeting) Spotlight(ctx context.Context, id string) error {
	return m.do(ctx, wire.TypeSpotlight, wire.Target{ID: id})
}

// End ends the meeting for everyone.
func (m *Meeting) End(ctx context.Context) error {
	return m.do(ctx, wire.TypeEnd, wire.Empty{})
}
