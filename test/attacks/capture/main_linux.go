// Command capture writes every IPv4 packet of one address, on all interfaces of
// this network namespace, to a file in the format of libpcap, until its standard
// input ends. Tests look through the file for what must not have been sent; what
// drives their browsers goes over other addresses.
package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "capture:", err)
		os.Exit(1)
	}
}

const longest = 1 << 18 // bytes of one packet: with segmentation offload there are large ones

func run(args []string) error {
	if len(args) != 2 {
		return errors.New("say where the packets are to be written, and whose")
	}
	whose, err := netip.ParseAddr(args[1])
	if err != nil {
		return err
	}
	file, err := os.Create(args[0])
	if err != nil {
		return err
	}
	defer file.Close()
	// The protocol is in network order (packet(7)).
	all := unix.ETH_P_ALL<<8 | unix.ETH_P_ALL>>8
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, all&0xffff)
	if err != nil {
		return fmt.Errorf("open a packet socket: %w", err)
	}
	defer unix.Close(fd)
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 64<<20) // best effort
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 100_000}); err != nil {
		return err
	}
	header := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	header = append(header, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	header = binary.LittleEndian.AppendUint32(header, longest)
	header = binary.LittleEndian.AppendUint32(header, 1) // LINKTYPE_ETHERNET
	if _, err := file.Write(header); err != nil {
		return err
	}
	fmt.Println("ready")
	ended := make(chan struct{})
	go func() {
		_, _ = os.Stdin.Read(make([]byte, 1)) // until it is closed
		close(ended)
	}()
	return copyPackets(fd, whose, file, ended)
}

func copyPackets(fd int, whose netip.Addr, file *os.File, ended <-chan struct{}) error {
	packet := make([]byte, longest)
	for {
		n, _, err := unix.Recvfrom(fd, packet, 0)
		switch {
		case err == nil && !concerns(packet[:n], whose):
		case err == nil:
			now := time.Now()
			record := binary.LittleEndian.AppendUint32(nil, uint32(now.Unix()))
			for _, field := range []int{now.Nanosecond() / 1000, n, n} {
				record = binary.LittleEndian.AppendUint32(record, uint32(field))
			}
			if _, err := file.Write(append(record, packet[:n]...)); err != nil {
				return err
			}
		case !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR):
			return fmt.Errorf("read a packet: %w", err)
		}
		select {
		case <-ended:
			return nil
		default:
		}
	}
}

// concerns reports whether an Ethernet frame has an IPv4 packet (RFC 791, 3.1)
// from or to an address.
func concerns(frame []byte, whose netip.Addr) bool {
	const link, source, destination = 14, 12, 16
	if len(frame) < link+20 || binary.BigEndian.Uint16(frame[12:]) != unix.ETH_P_IP {
		return false
	}
	at := func(n int) netip.Addr { return netip.AddrFrom4([4]byte(frame[link+n:])) }
	return at(source) == whose || at(destination) == whose
}
