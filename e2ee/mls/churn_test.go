package mls_test

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"testing/cryptotest"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// Random histories of a group. Every seed is one history: people come by Welcome
// and by external commit, lose their state and come again, are removed, update,
// propose, lose races for an epoch, and talk. After every operation all members
// hold the same exporter, authenticator, transcript hash and member list, and
// whoever was removed cannot follow.
//
// A plain run takes a few short histories of each suite. With the environment
// variable ROUNDEL_CHURN set to a number of seeds the test runs that many
// histories of 120 operations with 2 to 20 members in each suite, and five
// histories of groups that grow to 200; the tests of flipped bits then take
// every bit instead of one of each byte. A hundred seeds take about an hour:
//
//	ROUNDEL_CHURN=100 go test -timeout 0 -run 'Churn|Flipped' ./e2ee/mls
const churnVariable = "ROUNDEL_CHURN"

// longChurn returns the number of seeds of a long run, 0 for a plain one.
func longChurn(tb testing.TB) int {
	value := os.Getenv(churnVariable)
	if value == "" {
		return 0
	}
	seeds, err := strconv.Atoi(value)
	if err != nil || seeds < 1 {
		tb.Fatalf("%s is to be a number of seeds, not %q", churnVariable, value)
	}
	return seeds
}

func TestChurn(t *testing.T) {
	seeds, operations := 3, 20
	switch {
	case testing.Short():
		seeds, operations = 1, 12
	case raceEnabled:
		operations = 7
	}
	if long := longChurn(t); long > 0 {
		seeds, operations = long, 120
	}
	for _, suite := range mls.Suites() {
		t.Run(suiteName(suite), func(t *testing.T) {
			for seed := range seeds {
				runChurn(t, suite, uint64(seed), operations, 2+18*(seed+1)/seeds)
			}
		})
	}
}

func TestChurnOfLargeGroups(t *testing.T) {
	if longChurn(t) == 0 {
		return // only in a long run
	}
	for seed := range 5 {
		suite := mls.Suites()[seed%len(mls.Suites())]
		t.Run(suiteName(suite), func(t *testing.T) {
			runChurn(t, suite, uint64(1000+seed), 120, 200)
		})
	}
}

func suiteName(suite mls.CipherSuite) string { return fmt.Sprintf("suite %#x", uint16(suite)) }

// person is one device: its state now and, for late messages, of the epoch before.
type person struct {
	name    string
	key     crypto.Signer
	group   *mls.Group
	past    *mls.Group
	entered uint64
}

func (p *person) leaf() mls.LeafIndex        { return p.group.Self() }
func (p *person) credential() mls.Credential { return basic(p.name) }

func basic(name string) mls.Credential { return mls.Credential{Type: 1, Data: []byte(name)} }

// adopt moves a person to the next epoch and wipes the epoch before the last.
func (p *person) adopt(next *mls.Group) {
	if p.past != nil {
		p.past.Erase()
	}
	p.past, p.group = p.group, next
}

type churn struct {
	tb    testing.TB
	rng   *rand.Rand
	suite mls.CipherSuite
	limit int
	grow  int // how many may come in one commit
	count int
	here  []*person
	gone  []*person
	keys  map[string][]crypto.PublicKey // what Authenticate holds true
}

var churnOperations = []struct {
	name string
	run  func(*churn) error
}{
	{"welcome", (*churn).welcome},
	{"external", (*churn).external},
	{"external", (*churn).external},
	{"rejoin", (*churn).rejoin},
	{"update", (*churn).update},
	{"update", (*churn).update},
	{"remove", (*churn).remove},
	{"psk", (*churn).psk},
	{"extensions", (*churn).extensions},
	{"proposals", (*churn).proposals},
	{"proposals", (*churn).proposals},
	{"lost proposals", (*churn).lostProposals},
	{"race", (*churn).race},
	{"mixed", (*churn).mixed},
}

func runChurn(t *testing.T, suite mls.CipherSuite, seed uint64, operations, limit int) {
	t.Helper()
	cryptotest.SetGlobalRandom(t, seed)
	c := &churn{
		tb: t, rng: rand.New(rand.NewPCG(seed, uint64(suite))), suite: suite,
		limit: limit, grow: max(3, limit/10), keys: map[string][]crypto.PublicKey{},
	}
	first := c.newPerson()
	group, err := mls.Create(suite, []byte("churn"), first.key, first.credential(), nil, c.config())
	if err != nil {
		t.Fatal(err)
	}
	first.group = group
	c.here = []*person{first}
	for i := range operations {
		operation := churnOperations[c.rng.IntN(len(churnOperations))]
		if len(c.here) > limit-c.grow && len(c.here) > 2 && c.rng.IntN(2) == 0 {
			operation.name, operation.run = "remove", (*churn).remove
		}
		if len(c.here) < 2 {
			operation.name, operation.run = "external", (*churn).external
		}
		if err := c.step(operation.run); err != nil {
			t.Fatalf("%s seed %d operation %d (%s, %d members): %v", suiteName(suite), seed, i, operation.name, len(c.here), err)
		}
	}
}

// step runs one operation between a message of the epoch before and talk of the
// new one, and compares everybody.
func (c *churn) step(operation func(*churn) error) error {
	author := c.one()
	late, err := author.group.Seal([]byte("late"), nil)
	if err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	epoch := author.group.Epoch()
	if err := operation(c); err != nil {
		return err
	}
	if err := c.compare(); err != nil {
		return err
	}
	if err := c.openLate(author, epoch, late); err != nil {
		return err
	}
	return c.talk()
}

// compare holds every member's view beside the first one's.
func (c *churn) compare() error {
	first := c.here[0].group
	secret, err := first.Export("churn", []byte("context"), 48)
	if err != nil {
		return err
	}
	members := first.Members()
	if len(members) != len(c.here) {
		return fmt.Errorf("%d leaves for %d people", len(members), len(c.here))
	}
	for _, p := range c.here {
		other, err := p.group.Export("churn", []byte("context"), 48)
		if err != nil {
			return err
		}
		switch {
		case p.group.Epoch() != first.Epoch():
			return fmt.Errorf("%s is in epoch %d, not %d", p.name, p.group.Epoch(), first.Epoch())
		case !bytes.Equal(other, secret):
			return fmt.Errorf("%s has another exporter", p.name)
		case !bytes.Equal(p.group.EpochAuthenticator(), first.EpochAuthenticator()):
			return fmt.Errorf("%s has another epoch authenticator", p.name)
		case !bytes.Equal(p.group.ConfirmedTranscriptHash(), first.ConfirmedTranscriptHash()):
			return fmt.Errorf("%s has another transcript hash", p.name)
		}
		if difference := cmp.Diff(members, p.group.Members()); difference != "" {
			return fmt.Errorf("%s sees other members: %s", p.name, difference)
		}
		if own, ok := p.group.View().Leaf(p.leaf()); !ok || string(own.Credential.Data) != p.name {
			return fmt.Errorf("%s does not find itself at leaf %d", p.name, p.leaf())
		}
	}
	return c.compareEntries()
}

// compareEntries checks what devices know of when others came: exactly for those
// who came after them.
func (c *churn) compareEntries() error {
	viewer := c.one()
	for _, p := range c.here {
		got := viewer.group.View().EntryEpoch(p.leaf())
		if p.entered > viewer.entered && got != p.entered {
			return fmt.Errorf("%s holds that %s came in epoch %d, not %d", viewer.name, p.name, got, p.entered)
		}
	}
	return nil
}

// openLate gives a message of the epoch before to the states that were kept, and
// to the new ones, which must refuse it unharmed.
func (c *churn) openLate(author *person, epoch uint64, message []byte) error {
	for _, p := range c.here {
		if p == author || p.past == nil || p.past.Epoch() != epoch {
			continue
		}
		if p.group.Epoch() != epoch {
			if _, err := p.group.Process(message); !errors.Is(err, mls.ErrEpoch) {
				return fmt.Errorf("%s, a message of the epoch before: %w", p.name, orNil(err))
			}
		}
		got, err := p.past.Process(message)
		if err != nil {
			return fmt.Errorf("%s opens a late message: %w", p.name, err)
		}
		if string(got.Application) != "late" || got.Epoch != epoch {
			return fmt.Errorf("%s read %q of epoch %d", p.name, got.Application, got.Epoch)
		}
	}
	return nil
}

// talk has some members send a few messages that arrive in any order, each once.
func (c *churn) talk() error {
	type spoken struct {
		by      *person
		text    string
		message []byte
	}
	var said []spoken
	for _, p := range c.some(1 + c.rng.IntN(3)) {
		for i := range 1 + c.rng.IntN(4) {
			text := fmt.Sprint(p.name, " ", i)
			message, err := p.group.Seal([]byte(text), []byte(p.name))
			if err != nil {
				return fmt.Errorf("seal: %w", err)
			}
			said = append(said, spoken{p, text, message})
		}
	}
	for _, p := range c.some(3) {
		c.rng.Shuffle(len(said), func(i, j int) { said[i], said[j] = said[j], said[i] })
		for _, s := range said {
			if s.by == p {
				continue
			}
			got, err := p.group.Process(s.message)
			if err != nil {
				return fmt.Errorf("%s opens a message of %s: %w", p.name, s.by.name, err)
			}
			if string(got.Application) != s.text || string(got.AAD) != s.by.name || got.Sender != s.by.leaf() {
				return fmt.Errorf("%s read %q by leaf %d", p.name, got.Application, got.Sender)
			}
			if _, err := p.group.Process(s.message); !errors.Is(err, mls.ErrRatchet) {
				return fmt.Errorf("%s opens a message a second time: %w", p.name, orNil(err))
			}
		}
	}
	return nil
}

// orNil makes an error of a missing one, so that it can be wrapped.
func orNil(err error) error {
	if err == nil {
		return errors.New("not refused")
	}
	return err
}

func (c *churn) newPerson() *person {
	key, err := c.suite.GenerateKey()
	if err != nil {
		c.tb.Fatal(err)
	}
	c.count++
	p := &person{name: fmt.Sprint("person ", c.count), key: key}
	c.keys[p.name] = append(c.keys[p.name], key.Public())
	return p
}

// one picks a member, but none of those given.
func (c *churn) one(except ...*person) *person {
	for {
		if p := c.here[c.rng.IntN(len(c.here))]; !slices.Contains(except, p) {
			return p
		}
	}
}

// some picks up to n members.
func (c *churn) some(n int) []*person {
	people := slices.Clone(c.here)
	c.rng.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
	return people[:min(n, len(people))]
}

var errUnknownLeaf = errors.New("a leaf that nobody made")

// config is what every member runs with: all know the same pre-shared keys, and
// only leaves whose key belongs to its name may enter.
func (c *churn) config() mls.Config {
	return mls.Config{
		Extensions: []uint16{stateExtension},
		Padding:    32,
		PSK: func(id []byte) []byte {
			key := sha256.Sum256(id)
			return key[:]
		},
		Authenticate: func(leaf mls.Leaf, group []byte) error {
			for _, key := range c.keys[string(leaf.Credential.Data)] {
				if bytes.Equal(leaf.SignatureKey, publicBytes(c.tb, key)) && string(group) == "churn" {
					return nil
				}
			}
			return errUnknownLeaf
		},
	}
}
