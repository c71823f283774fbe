package main

import (
	"context"
	"strconv"
	"strings"

	"halobot/internal/config"
	"halobot/internal/sandbox"
)

// sandboxCmd runs the bot, as a process of its own, against a local Slack and a local Halo.
type sandboxCmd struct {
	Port        portNumber  `placeholder:"PORT" help:"Port of the page on 127.0.0.1; any free one when left out."`
	Keep        string      `placeholder:"DIR" help:"Keep the database and Halo's clients in this directory; a temporary one, removed at the end, when left out."`
	HaloOnly    bool        `help:"Use a real Slack, with the usual SLACK_… variables, and the local Halo: to try the app in a workspace before Halo is ready."`
	Connections tenantCount `default:"1" help:"Halo tenants: 1 or 2."`
}

func (c sandboxCmd) Run(ctx context.Context, w *world) error {
	options := sandbox.Options{
		Port:        int(c.Port),
		Keep:        c.Keep,
		HaloOnly:    c.HaloOnly,
		Connections: int(c.Connections),
	}
	if c.HaloOnly {
		cfg, err := config.Load(w.environ, ".env", config.BotToken|config.AppToken|config.Rules)
		if err != nil {
			return err
		}
		options.Variables = slackVariables(cfg.Slack)
	}
	return sandbox.Run(ctx, options, w.stdout)
}

// slackVariables are those of s, for a bot that does not see this one's environment or .env.
func slackVariables(s config.Slack) map[string]string {
	return map[string]string{
		"SLACK_APP_TOKEN":          s.AppToken,
		"SLACK_BOT_TOKEN":          s.BotToken,
		"SLACK_API_URL":            s.APIURL,
		"SLACK_SOCKETS":            strconv.Itoa(s.Sockets),
		"SLACK_ALLOWED_CHANNELS":   strings.Join(s.AllowedChannels, ","),
		"SLACK_ALLOWED_USERGROUPS": strings.Join(s.AllowedUsergroups, ","),
		"SLACK_ERROR_CHANNEL":      s.ErrorChannel,
	}
}
