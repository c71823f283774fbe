package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"strings"

	"github.com/joho/godotenv"
)

// merge lays environ over file. A variable that is set but empty in environ counts as set,
// as godotenv.Load has it.
func merge(environ []string, file map[string]string) map[string]string {
	env := maps.Clone(file)
	if env == nil {
		env = map[string]string{}
	}
	for _, pair := range environ {
		if name, value, ok := strings.Cut(pair, "="); ok {
			env[name] = value
		}
	}
	return env
}

// readDotenv reads the .env file at path; a file that is not there is an empty one. The
// problem never quotes the file.
func readDotenv(path string) (env map[string]string, problem string) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ""
	}
	if err != nil {
		var reason *fs.PathError
		if errors.As(err, &reason) {
			err = reason.Err
		}
		return nil, fmt.Sprintf("The file %s could not be read: %v.", path, err)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) // Windows editors write it
	if env, ok := parseDotenv(data); ok {
		return env, ""
	}
	return nil, fmt.Sprintf("The file %s cannot be read beyond line %d: a line must be NAME=value, and a quote that is opened must be closed. Nothing in the file was used.",
		path, badLine(data))
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)

// parseDotenv is godotenv without its leniency about names: it takes "A B=1" for a name with
// a space, and a last line without = for a value without a name.
func parseDotenv(data []byte) (map[string]string, bool) {
	env, err := godotenv.UnmarshalBytes(data)
	if err != nil {
		return nil, false
	}
	for name := range env {
		if !variableName.MatchString(name) {
			return nil, false
		}
	}
	return env, true
}

// badLine finds the line, from 1, of the first statement that does not parse. godotenv's own
// errors give no line, and quote the rest of the file, secrets and all.
func badLine(data []byte) int {
	lines := bytes.SplitAfter(data, []byte("\n"))
	for start := 0; start < len(lines); {
		end := start + 1
		for ; end <= len(lines); end++ {
			if _, ok := parseDotenv(bytes.Join(lines[start:end], nil)); ok {
				break
			}
		}
		if end > len(lines) {
			return start + 1
		}
		start = end
	}
	return len(lines)
}
