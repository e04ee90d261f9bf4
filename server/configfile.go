package server

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// LoadFile sets in c what the file at path says and leaves the rest as it is. An
// error names the file, the line and, for a key that there is not, the key.
func (c *Config) LoadFile(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("the configuration file %s cannot be read: %w", path, plain(err))
	}
	decoder := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
	return explain(path, decoder.Decode(c))
}

// explain turns an error of the decoder into one line that an operator can act on.
func explain(path string, err error) error {
	if err == nil {
		return nil
	}
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) && len(unknown.Errors) > 0 {
		first := unknown.Errors[0]
		line, _ := first.Position()
		return fmt.Errorf("%s:%d: there is no setting %q", path, line, strings.Join(first.Key(), "."))
	}
	var bad *toml.DecodeError
	if errors.As(err, &bad) {
		line, _ := bad.Position()
		message := strings.TrimPrefix(bad.Error(), "toml: ")
		if key := strings.Join(bad.Key(), "."); key != "" {
			message = key + ": " + message
		}
		return fmt.Errorf("%s:%d: %s", path, line, message)
	}
	return fmt.Errorf("%s: %w", path, err)
}
