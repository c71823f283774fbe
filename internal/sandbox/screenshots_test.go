package sandbox

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

var screenshots = flag.Bool("screenshots", false, "renew the README's pictures in docs/")

// TestScreenshots renews the README's pictures from the real page:
//
//	go test ./internal/sandbox -run 'Screenshots$' -screenshots
//
// They look best with the fonts of Debian's fonts-inter and fonts-noto-color-emoji.
func TestScreenshots(t *testing.T) {
	if !*screenshots {
		t.Skip("only with -screenshots")
	}
	s := startForPage(t, Options{})
	b := open(t, s.Address(), view{width: 1180, height: 740})
	command(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 1180, Height: 740, DeviceScaleFactor: 1.5})
	b.sees("Acme Rockets signed this morning")
	b.in("Tour").click("End the tour") // out of the picture

	b.say("/halo-new-client Acme Rockets acme-rockets.example")
	b.form("New Halo client")
	b.fill("Notes", "Signed this morning. Two sites, 40 people.")
	b.picture("modal")

	b.click("Create")
	b.sees("Created")
	b.in("Created").click("Close")
	b.noForm()
	b.in("Slack").sees("created Acme Rockets")
	b.picture("created")

	if _, err := s.Alert(t.Context(), "", samples[2]); err != nil {
		t.Fatal(err)
	}
	b.in("Slack").click("mail-alerts")
	b.in("Slack").click("Create client")
	b.form("New Halo client")
	b.click("Create")
	b.sees("Created")
	b.in("Created").click("Close")
	b.noForm()
	b.in("Slack").sees("created by @Tess Technician", "1 reply")
	b.picture("alert")
}

// picture puts what is to be seen into docs/NAME.png, once it has come to rest.
func (b *tab) picture(name string) {
	b.t.Helper()
	eval[bool](b, "Promise.all(document.getAnimations().map((a) => a.finish())).then(() => document.activeElement.blur()).then(() => true)")
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("..", "..", "docs", name+".png"), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
