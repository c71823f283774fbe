package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/joho/godotenv"
)

// readEnv gathers the environment: the .env file at path, which may be missing, and environ, which
// wins. A variable that is set but empty in environ counts as set, as godotenv.Load has it. No
// problem quotes the file.
//
// Whoever may change the file could have the bot hand its secrets over: what is a secret, or says
// where one is sent, is not taken from such a file.
func (l *loader) readEnv(path string, environ []string) {
	file, info, err := readSmall(path, 64<<10)
	var exposed []string
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		l.problem(fmt.Sprintf("The file %s could not be read: %v.", path, err))
	default:
		var ok bool
		file = bytes.TrimPrefix(file, []byte("\xef\xbb\xbf")) // Windows editors write it
		if l.env, ok = parseDotenv(file); !ok {
			l.problem(fmt.Sprintf("The file %s cannot be read beyond line %d: a line must be NAME=value, and a quote that is opened must be closed. Nothing in the file was used.",
				path, badLine(file)))
		}
	}
	if l.env == nil {
		l.env = map[string]string{}
	}
	for name, value := range l.env {
		if value != "" && (isSecret(strings.TrimSuffix(name, fileSuffix)) || secretsGoThere.MatchString(name)) {
			exposed = append(exposed, name)
		}
	}
	for _, pair := range environ {
		if name, value, ok := strings.Cut(pair, "="); ok {
			l.env[name] = value
			exposed = slices.DeleteFunc(exposed, func(e string) bool { return e == name })
		}
	}
	if len(exposed) == 0 {
		return
	}
	slices.Sort(exposed)
	switch readers, writers := others(info); {
	case writers:
		for _, name := range exposed {
			delete(l.env, name)
		}
		l.problem(fmt.Sprintf("The file %s may be changed by others than its user (mode %04o), so %s cannot be taken from it. Give it to the bot's user, and: chmod 600 %s",
			path, info.Mode().Perm(), strings.Join(exposed, ", "), path))
	case readers && slices.ContainsFunc(exposed, isSecret):
		l.warn(fmt.Sprintf("The file %s holds secrets, and others than its user may read it (mode %04o). Better: chmod 600 %s", path, info.Mode().Perm(), path))
	}
}

// secretsGoThere are the addresses that secrets are sent to.
var secretsGoThere = regexp.MustCompile(`^(SLACK_API_URL|HALO_(.+_)?URL)$`)

// readSmall reads a file of at most so many bytes. The error does not repeat the path.
func readSmall(path string, most int64) ([]byte, fs.FileInfo, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, withoutPath(err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	info, err := file.Stat()
	if err != nil {
		return nil, nil, withoutPath(err)
	}
	data, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("it has more than %d bytes", most)
	}
	return data, info, withoutPath(err)
}

func withoutPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
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
