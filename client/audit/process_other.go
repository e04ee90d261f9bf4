//go:build !linux

package audit

import "errors"

// Process is not possible here: only Linux shows a process's memory as a file.
func (a *Auditor) Process(int) error {
	return errors.New("audit: the memory of a process can be read on Linux only")
}
