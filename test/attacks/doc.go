// Package attacks has no code, only tests: each is an attack of a hostile server,
// alone or together with people who were removed or never invited, on the media
// and on the group of a meeting (docs/e2ee.md). Each runs twice: first against a
// client of the test that lacks exactly one defence, where it must succeed, so
// that it proves something; then against the real code, where it must fail. Each
// prints the figure that it reached (go test -v).
//
// The weakened clients exist here only: the product has no switch that takes a
// defence away. The same attacks in Chromium and Firefox are in web/e2e, against
// the real server with an attacker in it (packages hostile and graft) and beside
// a page whose media worker lacks one defence.
//
// # What is attacked, and by which test
//
// Media:
//
//   - A frame is replayed, at once as RTX duplicates are, with later timestamps,
//     after subscribing again, as another layer, after the window: TestReplay,
//     TestReplayAfterTheWindow; attacks.test.mjs "replayed frames".
//   - Frames change their order: TestReorder; "frames out of their order".
//   - Forged frames cost more than good ones, or silence a sender:
//     TestForgedFramesAreCheap, TestForgedFramesSilenceNobody; "10,000 forged
//     frames".
//   - A frame is changed: TestChangedFrames.
//   - Clear and silent frames are injected: TestClearAndSilentFramesWhileOn;
//     "injected clear and silent frames".
//   - Frames come in another one's slot: TestSwap; "who is said to be in a slot".
//   - A nonce is used twice, over layers, mutes and restarts: TestNonceReuse, and
//     TestNoNonceRepeats of e2ee/sframe.
//   - A leaver has a tap, a joiner a recording: TestLeaverWithATap,
//     TestJoinerWithARecording.
//
// The group:
//
//   - The server says "off": TestServerSaysOff, TestRealServerSaysOff; "every flag
//     of the server says off".
//   - The server is admitted without the link: TestServerAdmitsItself;
//     attacks-group.test.mjs "who comes without the link".
//   - The server answers a knock with a group of its own: TestServersOwnGroup.
//   - A card is forged, or another meeting's: TestForgedCard,
//     TestCardOfAnotherMeeting; the card is denied: TestRealServerSaysOff.
//   - A newcomer is shown an earlier, clear stretch: TestStaleGroupInfo; "a
//     newcomer to the group of an earlier, clear stretch".
//   - Two groups for one meeting: TestTwoGroups.
//   - Somebody removed and banned comes back: TestBannedWithTheOldLink,
//     TestBannedDeviceWithTheNewLink; doors.test.mjs "after a ban the old link".
//   - Somebody enters past the lobby, a lock, or in another one's place:
//     TestOpenDoors.
//   - A non-host switches, a former host returns, a host's state or proposal is
//     smuggled, ReInit, foreign extensions: TestNonHostToggles,
//     TestFormerHostComesBack, TestHostsStateSmuggled, TestProposalSmuggled,
//     TestReInit, TestForeignExtensions.
//   - A removal, or the switch, is withheld: TestWithheldRemoval,
//     TestSwitchWithheld.
//   - People come and go every 240 ms: TestChurn.
//   - A client that cannot encrypt is invented: TestInventedUnsupportedClient.
//
// What is left behind:
//
//   - Memory, disk, log and what was forwarded have no secret and no media:
//     TestRealMeetingLeavesNothing; with a capture of the network, two browsers
//     and a file: attacks-traces.test.mjs.
//   - Consoles of Chromium and Firefox, and what roundelctl prints also when it
//     dies: attacks-traces.test.mjs. Logs and answers of the server:
//     TestNoSecretGetsOut of test/journeys.
//   - The server's program has no symbol that could decrypt:
//     TestNoCodeThatCouldDecrypt of cmd/roundel.
//
// Fail closed: at attach, another camera, off and on, a reconnect, another codec
// ("nothing clear leaves a browser while it is on"), when a worker dies ("a media
// worker that dies", and sealed.test.mjs for the keeper of keys), and before the
// rules are there ("nothing leaves before the rules are there" of
// sealed-refused.test.mjs).
//
// ROUNDEL_LONG makes TestChurn a minute and TestNonceReuse 10^7 frames;
// test/soak.sh sets it.
package attacks
