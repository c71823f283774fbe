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

// Made says that Open made a new database, and where; "" when it found one. Somebody who expected
// one has then given the wrong place.
func (s *Service) Made() string {
	if !s.db.made {
		return ""
	}
	said := fmt.Sprintf("made a new database at %s: was another expected?", ShownURL(s.cfg.DatabaseURL))
	if path, isFile := strings.CutPrefix(s.cfg.DatabaseURL, "sqlite:"); isFile {
		said += besides(path)
	}
	return said
}

// OtherDatabase is what to do when the database is not the one that was meant.
const OtherDatabase = "If earlier requests should be in it, mend DATABASE_URL or the folder that the bot is started in."

// besides is a sentence about a database file's neighbours that look like a bot's; "" without any.
func besides(path string) string {
	others := beside(path)
	if len(others) == 0 {
		return ""
	}
	return fmt.Sprintf(" In its folder there is also %s.", strings.Join(others, ", "))
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

// globbed is the glob pattern that matches path alone.
func globbed(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
