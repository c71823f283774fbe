package config

import (
	"maps"
	"slices"
	"strings"
)

// knownNames are all variables that are read with these connections; nil = a single one.
func knownNames(connections []string) []string {
	names := slices.Clone(elsewhere)
	for _, v := range variables {
		names = append(names, v.name)
	}
	prefixes := []string{"HALO_"}
	for _, c := range connections {
		prefixes = append(prefixes, variablePrefix(c))
	}
	for _, prefix := range prefixes {
		for _, f := range connectionFields {
			names = append(names, prefix+f.suffix)
		}
	}
	return names
}

// warnOfUnread looks for variables that were meant for this bot and are not read: misspelt
// ones, and those of a connection that HALO_CONNECTIONS does not name. Others are none of
// the bot's business: an environment is shared.
func (l *loader) warnOfUnread() {
	connections, _ := connectionNames(l.env["HALO_CONNECTIONS"])
	known := knownNames(connections)
	for _, name := range slices.Sorted(maps.Keys(l.env)) {
		if !ours(name) || slices.Contains(known, name) {
			continue
		}
		if meant := nearest(name, known); meant != "" {
			l.warn(name + " is not read. Is " + meant + " meant?")
			continue
		}
		for _, f := range connectionFields {
			rest, isHalo := strings.CutPrefix(name, "HALO_")
			connection, isField := strings.CutSuffix(rest, "_"+f.suffix)
			if isHalo && isField {
				l.warn(name + " is not read: HALO_CONNECTIONS names no connection " + strings.ToLower(connection) + ".")
				break
			}
		}
	}
}

func ours(name string) bool {
	name = strings.ToUpper(name)
	return strings.HasPrefix(name, "HALO") || strings.HasPrefix(name, "SLACK") || strings.HasPrefix(name, "PREFILL")
}

// nearest returns the known name within two slips of the pen, or "".
func nearest(name string, known []string) string {
	best, least := "", 3
	for _, k := range known {
		if d := distance(plain(name), plain(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

func plain(name string) string {
	return strings.NewReplacer("_", "", "-", "", ".", "").Replace(strings.ToUpper(name))
}

// distance is Levenshtein's: how many characters to change, add or drop.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
