package mls_test

import (
	"fmt"
	"testing"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// The figures of the two operations that every device meets: following a commit,
// and joining by external commit. The group is made at once, by one commit that
// adds everybody and one more by the same member, as large groups are when they
// begin; most of its inner nodes are blank, which is the dear case for joiners.
// Compare with `go test -run - -bench . -benchtime 20x ./e2ee/mls`.

var benchmarkSizes = []int{10, 100, 1000}

var benchmarkSuites = []struct {
	name  string
	suite mls.CipherSuite
}{{"X25519", mls.X25519AES128}, {"XWing", mls.XWing}}

// crowd is a large group: its creator, one ordinary member, and the next commit.
type crowd struct {
	suite         mls.CipherSuite
	creator, half *mls.Group
	commit        []byte
}

func newCrowd(b *testing.B, suite mls.CipherSuite, members int) *crowd {
	b.Helper()
	config := mls.Config{}
	creator, err := mls.Create(suite, []byte("crowd"), newKey(b, suite), basic("creator"), nil, config)
	if err != nil {
		b.Fatal(err)
	}
	var middle *mls.KeyPackage
	adds := make([]mls.Proposal, members-1)
	for i := range adds {
		var packaged *mls.KeyPackage
		packaged, adds[i] = newPackage(b, suite, fmt.Sprint("member ", i), config)
		if i == members/2-1 {
			middle = packaged
		}
	}
	staged := mustCommit(b, creator, adds...)
	half, err := mls.Join(middle, staged.Welcome, nil, config)
	if err != nil {
		b.Fatal(err)
	}
	next := mustCommit(b, staged.Next)
	return &crowd{suite, staged.Next, half, next.Commit}
}

// benchmarkCrowds runs one benchmark for every suite and size.
func benchmarkCrowds(b *testing.B, run func(b *testing.B, c *crowd)) {
	for _, s := range benchmarkSuites {
		for _, members := range benchmarkSizes {
			b.Run(fmt.Sprintf("%s/%d", s.name, members), func(b *testing.B) {
				c := newCrowd(b, s.suite, members)
				b.ReportAllocs()
				b.ResetTimer()
				run(b, c)
			})
		}
	}
}

func BenchmarkProcessCommit(b *testing.B) {
	benchmarkCrowds(b, func(b *testing.B, c *crowd) {
		for b.Loop() {
			mustProcess(b, c.half, c.commit)
		}
		b.ReportMetric(float64(len(c.commit)), "bytes")
	})
}

func BenchmarkExternalJoin(b *testing.B) {
	benchmarkCrowds(b, func(b *testing.B, c *crowd) {
		info := mustInfo(b, c.creator)
		size := 0
		for b.Loop() {
			size = len(mustEnter(b, info, "newcomer", c.suite, mls.Config{}).Commit)
		}
		b.ReportMetric(float64(size), "bytes")
	})
}

func BenchmarkProcessExternalCommit(b *testing.B) {
	benchmarkCrowds(b, func(b *testing.B, c *crowd) {
		commit := mustEnter(b, mustInfo(b, c.creator), "newcomer", c.suite, mls.Config{}).Commit
		for b.Loop() {
			mustProcess(b, c.half, commit)
		}
	})
}

// BenchmarkRefuse is what a forged commit costs a member: less than a genuine one.
func BenchmarkRefuse(b *testing.B) {
	benchmarkCrowds(b, func(b *testing.B, c *crowd) {
		forged := append([]byte(nil), c.commit...)
		forged[len(forged)-1] ^= 1
		for b.Loop() {
			if _, err := c.half.Process(forged); err == nil {
				b.Fatal("not refused")
			}
		}
	})
}
