package sandbox

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"halobot/internal/sandbox/localslack"
)

// axe is the source of axe-core, from npm. Without npm the test is skipped, except where CI
// provides it.
func axe(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/axe")); err != nil {
		t.Fatal(err)
	}
	npm := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error")
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	source, err := os.ReadFile(filepath.Join(dir, "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// findings is what axe-core finds serious, or worse, in what is to be seen.
func (b *tab) findings(axe string) []string {
	b.t.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](axe+"; true")); err != nil {
		b.t.Fatal(err)
	}
	return eval[[]string](b, `axe.run(document, { resultTypes: ["violations"] }).then((r) => r.violations
		.filter((v) => ["serious", "critical"].includes(v.impact))
		.map((v) => v.id + ": " + v.help + ": " + v.nodes.map((n) => n.html.slice(0, 160)).slice(0, 3).join(" | ")))`)
}

func TestPageIsAccessible(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	source := axe(t)
	if _, err := s.slack.PostRaw(localslack.Desk, "A gallery", gallery); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Alert(t.Context(), "", samples[0]); err != nil {
		t.Fatal(err)
	}
	for _, v := range []view{{390, 844, false}, {390, 844, true}, wide, {1440, 900, true}} {
		t.Run(fmt.Sprintf("%d, dark %t", v.width, v.dark), func(t *testing.T) {
			narrow := v.width <= 820
			desk := open(t, s.tenants[0].url+"/customers?clientid=12", v)
			desk.sees("Milton Waddams")
			b := open(t, s.Address(), v)
			b.sees("Acme Rockets signed this morning", "Every kind of block")
			look := func(b *tab, what string) {
				if found := b.findings(source); len(found) > 0 {
					t.Errorf("%s:\n%s", what, strings.Join(found, "\n"))
				}
			}
			look(desk, "the desk by itself")
			look(b, "the channel")
			if narrow {
				for _, tab := range []string{"Halo", "Lab", "Traffic", "Slack"} {
					b.in("Part").click(tab)
					look(b, tab)
				}
				eval[bool](b, "eyes.choose('Channel', '#mail-alerts')")
			} else {
				b.click("Traffic")
				look(b, "the traffic")
				b.click("Traffic")
				b.in("Slack").click("mail-alerts")
			}
			b.in("Slack").click("Create client")
			b.form("New Halo client")
			look(b, "the form")
			b.in("New Halo client").click("Cancel")
			b.noForm()
			for title, asked := range map[string]string{"Created": fmt.Sprintf("Bakery %d %t", v.width, v.dark), "Already in Halo": "Initech initech.example"} {
				b.say("/halo-new-client " + asked)
				b.form("New Halo client")
				b.in("New Halo client").click("Create")
				b.in(title).sees("Open in Halo")
				look(b, title)
				b.in(title).click("Close")
				b.noForm()
			}
		})
	}
}
