package secure

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// deviceFile holds the seed of the device key, 32 bytes.
const deviceFile = "device.key"

var errDeviceFile = errors.New("the device key's file is damaged")

// LoadDevice returns the device key of a folder, and makes both when they are not
// there. With "" the key is new and kept nowhere: a guest's, for one meeting. The
// file can be read by its owner only; one that others can read is refused.
func LoadDevice(folder string) (ed25519.PrivateKey, error) {
	if folder == "" {
		_, key, err := ed25519.GenerateKey(nil)
		return key, err
	}
	path := filepath.Join(folder, deviceFile)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeDevice(folder, path); err != nil {
			return nil, fmt.Errorf("make the device key: %w", err)
		}
		info, err = os.Stat(path)
	}
	if err != nil {
		return nil, fmt.Errorf("find the device key: %w", err)
	}
	if err := ownersOnly(path, info); err != nil {
		return nil, err
	}
	seed, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the device key: %w", err)
	}
	if len(seed) != ed25519.SeedSize {
		return nil, errDeviceFile
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// ownersOnly refuses a file that others can read or change.
func ownersOnly(path string, info fs.FileInfo) error {
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s can be read by others: set its mode to 0600", path)
	}
	return nil
}

// makeDevice writes a new key so that it is there whole or not at all, and so
// that of two programs that do so at once both get the same.
func makeDevice(folder, path string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, deviceFile) // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(key.Seed())
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Link(f.Name(), path)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}
