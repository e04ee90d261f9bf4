package signal

import (
	"time"

	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/group/grouptest"
)

// playGroup is the life of a group, with messages that are true as far as the
// server reads them.
func playGroup(p *play) {
	const group = "group"
	p.comment("The owner opens the group. Ann knocks from the lobby, and is added and let in.")
	olga := p.enterWith("olga", ownerID, wire.FeatureE2EE)
	olga.says(wire.TypeJoin, wire.Join{Number: number})
	p.comment("Her device stores a card, which reaches everyone who can take part.")
	p.cfg.Rooms.SetCard(p.dir.m.ID, []byte("card"))
	p.listen()
	olga.says(wire.TypeGroupFetch, wire.Empty{})
	olga.says(wire.TypeGroupOpen, wire.GroupOpen{Info: grouptest.Info(group, 0)})
	ann := p.enterWith("ann", "", wire.FeatureE2EE)
	ann.says(wire.TypeJoin, wire.Join{Number: number, Name: "Ann"})
	waits := ann.id()
	ann.says(wire.TypeGroupKnock, wire.GroupKnock{KeyPackage: []byte("key package"), Proof: []byte("proof")})
	p.later()
	olga.says(wire.TypeGroupCommit, wire.GroupCommit{
		Epoch: 0, Commit: grouptest.Commit(group, 0, 0), Welcome: []byte("welcome"), Info: grouptest.Info(group, 1), Added: []string{waits},
	})
	olga.says(wire.TypeAdmit, wire.Target{ID: waits})
	p.later()
	p.comment("Both commit for the same epoch; Ann is late and catches up.")
	olga.says(wire.TypeGroupCommit, wire.GroupCommit{Epoch: 1, Commit: grouptest.Commit(group, 1, 0)})
	olga.says(wire.TypeGroupInfo, wire.GroupInfo{Epoch: 2, Info: grouptest.Info(group, 2)})
	ann.says(wire.TypeGroupCommit, wire.GroupCommit{Epoch: 1, Commit: grouptest.Commit(group, 1, 1)})
	ann.says(wire.TypeGroupSend, wire.GroupSend{Message: grouptest.Private(group, 2, 1)})
	p.later()
	p.comment("Both refuse a commit, which is more than half.")
	olga.says(wire.TypeGroupRefuse, wire.GroupRefuse{Epoch: 1})
	ann.says(wire.TypeGroupRefuse, wire.GroupRefuse{Epoch: 1})
	p.comment("The host turns encryption on.")
	olga.says(wire.TypeE2EEPreview, wire.Empty{})
	olga.says(wire.TypeE2EEPrepare, wire.Empty{})
	ann.says(wire.TypeGroupCommit, wire.GroupCommit{Epoch: 1, Commit: grouptest.Commit(group, 1, 1), Info: grouptest.Info(group, 2)})
	olga.says(wire.TypeE2EEReport, wire.E2EEReport{On: true, Epoch: 2, Offer: true})
	chat := []byte(`{"text":"in clear"}`)
	ann.says(wire.TypeRelaySend, wire.RelaySend{Channel: wire.ChannelChat, Payload: chat})
	p.comment("Somebody comes whose client cannot take part, and nobody answers.")
	old := p.enter("old", "")
	old.says(wire.TypeJoin, wire.Join{Number: number, Name: "Old"})
	time.Sleep(30 * time.Second)
	p.listen()
}
