package config

import (
	"maps"
	"slices"
	"strings"
)

// knownNames are all variables that are read with these connections; nil = a single one.
func knownNames(connections []string) []string {
	var names []string
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

// warnOfUnread looks for the variables of a connection that HALO_CONNECTIONS does not name.
func (l *loader) warnOfUnread() {
	known := knownNames(l.names)
	for _, name := range slices.Sorted(maps.Keys(l.env)) {
		rest, isHalo := strings.CutPrefix(name, "HALO_")
		if !isHalo || slices.Contains(known, name) {
			continue
		}
		for _, f := range connectionFields {
			if connection, isField := strings.CutSuffix(rest, "_"+f.suffix); isField {
				l.warn(name + " is not read: HALO_CONNECTIONS names no connection " + strings.ToLower(connection) + ".")
				break
			}
		}
	}
}
