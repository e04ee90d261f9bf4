package audit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// Process scans the readable memory of a running process of the same user. The
// process goes on meanwhile: what moves may be missed, so an audit that must be
// whole stops it first (SIGSTOP).
func (a *Auditor) Process(pid int) error {
	where := "process " + strconv.Itoa(pid)
	maps, err := os.Open(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	defer maps.Close()
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	defer memory.Close()
	a.Report.Places++
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		from, to, ok := parseRegion(lines.Text())
		if !ok {
			continue
		}
		region := io.NewSectionReader(memory, from, to-from)
		if err := a.scan(where, from, region); err != nil && !errors.Is(err, io.EOF) {
			a.skip(fmt.Sprintf("%s at %x", where, from), err)
		}
	}
	return nil
}

// parseRegion reads a line of proc_pid_maps(5). Regions that cannot be read, and
// those of the kernel, are left out.
func parseRegion(line string) (from, to int64, ok bool) {
	span, rest, _ := strings.Cut(line, " ")
	if !strings.HasPrefix(rest, "r") || strings.HasSuffix(line, "[vvar]") || strings.HasSuffix(line, "[vsyscall]") ||
		strings.HasSuffix(line, "[vvar_vclock]") {
		return 0, 0, false
	}
	low, high, _ := strings.Cut(span, "-")
	f, err := strconv.ParseInt(low, 16, 64)
	if err != nil {
		return 0, 0, false
	}
	t, err := strconv.ParseInt(high, 16, 64)
	return f, t, err == nil && t > f
}
