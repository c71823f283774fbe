package main

import (
	"bytes"
	"strings"
	"testing"

	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// command runs the command line in this process.
func command(t *testing.T, environ map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var list []string
	for name, value := range environ {
		list = append(list, name+"="+value)
	}
	var out, errs bytes.Buffer
	code = run(t.Context(), args, list, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

func TestCheckTellsTokensOfTwoAppsFromEachOther(t *testing.T) {
	t.Parallel()
	for app, want := range map[string]int{localslack.App: exitOK, localslack.OtherApp: exitFailed} {
		workspace := localslack.Start(localslack.Options{AppToken: "xapp-1-" + app + "-1-local"})
		t.Cleanup(workspace.Close)
		tenant := localhalo.New(localhalo.Options{})
		if err := tenant.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(tenant.Close)
		code, stdout, stderr := command(t, map[string]string{
			"SLACK_API_URL":      workspace.APIURL(),
			"SLACK_APP_TOKEN":    workspace.AppToken(),
			"SLACK_BOT_TOKEN":    workspace.BotToken(),
			"HALO_URL":           tenant.URL(),
			"HALO_CLIENT_ID":     localhalo.DefaultClientID,
			"HALO_CLIENT_SECRET": localhalo.DefaultClientSecret,
			"DATABASE_URL":       "sqlite:" + t.TempDir() + "/bot.db",
		}, "check")
		said := strings.Contains(stdout, "✗ Tokens: SLACK_BOT_TOKEN belongs to the app "+localslack.App+", SLACK_APP_TOKEN to "+localslack.OtherApp)
		if code != want || said != (want == exitFailed) {
			t.Errorf("app %s: exit %d\n%s%s", app, code, stdout, stderr)
		}
	}
}
