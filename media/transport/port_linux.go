package transport

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// canShare says whether several sockets may have one UDP port, each with its share
// of the peers.
const canShare = true

// reusePort is for net.ListenConfig: it lets several sockets of this user have one
// port (socket(7), SO_REUSEPORT).
func reusePort(_, _ string, c syscall.RawConn) error {
	var err error
	if controlErr := c.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	}); controlErr != nil {
		return controlErr
	}
	return err
}
