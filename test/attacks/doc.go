// Package attacks has no code, only tests: each is an attack of a hostile server,
// alone or together with people who were removed or never invited, on the media
// and on the group of a meeting (docs/e2ee.md). Each runs twice: first against a
// client of the test that lacks exactly one defence, where it must succeed, so
// that it proves something; then against the real code, where it must fail. Each
// prints the figure that it reached.
//
// The weakened clients exist here only: the product has no switch that takes a
// defence away.
package attacks
