package sandbox

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"halobot/internal/sandbox/localhalo"
)

var surfaces = flag.String("surfaces", "", "a directory for pictures of every surface, at four widths and in both schemes")

// TestScreenshotsOfEverySurface takes pictures of the page, for a person to look at:
//
//	go test ./internal/sandbox -run Surface -surfaces /tmp/surfaces
func TestScreenshotsOfEverySurface(t *testing.T) {
	if *surfaces == "" {
		t.Skip("only with -surfaces")
	}
	if err := os.MkdirAll(*surfaces, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, v := range []view{{390, 844, false}, {1024, 768, false}, {1280, 800, false}, {1440, 900, false}, {390, 844, true}, {1024, 768, true}, {1280, 800, true}, {1440, 900, true}} {
		t.Run(fmt.Sprintf("%d, dark %t", v.width, v.dark), func(t *testing.T) {
			s := startForPage(t, Options{})
			b := open(t, s.Address(), v)
			command(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: v.width, Height: v.height, DeviceScaleFactor: 1})
			narrow, n := v.width <= 820, 0
			look := func(name, tab string) {
				if narrow && tab != "" {
					b.in("Part").click(tab)
				}
				n++
				eval[bool](b, "Promise.all(document.getAnimations().map((a) => { try { a.finish() } catch { a.cancel() } })).then(() => true)")
				png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
				if err != nil {
					t.Fatal(err)
				}
				scheme := "light"
				if v.dark {
					scheme = "dark"
				}
				file := filepath.Join(*surfaces, fmt.Sprintf("%d-%s-%02d-%s.png", v.width, scheme, n, name))
				if err := os.WriteFile(file, png, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			b.sees("Acme Rockets signed this morning")
			look("start", "")
			if over := !narrow && v.width <= 1240; over {
				b.click("Lab")
				look("lab", "")
				b.click("Lab")
			} else {
				look("lab", "Lab")
			}
			look("desk", "Halo")
			if _, err := s.Alert(t.Context(), "", samples[0]); err != nil {
				t.Fatal(err)
			}
			if narrow {
				b.in("Part").click("Slack")
				eval[bool](b, "eyes.choose('Channel', '#mail-alerts')")
			} else {
				b.in("Slack").click("mail-alerts")
			}
			b.in("Slack").sees("Unknown sender")
			look("alert", "Slack")
			look("ticket-listed", "Halo")
			if narrow {
				b.in("Part").click("Slack")
			}
			b.in("Slack").click("Create client")
			b.form("New Halo client")
			look("form", "")
			b.in("New Halo client").click("Create")
			b.in("Created").sees("Check SLA and agreement", "Halo matches later mails")
			look("created", "")
			b.in("Created").click("Close")
			b.noForm()
			b.in("Slack").sees("created by @Tess Technician", "1 reply")
			look("settled", "")
			b.in("Slack").click("1 reply")
			b.in("Thread").sees("created Acme Rockets")
			look("thread", "")
			b.in("Thread").click("Close thread")
			result := func(asked, title, says, picture string) {
				b.say("/halo-new-client " + asked)
				b.form("New Halo client")
				b.in("New Halo client").click("Create")
				b.in(title).sees(says)
				look(picture, "")
				b.in(title).click("Close")
				b.noForm()
			}
			result("Initech initech.example", "Already in Halo", "Use this client", "already-in-halo")
			s.tenants[0].halo.Inject(localhalo.On(localhalo.KindCreate), 1, localhalo.Refuse(http.StatusBadRequest, localhalo.Message, "An account manager has to be chosen."))
			result("Bakery bakery.example", "Could not create", "An account manager has to be chosen", "refused")
			if narrow {
				b.in("Part").click("Halo")
			}
			b.in("Halo").click("Acme Rockets")
			look("client", "")
			b.in("Halo").click("All tickets and clients")
			b.in("Halo").click("Printer on the 3rd floor")
			look("ticket", "")
			if narrow {
				b.in("Part").click("Slack")
				eval[bool](b, "eyes.choose('Channel', 'Halo Clients')")
			} else {
				b.in("Slack").click("Halo Clients")
			}
			look("home", "")
			if narrow {
				b.in("Part").click("Traffic")
			} else {
				b.click("Traffic")
			}
			look("traffic", "")
		})
	}
}
