package room

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// TestSuccession plays what happens to the role of host.
func TestSuccession(t *testing.T) {
	type cast struct{ owner, ann, bob *client }
	gone := Grace + time.Second
	tests := []struct {
		name     string
		takeover bool
		play     func(w *world, c *cast)
		want     map[string]meeting.Role // by name; only those who are there
	}{
		{
			name: "OwnerHosts", play: func(*world, *cast) {},
			want: map[string]meeting.Role{"Owner": "host", "Ann": "participant", "Bob": "participant"},
		},
		{
			name: "NobodyTakesOverWithoutTheSetting",
			play: func(_ *world, c *cast) { c.owner.must(wire.TypeLeave, wire.Empty{}) },
			want: map[string]meeting.Role{"Ann": "participant", "Bob": "participant"},
		},
		{
			name: "LongestPresentTakesOver", takeover: true,
			play: func(_ *world, c *cast) { c.owner.must(wire.TypeLeave, wire.Empty{}) },
			want: map[string]meeting.Role{"Ann": "host", "Bob": "participant"},
		},
		{
			name: "NoTakeoverWithinGrace", takeover: true,
			play: func(_ *world, c *cast) { c.owner.place.Lost(); time.Sleep(Grace - time.Second) },
			want: map[string]meeting.Role{"Owner": "host", "Ann": "participant", "Bob": "participant"},
		},
		{
			name: "TakeoverAfterGrace", takeover: true,
			play: func(_ *world, c *cast) { c.owner.place.Lost(); time.Sleep(gone) },
			want: map[string]meeting.Role{"Ann": "host", "Bob": "participant"},
		},
		{
			name: "TakeoverSkipsTheDisconnected", takeover: true,
			play: func(_ *world, c *cast) { c.ann.place.Lost(); c.owner.must(wire.TypeLeave, wire.Empty{}) },
			want: map[string]meeting.Role{"Ann": "participant", "Bob": "host"},
		},
		{
			name: "TakeoverByTheFirstWhoComesBack", takeover: true,
			play: func(_ *world, c *cast) {
				c.ann.place.Lost()
				c.bob.place.Lost()
				c.owner.must(wire.TypeLeave, wire.Empty{})
				c.bob = c.bob.back()
			},
			want: map[string]meeting.Role{"Ann": "participant", "Bob": "host"},
		},
		{
			name: "OwnerReturnsAsHost",
			play: func(w *world, c *cast) {
				c.owner.must(wire.TypeLeave, wire.Empty{})
				c.owner = user(w, ownerID).mustJoin("Owner")
			},
			want: map[string]meeting.Role{"Owner": "host", "Ann": "participant", "Bob": "participant"},
		},
		{
			name: "OwnerReturnsAndTakesBackFromWhoTookOver", takeover: true,
			play: func(w *world, c *cast) {
				c.owner.must(wire.TypeLeave, wire.Empty{})
				c.owner = user(w, ownerID).mustJoin("Owner")
			},
			want: map[string]meeting.Role{"Owner": "host", "Ann": "cohost", "Bob": "participant"},
		},
		{
			name: "OwnerResumesAsHost",
			play: func(_ *world, c *cast) { c.owner.place.Lost(); c.owner = c.owner.back() },
			want: map[string]meeting.Role{"Owner": "host", "Ann": "participant", "Bob": "participant"},
		},
		{
			name: "OwnersSecondDeviceIsCoHost",
			play: func(w *world, _ *cast) { user(w, ownerID).mustJoin("Phone") },
			want: map[string]meeting.Role{"Owner": "host", "Ann": "participant", "Bob": "participant", "Phone": "cohost"},
		},
		{
			name: "OwnersSecondDeviceInheritsFirst",
			play: func(w *world, c *cast) {
				user(w, ownerID).mustJoin("Phone")
				c.owner.must(wire.TypeLeave, wire.Empty{})
			},
			want: map[string]meeting.Role{"Ann": "participant", "Bob": "participant", "Phone": "host"},
		},
		{
			name: "OwnerReloadsThePage",
			play: func(w *world, c *cast) { c.owner.place.Lost(); user(w, ownerID).mustJoin("Reloaded") },
			want: map[string]meeting.Role{"Owner": "cohost", "Ann": "participant", "Bob": "participant", "Reloaded": "host"},
		},
		{
			name: "Transfer",
			play: func(_ *world, c *cast) { c.owner.must(wire.TypeTransfer, wire.Target{ID: c.ann.id()}) },
			want: map[string]meeting.Role{"Owner": "cohost", "Ann": "host", "Bob": "participant"},
		},
		{
			name: "OwnerInheritsFromTheNewHost",
			play: func(_ *world, c *cast) {
				c.owner.must(wire.TypeTransfer, wire.Target{ID: c.ann.id()})
				c.ann.must(wire.TypeLeave, wire.Empty{})
			},
			want: map[string]meeting.Role{"Owner": "host", "Bob": "participant"},
		},
		{
			name: "OwnerWhoResumesAfterATransferStaysCoHost",
			play: func(_ *world, c *cast) {
				c.owner.must(wire.TypeTransfer, wire.Target{ID: c.ann.id()})
				c.owner.place.Lost()
				c.owner = c.owner.back()
			},
			want: map[string]meeting.Role{"Owner": "cohost", "Ann": "host", "Bob": "participant"},
		},
		{
			name: "RemovedHostCannotBe", takeover: true,
			play: func(_ *world, c *cast) {
				c.owner.must(wire.TypeSetRole, wire.SetRole{ID: c.ann.id(), Role: meeting.RoleCoHost})
				c.ann.do(wire.TypeRemove, wire.Remove{ID: c.owner.id()})
			},
			want: map[string]meeting.Role{"Owner": "host", "Ann": "cohost", "Bob": "participant"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, meeting.Settings{JoinBeforeHost: true, Takeover: tt.takeover})
				c := &cast{owner: user(w, ownerID).mustJoin("Owner")}
				time.Sleep(time.Second)
				c.ann = guest(w).mustJoin("Ann")
				time.Sleep(time.Second)
				c.bob = guest(w).mustJoin("Bob")
				tt.play(w, c)
				synctest.Wait()
				got := map[string]meeting.Role{}
				w.inspect(func(r *Room) {
					for _, s := range r.seats {
						got[s.name] = s.role
					}
				})
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("roles (-want +got):\n%s", diff)
				}
				for _, x := range []*client{c.owner, c.ann, c.bob} {
					x.checkFault()
				}
			})
		})
	}
}

func TestWithoutAnOwnerNobodyHosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.Settings{JoinBeforeHost: true, Takeover: true})
		ann := guest(w).mustJoin("Ann")
		guest(w).mustJoin("Bob").must(wire.TypeLeave, wire.Empty{})
		if got := ann.me().Role; got != meeting.RoleParticipant {
			t.Errorf("Ann is %s though no host has left", got)
		}
	})
}

func TestTransferNeedsAConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		owner, ann := user(w, ownerID).mustJoin(""), guest(w).mustJoin("Ann")
		ann.place.Lost()
		synctest.Wait()
		if code := owner.do(wire.TypeTransfer, wire.Target{ID: ann.id()}); code != meeting.CodeConflict {
			t.Errorf("transfer to a lost connection: %q", code)
		}
	})
}
