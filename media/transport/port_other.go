//go:build !linux

package transport

import "syscall"

// canShare: other systems spread peers over sockets differently, or not at all.
const canShare = false

func reusePort(_, _ string, _ syscall.RawConn) error { return nil }
