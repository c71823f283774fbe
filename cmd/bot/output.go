package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"strings"
	"unicode"

	"halobot/internal/config"
)

// printJSON prints v for people and programs alike.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// printable is s on one line, without what a terminal would take for a command.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsPrint(r), r == '\u200d': // emoji are joined with it
			return r
		}
		return -1
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// quietLog is the log of a command that answers on standard output and says by itself what it
// waits for: errors only, unless LOG_LEVEL asks for warnings or for debug.
func quietLog(cfg config.Config, stderr io.Writer) *slog.Logger {
	if cfg.LogLevel == slog.LevelInfo {
		cfg.LogLevel = slog.LevelError
	}
	return cfg.Logger(stderr)
}
