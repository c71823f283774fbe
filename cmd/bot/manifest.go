package main

import "halobot/internal/slackbot"

// manifestCmd prints the Slack app's manifest.
type manifestCmd struct {
	WorkflowStep bool `help:"Add the Workflow Builder step create_halo_client. Needs a paid Slack plan."`
}

func (c manifestCmd) Run(w *world) error { return slackbot.WriteManifest(w.stdout, c.WorkflowStep) }
