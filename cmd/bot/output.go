package main

import (
	"encoding/json"
	"io"
	"log/slog"

	"halobot/internal/config"
)

// printJSON prints v for people and programs alike.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// quietLog is the log of a command that answers on standard output and says by itself what it
// waits for: errors only, unless LOG_LEVEL asks for warnings or for debug.
func quietLog(cfg config.Config, stderr io.Writer) *slog.Logger {
	if cfg.LogLevel == slog.LevelInfo {
		cfg.LogLevel = slog.LevelError
	}
	return cfg.Logger(stderr)
}
