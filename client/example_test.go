package client_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// This joins a meeting as a guest, sends silence from its microphone and prints
// who joins and what is written in the chat. It runs against the server in
// ROUNDEL_URL, with the meeting's number in ROUNDEL_NUMBER.
func Example() {
	if os.Getenv("ROUNDEL_URL") == "" {
		return
	}
	if err := attend(context.Background()); err != nil {
		fmt.Println(err)
	}
}

func attend(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	session, err := client.Dial(ctx, client.Options{Server: os.Getenv("ROUNDEL_URL"), CA: os.Getenv("ROUNDEL_CA")})
	if err != nil {
		return err
	}
	defer session.Close()

	m, err := session.Join(ctx, wire.Join{Number: os.Getenv("ROUNDEL_NUMBER"), Name: "Robot"})
	if err != nil {
		return err
	}
	if err := m.Admitted(ctx); err != nil { // returns at once without a lobby
		return err
	}
	media, err := m.Connect(ctx, client.MediaOptions{
		Send:       []client.Send{{Kind: meeting.KindMic}},
		AudioSlots: client.DefaultAudioSlots,
		OnFrame: func(f client.Frame) {
			_ = f.Data // one Opus packet of participant f.Binding.Participant
		},
	})
	if err != nil {
		return err
	}
	go sendSilence(ctx, media.Track(meeting.KindMic))

	for {
		e, err := m.Next(ctx)
		if err != nil {
			return err // the meeting has ended, or this seat has
		}
		switch body := e.Body.(type) {
		case wire.ParticipantEvent:
			fmt.Println(e.Type, body.Participant.Name)
		case wire.Relayed:
			fmt.Println(body.Name, "says", string(body.Payload))
		}
	}
}

// sendSilence sends an Opus frame of silence every 20 ms (RFC 6716, 3.1).
func sendSilence(ctx context.Context, mic *client.Track) {
	if err := mic.SetLive(ctx, true); err != nil {
		return
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if mic.WriteSample([]byte{0xf8, 0xff, 0xfe}, 20*time.Millisecond) != nil {
			return
		}
	}
}
