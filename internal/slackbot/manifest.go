package slackbot

import (
	_ "embed"
	"io"
	"text/template"
)

// The manifest is of schema version 2 (docs.slack.dev/reference/app-manifest). Where what stands
// in it has a reason that does not show:
//
//   - a step needs an org-ready app, also in a workspace of its own
//     (docs.slack.dev/workflows/workflow-steps);
//   - without its Messages tab an app may not write to people (messages_tab_disabled);
//   - chat:write.public posts in public channels without an invitation, team:read tells the
//     workspace's own mail domains, channels:read and groups:read are for bot check, the
//     histories for bot alert; what each scope is for in the end stands in check.go;
//   - the step's names are in use by people's workflows: renaming one breaks them.
//
//go:embed manifest.json.tmpl
var manifestText string

var manifest = template.Must(template.New("manifest").Parse(manifestText))

// WriteManifest writes the Slack app's manifest as JSON, with the step of Workflow Builder or
// without. The error is w's.
func WriteManifest(w io.Writer, workflowStep bool) error {
	return manifest.Execute(w, struct{ WorkflowStep bool }{workflowStep})
}
