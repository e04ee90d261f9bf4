package web

import (
	"io/fs"
	"testing"
)

func TestFiles(t *testing.T) {
	if _, err := fs.Stat(Files(), Placeholder); err != nil {
		t.Errorf("a bare clone would have nothing to show: %v", err)
	}
}
