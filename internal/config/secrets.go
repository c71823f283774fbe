package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// fileSuffix makes a secret's variable one that names the file which holds it: Docker's and
// Kubernetes' secrets, systemd's credentials.
const fileSuffix = "_FILE"

var secretName = regexp.MustCompile(`^(HALO_(.+_)?CLIENT_SECRET|SLACK_(.+_)?TOKEN|DATABASE_URL|HEARTBEAT_URL)$`)

// isSecret reports whether a variable's value is a secret, or holds one.
func isSecret(name string) bool { return secretName.MatchString(name) }

// readSecretFiles puts the secrets of files into the environment. One line end at the end of a
// file is not part of it. What cannot be had is a problem for whoever asks for that variable.
func (l *loader) readSecretFiles() {
	for _, variable := range slices.Sorted(maps.Keys(l.env)) {
		name, isFile := strings.CutSuffix(variable, fileSuffix)
		path := l.env[variable]
		if !isFile || !isSecret(name) || path == "" {
			continue
		}
		data, _, err := readSmall(path, 64<<10)
		if errors.Is(err, fs.ErrNotExist) && isCredential(path, l.env) {
			continue
		}
		value := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
		switch {
		case strings.TrimSpace(l.env[name]) != "":
			l.unusable[name] = fmt.Sprintf("%s and %s are both set. Remove one of them.", name, variable)
		case err != nil:
			l.unusable[name] = fmt.Sprintf("%s names a file, %s, that could not be read: %v.", variable, path, err)
		case value == "":
			l.unusable[name] = fmt.Sprintf("%s names a file, %s, that is empty.", variable, path)
		default:
			l.env[name] = value
		}
	}
}

// isCredential reports whether path is where systemd puts a unit's credentials
// (systemd.exec(5)). The unit asks for each secret, and who runs it gives those that they like.
func isCredential(path string, env map[string]string) bool {
	dir, given := filepath.Dir(path), env["CREDENTIALS_DIRECTORY"]
	return given != "" && dir == filepath.Clean(given) || filepath.Dir(dir) == "/run/credentials"
}

// warnOfDatabaseMode looks at a database file that is there already: it holds what people typed.
func (l *loader) warnOfDatabaseMode() {
	path, isFile := strings.CutPrefix(l.Database, "sqlite:")
	if !isFile {
		return
	}
	info, err := os.Stat(path)
	if err != nil {
		return // opening it says why
	}
	if read, write := others(info); read || write {
		l.warn(fmt.Sprintf("The database %s holds what people typed, and others than its user may read or change it (mode %04o). Better: chmod 600 %s", path, info.Mode().Perm(), path))
	}
}

// findSecrets collects what must never be printed.
func findSecrets(env map[string]string) []string {
	var secrets []string
	for name, value := range env {
		value = strings.TrimSpace(value)
		switch {
		case value == "" || !isSecret(name):
		case name == "DATABASE_URL":
			secrets = append(secrets, databasePasswords(value)...)
		case name == "HEARTBEAT_URL":
			secrets = append(secrets, value)
			if u, err := url.Parse(value); err == nil {
				secrets = append(secrets, strings.Trim(u.EscapedPath(), "/"), u.RawQuery)
			}
		default:
			secrets = append(secrets, value)
		}
	}
	slices.Sort(secrets)
	return secrets
}

// databasePasswords finds the password in a database's address, decoded and as written; also
// in an address that does not parse.
func databasePasswords(address string) []string {
	var found []string
	if u, err := url.Parse(address); err == nil {
		if password, ok := u.User.Password(); ok {
			found = append(found, password)
		}
		if password := u.Query().Get("password"); password != "" {
			found = append(found, password)
		}
	}
	if m := userinfo.FindStringSubmatch(address); m != nil {
		found = append(found, m[1])
	}
	return found
}

// userinfo takes all up to the last @: a password may hold one, unescaped by mistake.
var userinfo = regexp.MustCompile(`://[^/:@]*:(.+)@`)
