package sframe

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"testing"
	"time"
)

// The schema of testdata/ring.json; its field "about" is the documentation.
type scenarioFile struct {
	Meeting string `json:"meeting"`
	Limits  struct {
		Held       int `json:"heldMilliseconds"`
		HeldFrames int `json:"heldFrames"`
		Grace      int `json:"graceMilliseconds"`
		Old        int `json:"oldMilliseconds"`
		OldRemoved int `json:"oldAfterRemovalMilliseconds"`
		Epochs     int `json:"epochs"`
		Window     int `json:"window"`
		Cost       int `json:"derivationMilliseconds"`
		Credit     int `json:"derivationCreditMilliseconds"`
		Instance   int `json:"maxInstance"`
		Counter    int `json:"counterBits"`
	} `json:"limits"`
	Shells []struct {
		Codec       Codec
		Key         bool
		Body, Frame string
	} `json:"shells"`
	Frames []struct {
		sealedSpec
		KID          uint64
		Key          bool
		Plain, Frame string
	} `json:"frames"`
	Scenarios []scenario `json:"scenarios"`
}

type scenario struct {
	Name     string
	Instance uint16
	Events   []event
}

type event struct {
	At    int
	Epoch *epochSpec
	Send  *struct {
		Mode  string
		Epoch uint64
	}
	Receive *struct {
		Mode  string
		Until int
		From  []string
	}
	Seal *struct {
		Kind  string
		Codec Codec
		Key   bool
	}
	Frame  *frameSpec
	Tick   bool
	Expect *verdict
	Then   *struct {
		verdict
		At int
	}
}

type epochSpec struct {
	Epoch   uint64
	Seed    *uint64
	Self    uint32
	Leaves  [][2]any
	Removes bool
}

type sealedSpec struct {
	Epoch    uint64
	Seed     *uint64
	Leaf     uint64
	Kind     string
	Instance uint64
	Counter  uint64
	Codec    Codec
	Meeting  string
	Tamper   string
}

type frameSpec struct {
	ID     string
	Track  string
	Bound  [2]string
	Codec  Codec
	Key    bool
	Time   uint32
	Raw    *string
	Sealed *sealedSpec
}

// verdict is what is expected, and what was got.
type verdict struct {
	Verdict     string
	Reason      string
	Participant string
	Kind        string
	Sealed      bool
	Epoch       uint64
	Leaf        uint16
	Instance    uint16
	Counter     uint64
}

var kindNames = []string{"mic", "camera", "screen", "screenAudio"}

func kindOf(tb testing.TB, name string) Kind {
	tb.Helper()
	i := slices.Index(kindNames, name)
	if i < 0 {
		tb.Fatalf("no kind %q", name)
	}
	return Kind(i)
}

// baseKey is the base key of an epoch in ring.json.
func baseKey(epoch uint64, seed *uint64) (base [32]byte) {
	if seed != nil {
		epoch = *seed
	}
	for i := 0; i < len(base); i += 2 {
		binary.BigEndian.PutUint16(base[i:], uint16(epoch))
	}
	return base
}

func scenarios(tb testing.TB) scenarioFile {
	tb.Helper()
	b, err := os.ReadFile("testdata/ring.json")
	if err != nil {
		tb.Fatal(err)
	}
	var file scenarioFile
	if err := json.Unmarshal(b, &file); err != nil {
		tb.Fatal(err)
	}
	return file
}

// kid is the KID of a spec, which may be out of range.
func (s sealedSpec) kid(tb testing.TB) uint64 {
	return (s.Instance*4+uint64(kindOf(tb, s.Kind)))<<24 | s.Leaf<<8 | s.Epoch&0xff
}

// seal makes the frame of a spec.
func (s sealedSpec) seal(tb testing.TB, meeting string, received Codec, key bool, plain []byte) []byte {
	tb.Helper()
	if s.Codec == "" {
		s.Codec = received
	}
	if s.Meeting == "" {
		s.Meeting = meeting
	}
	base := baseKey(s.Epoch, s.Seed)
	k, err := NewKey(AES256GCM, s.kid(tb), base[:])
	if err != nil {
		tb.Fatal(err)
	}
	metadata, err := Metadata(s.Meeting, s.Codec)
	if err != nil {
		tb.Fatal(err)
	}
	body := k.Seal(nil, s.Counter, metadata, plain)
	switch s.Tamper {
	case "":
	case "tag":
		body[len(body)-1] ^= 1
	case "counter":
		body[headerSize(Header{k.KID(), s.Counter})-1] ^= 1
	default:
		tb.Fatalf("tamper with %q?", s.Tamper)
	}
	return received.Wrap(nil, key, body)
}

func TestRingScenarios(t *testing.T) {
	file := scenarios(t)
	if len(file.Scenarios) < 40 {
		t.Fatalf("only %d scenarios", len(file.Scenarios))
	}
	for _, s := range file.Scenarios {
		t.Run(s.Name, func(t *testing.T) { runScenario(t, file.Meeting, s) })
	}
}

// player runs one scenario.
type player struct {
	t       *testing.T
	ring    *Ring
	start   time.Time
	now     time.Time
	meeting string
	tracks  map[string]*Waiting[waitingFrame]
	order   []string
	ended   map[string]string // the verdicts of frames that were held
	plains  map[string][]byte
}

type waitingFrame struct {
	id string
	in Incoming
}

func runScenario(t *testing.T, meeting string, s scenario) {
	ring, err := New(meeting, s.Instance)
	if err != nil {
		t.Fatal(err)
	}
	p := &player{
		t: t, ring: ring, start: time.Unix(1e9, 0), meeting: meeting,
		tracks: map[string]*Waiting[waitingFrame]{}, ended: map[string]string{}, plains: map[string][]byte{},
	}
	want := map[string]string{}
	for _, e := range s.Events {
		p.now = p.start.Add(time.Duration(e.At) * time.Millisecond)
		p.expire()
		got := p.act(e)
		if e.Expect != nil && got != e.Expect.String() {
			t.Errorf("at %d: %s\n got %s\nwant %s", e.At, describe(e), got, e.Expect)
		}
		if e.Then != nil {
			at := p.start.Add(time.Duration(e.Then.At) * time.Millisecond)
			want[e.Frame.ID] = at.Format(time.StampMilli) + " " + e.Then.verdict.String()
		}
	}
	for id, w := range want {
		if p.ended[id] != w {
			t.Errorf("%s ended as\n     %s\nwant %s", id, p.ended[id], w)
		}
	}
	if len(p.ended) != len(want) {
		t.Errorf("%d held frames ended, want %d", len(p.ended), len(want))
	}
}

// act does one event and describes its outcome.
func (p *player) act(e event) string {
	switch {
	case e.Epoch != nil:
		p.epoch(*e.Epoch)
	case e.Send != nil:
		modes := map[string]SendMode{"hold": Holding, "clear": SendClear, "seal": Sealing}
		p.ring.SetSend(Send{Mode: modes[e.Send.Mode], Epoch: e.Send.Epoch})
	case e.Receive != nil:
		modes := map[string]ReceiveMode{"clear": ClearToo, "grace": Grace, "sealed": Sealed}
		p.ring.SetReceive(p.now, Receive{
			Mode: modes[e.Receive.Mode], From: e.Receive.From,
			Until: p.start.Add(time.Duration(e.Receive.Until) * time.Millisecond),
		})
	case e.Seal != nil:
		plain := []byte("frame")
		out, err := p.ring.Seal(p.now, nil, kindOf(p.t, e.Seal.Kind), e.Seal.Codec, e.Seal.Key, plain)
		return p.sealed(out, err, plain)
	case e.Frame != nil:
		return p.frame(*e.Frame)
	case !e.Tick:
		p.t.Fatalf("at %d: no such event", e.At)
	}
	return ""
}

func (p *player) epoch(e epochSpec) {
	leaves := []Leaf{}
	for _, l := range e.Leaves {
		leaves = append(leaves, Leaf{uint32(l[0].(float64)), l[1].(string)})
	}
	in := Epoch{Number: e.Epoch, Base: baseKey(e.Epoch, e.Seed), Self: e.Self, Leaves: leaves, Removes: e.Removes}
	if err := p.ring.AddEpoch(p.now, in); err != nil {
		p.t.Fatal(err)
	}
	for _, track := range p.order {
		p.tracks[track].Offer(func(f waitingFrame) bool {
			out, err := p.ring.Open(p.now, nil, f.in)
			if err == Held {
				return true
			}
			p.end(f.id, p.opened(f.id, out, err))
			return false
		})
	}
}

func (p *player) sealed(out Outgoing, err error, plain []byte) string {
	switch {
	case err == Hold:
		return verdict{Verdict: "hold"}.String()
	case err != nil:
		return err.Error()
	case !out.Sealed:
		if !bytes.Equal(out.Data, plain) {
			p.t.Errorf("clear frame left as %x", out.Data)
		}
		return verdict{Verdict: "clear"}.String()
	}
	if !Marked(out.Data) {
		p.t.Errorf("sealed frame %x is not marked", out.Data)
	}
	return verdict{
		Verdict: "sealed", Epoch: out.Epoch, Leaf: out.ID.Leaf, Instance: out.ID.Instance, Kind: kindNames[out.ID.Kind], Counter: out.Counter,
	}.String()
}

func (p *player) frame(f frameSpec) string {
	in := Incoming{Bound: Owner{f.Bound[0], kindOf(p.t, f.Bound[1])}, Codec: f.Codec, Time: f.Time}
	if f.Raw != nil {
		in.Data = unhex(p.t, *f.Raw)
		p.plains[f.ID] = in.Data
	} else {
		p.plains[f.ID] = []byte(f.ID)
		in.Data = f.Sealed.seal(p.t, p.meeting, f.Codec, f.Key, []byte(f.ID))
	}
	if !slices.Contains(p.order, f.Track) {
		p.order = append(p.order, f.Track)
		p.tracks[f.Track] = &Waiting[waitingFrame]{}
	}
	in.Track = uint32(slices.Index(p.order, f.Track))
	out, err := p.ring.Open(p.now, nil, in)
	if err == Held && !p.tracks[f.Track].Put(p.now, waitingFrame{f.ID, in}) {
		err = Full
	}
	return p.opened(f.ID, out, err)
}

// opened describes what Open gave.
func (p *player) opened(id string, out Opened, err error) string {
	var refused Refusal
	switch {
	case err == Held:
		return verdict{Verdict: "held"}.String()
	case errors.As(err, &refused):
		return verdict{Verdict: "drop", Reason: refused.Name()}.String()
	case err != nil:
		return err.Error()
	}
	if !bytes.Equal(out.Data, p.plains[id]) {
		p.t.Errorf("%s played as %x, want %x", id, out.Data, p.plains[id])
	}
	return verdict{Verdict: "play", Participant: out.Owner.Participant, Kind: kindNames[out.Owner.Kind], Sealed: out.Sealed}.String()
}

func (p *player) expire() {
	for _, track := range p.order {
		for _, f := range p.tracks[track].Expire(p.now) {
			p.end(f.id, verdict{Verdict: "drop", Reason: Expired.Name()}.String())
		}
	}
}

func (p *player) end(id, v string) { p.ended[id] = p.now.Format(time.StampMilli) + " " + v }

func (v verdict) String() string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func describe(e event) string {
	b, err := json.Marshal(e)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func TestLimitsAreThoseOfTheFile(t *testing.T) {
	l := scenarios(t).Limits
	for what, pair := range map[string][2]int{
		"held": {l.Held, int(HeldFor.Milliseconds())}, "held frames": {l.HeldFrames, HeldFrames},
		"grace": {l.Grace, int(GraceFor.Milliseconds())}, "old": {l.Old, int(OldFor.Milliseconds())},
		"old after a removal": {l.OldRemoved, int(OldAfterRemovalFor.Milliseconds())},
		"epochs":              {l.Epochs, maxEpochs}, "window": {l.Window, WindowSize},
		"derivation": {l.Cost, int(derivationCost.Milliseconds())}, "credit": {l.Credit, int(derivationCredit.Milliseconds())},
		"instance": {l.Instance, maxInstance}, "counter": {1<<l.Counter - 1, maxCounter},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: the file says %d, the code %d", what, pair[0], pair[1])
		}
	}
}

// TestShellBytes holds the shells to the bytes that the browsers were proven with.
func TestShellBytes(t *testing.T) {
	shells := scenarios(t).Shells
	if len(shells) == 0 {
		t.Fatal("no shells")
	}
	for _, s := range shells {
		body := unhex(t, s.Body)
		frame := s.Codec.Wrap(nil, s.Key, body)
		if got := hex.EncodeToString(frame); got != s.Frame {
			t.Errorf("%s, key %v: wrapped as %s, want %s", s.Codec, s.Key, got, s.Frame)
		}
		if got, err := s.Codec.Unwrap(nil, frame); err != nil || !bytes.Equal(got, body) {
			t.Errorf("%s, key %v: unwrapped as %x, %v, want %x", s.Codec, s.Key, got, err, body)
		}
		if !Marked(frame) {
			t.Errorf("%s, key %v: not marked", s.Codec, s.Key)
		}
	}
}

// TestWholeFrames compares with frames that another implementation sealed.
func TestWholeFrames(t *testing.T) {
	file := scenarios(t)
	if len(file.Frames) == 0 {
		t.Fatal("no frames")
	}
	for _, f := range file.Frames {
		if kid := f.kid(t); kid != f.KID {
			t.Errorf("KID %d, want %d", kid, f.KID)
		}
		got := f.seal(t, file.Meeting, f.Codec, f.Key, unhex(t, f.Plain))
		if hex.EncodeToString(got) != f.Frame {
			t.Errorf("%s: sealed as %x, want %s", f.Codec, got, f.Frame)
		}
		id, ok := ParseKID(f.KID)
		if !ok || id.KID() != f.KID || uint64(id.Leaf) != f.Leaf || uint64(id.Instance) != f.Instance || kindNames[id.Kind] != f.Kind {
			t.Errorf("KID %d says %+v, %v", f.KID, id, ok)
		}
	}
}
