package main

import (
	"context"
	"fmt"
	"mime"
	"os"
	"path/filepath"

	"github.com/roundel-meet/roundel/e2ee/session"
)

// send offers a file of this machine to everyone.
func (a *attendance) send(ctx context.Context, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return a.secure.SendFile(ctx, "", filepath.Base(path), mime.TypeByExtension(filepath.Ext(path)), info.Size(), f)
}

// fetch writes an offered file into the folder, whole or not at all. Only the
// last part of the name that somebody chose counts, and nothing is overwritten.
func (a *attendance) fetch(ctx context.Context, offer *session.FileOffer) error {
	name := filepath.Base(filepath.Clean("/" + offer.Name))
	if name == "/" || name == "." {
		name = "file"
	}
	f, err := os.CreateTemp(a.files, "fetching-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	err = a.secure.FetchFile(ctx, offer, f)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	if err := os.Link(f.Name(), filepath.Join(a.files, name)); err != nil {
		return fmt.Errorf("keep the file: %w", err)
	}
	return nil
}
