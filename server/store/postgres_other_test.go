//go:build !linux

package store_test

import "errors"

func startPostgres() (dsn string, stop func(), err error) {
	return "", nil, errors.New("tests start clusters of their own on Linux only")
}
