package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever .env holds, it is read or explained, and never quoted.
func FuzzDotenv(f *testing.F) {
	for _, s := range []string{
		"A=1\nB='two\nlines'\n", "A=\"$B\"\nB=${A}\n", "export A=1 # note\n", "A='open\nhush-hush", "\xef\xbb\xbfA=1\r\n",
		"hush-hush", "=hush-hush", "A B=hush-hush", "SLACK_BOT_TOKEN_FILE=/dev/null\nSLACK_BOT_TOKEN=x\n",
	} {
		f.Add([]byte(s))
	}
	path := filepath.Join(f.TempDir(), ".env")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, append(data, "\nhush-hush"...), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(nil, path, 0)
		if err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("%q: %v", data, err)
		}
	})
}
