package onboarding

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
)

// ShownURL is a DATABASE_URL for people and logs: where the database is, without its password.
func ShownURL(databaseURL string) string {
	if path, isFile := strings.CutPrefix(databaseURL, "sqlite:"); isFile {
		return absolute(path)
	}
	pc, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		return "a PostgreSQL whose address cannot be read"
	}
	c := pc.ConnConfig
	return fmt.Sprintf("postgres://%s@%s:%d/%s", c.User, c.Host, c.Port, c.Database)
}

func absolute(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		return whole
	}
	return path
}

// beside are the other files in a database file's folder that look like a bot's database.
func beside(path string) (others []string) {
	all, _ := filepath.Glob(filepath.Join(globbed(filepath.Dir(absolute(path))), "halobot*.db")) // the pattern is good
	for _, other := range all {
		if name := filepath.Base(other); name != filepath.Base(path) {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	return others
}

// globbed is a path as a pattern that matches it alone.
func globbed(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
