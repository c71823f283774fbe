package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"halobot/internal/config"
	"halobot/internal/text"
)

// readyCmd is for images without a shell and without curl.
type readyCmd struct{}

// Help lists the exit codes.
func (readyCmd) Help() string {
	return `Exit codes: 0 ready, 1 not ready or not running, 2 HTTP_ADDR is not set.`
}

// readyTimeout is longer than the bot itself takes to find out.
const readyTimeout = 8 * time.Second

func (readyCmd) Run(ctx context.Context, w *world) error {
	cfg, err := config.Load(w.environ, ".env", config.HTTP)
	if err != nil {
		return err
	}
	if cfg.HTTPAddr == "" {
		return &exitError{exitInvalid, errors.New("HTTP_ADDR is not set, so nothing can be asked. Set it, to 127.0.0.1:8080 say, for the bot and for this command")}
	}
	said, ready, err := askReady(ctx, cfg.HTTPAddr)
	if err != nil {
		return fmt.Errorf("no bot answers at %s", cfg.HTTPAddr)
	}
	if !ready {
		return fmt.Errorf("not ready: %s", said)
	}
	_, err = fmt.Fprintln(w.stdout, said)
	return err
}

// askReady asks the bot that serves addr whether it is ready; said is its word for it. An error says
// that none answers.
func askReady(ctx context.Context, addr string) (said string, ready bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+reachable(addr)+"/readyz", nil)
	if err != nil {
		return "", false, err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // and no proxy: it is on this machine
	resp, err := client.Do(req)
	if err != nil {
		return "", false, err
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1000))
	return text.Line(string(body)), resp.StatusCode == http.StatusOK, err
}

// reachable is the address at which a listener can be asked: one for every address of the
// machine is asked on this one.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("localhost", port)
	}
	return listen
}
