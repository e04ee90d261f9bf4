package packet_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/roundel-meet/roundel/media/packet"
)

func TestCache(t *testing.T) {
	c := packet.NewCache(8, 100)
	put := func(seq int64, payload string) bool {
		return c.Put(packet.Entry{Seq: seq, Timestamp: uint32(seq)}, []byte(payload)) != nil
	}
	get := func(seq int64) string {
		if e := c.Get(seq); e != nil {
			return string(c.Payload(e))
		}
		return "none"
	}
	if !put(10, "ten") || !put(12, "twelve") || !put(11, "eleven") {
		t.Fatal("not put")
	}
	if put(11, "again") || put(3, "older than the cache reaches") || put(0, "zero") || put(13, string(make([]byte, 26))) {
		t.Error("put what must be refused")
	}
	if get(10) != "ten" || get(11) != "eleven" || get(12) != "twelve" || get(13) != "none" || get(2) != "none" {
		t.Error("the cache mixes packets up")
	}
	if !put(18, "eighteen") || get(10) != "none" || get(18) != "eighteen" {
		t.Error("a newer packet did not replace the one in its place")
	}
	if !put(19, "") || !c.Get(19).Empty() || c.High() != 19 {
		t.Error("an empty packet is not kept")
	}
	c.Reset()
	if get(18) != "none" || !put(18, "anew") || get(18) != "anew" {
		t.Error("the cache is not as new after Reset")
	}
}

// TestCacheModel puts random packets and checks that what can still be read is
// what was put.
func TestCacheModel(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	c := packet.NewCache(64, 4000)
	model := make(map[int64][]byte)
	for seq := int64(1); seq < 20_000; seq++ {
		if r.IntN(10) == 0 {
			continue
		}
		payload := bytes.Repeat([]byte{byte(seq)}, r.IntN(200))
		descriptor := bytes.Repeat([]byte{byte(seq + 1)}, r.IntN(2)*r.IntN(100))
		e := c.PutDescribed(packet.Entry{Seq: seq}, descriptor, payload)
		if e == nil {
			t.Fatalf("packet %d refused", seq)
		}
		if !bytes.Equal(c.Descriptor(e), descriptor) {
			t.Fatalf("descriptor of %d is %x", seq, c.Descriptor(e))
		}
		model[seq] = payload
		back := seq - r.Int64N(80)
		e = c.Get(back)
		switch {
		case e == nil && back > seq-15 && model[back] != nil:
			t.Fatalf("packet %d forgotten at %d", back, seq)
		case e != nil && !bytes.Equal(c.Payload(e), model[back]):
			t.Fatalf("packet %d is not what was put", back)
		}
	}
}

func TestCacheNeverAllocates(t *testing.T) {
	c, seq, payload := packet.NewCache(1024, 512<<10), int64(0), make([]byte, 1160)
	if n := testing.AllocsPerRun(1000, func() {
		seq++
		c.Put(packet.Entry{Seq: seq}, payload)
		c.Get(seq)
	}); n != 0 {
		t.Errorf("%v allocations per packet", n)
	}
}
