package crowd

import (
	"testing"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

func TestCrowd(t *testing.T) {
	for _, suite := range []mls.CipherSuite{mls.X25519AES128, mls.XWing} {
		for _, members := range []int{2, 9} {
			c, err := New(suite, members)
			if err != nil {
				t.Fatal(err)
			}
			if got := len(c.half.Members()); got != members {
				t.Errorf("%d members, want %d", got, members)
			}
			for range 2 { // neither changes what is measured
				if err := c.Process(); err != nil {
					t.Error(err)
				}
				if err := c.Join(); err != nil {
					t.Error(err)
				}
				if err := c.Remove(); err != nil {
					t.Error(err)
				}
			}
			c.commit[len(c.commit)-1] ^= 1
			c.info[len(c.info)-1] ^= 1
			if c.Process() == nil || c.Join() == nil {
				t.Error("a forged commit or group info is followed")
			}
		}
	}
}
