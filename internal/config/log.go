package config

import (
	"io"
	"log/slog"
)

// Logger logs to w as LOG_LEVEL and LOG_FORMAT say, without the secrets of c and without
// anything that looks like one, in whatever part of a record: messages, attributes, errors.
// What other libraries log must go through it too.
func (c Config) Logger(w io.Writer) *slog.Logger {
	w = NewRedactor(c.secrets...).Writer(w)
	options := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogJSON {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
