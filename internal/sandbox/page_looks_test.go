package sandbox

import (
	"fmt"
	"strings"
	"testing"

	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

func TestPageKeyboardStaysInTheForm(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.Address(), wide)
	b.say("/halo-new-client")
	b.form("New Halo client")
	eval[bool](b, "eyes.until(() => eyes.keyboard() === 'Client name', () => 'the keyboard in the form')")
	var way []string
	for range 7 {
		b.press(tabKey)
		way = append(way, b.keyboardAt())
	}
	want := "Website (optional), Trading name (optional), Notes (optional), Cancel, Create, Close, Client name"
	if got := strings.Join(way, ", "); got != want {
		t.Errorf("Tab leads to\n%s, want\n%s", got, want)
	}
	b.press(escape)
	b.noForm()
	if v := b.value("Message #"); v != "" {
		t.Errorf("the command is still in the composer: %q", v)
	}
	if at := b.keyboardAt(); !strings.HasPrefix(at, "Message #service-desk") {
		t.Errorf("after Escape the keyboard is at %q", at)
	}

	// Enter submits from a line.
	b.say("/halo-new-client Acme acme.example")
	b.form("New Halo client")
	eval[bool](b, "eyes.select('Client name')")
	b.press(enter)
	b.sees("Created")
}

func TestPageTypingSurvivesTheBotsUpdates(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.Address(), wide)
	look := s.tenants[0].halo.Hold(localhalo.On(localhalo.KindUsers), localhalo.Arrived)
	if _, err := s.slack.PostByWebhook(localslack.Mail, map[string]any{
		"text": "Unknown sender",
		"blocks": []any{map[string]any{"type": "actions", "elements": []any{map[string]any{
			"type": "button", "action_id": "halo_new_client", "value": "milton@initech.example",
			"text": map[string]any{"type": "plain_text", "text": "Create client"},
		}}}},
	}); err != nil {
		t.Fatal(err)
	}
	b.in("Slack").click("mail-alerts")
	b.in("Slack").click("Create client")
	b.form("New Halo client")
	if _, err := look.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.fill("Trading name", "Half typ")
	look.Release()
	b.sees("Halo has")
	if got := b.value("Trading name"); got != "Half typ" {
		t.Errorf("the bot's update made of the typing: %q", got)
	}
	if at := b.keyboardAt(); at != "Trading name (optional)" {
		t.Errorf("the keyboard went to %q", at)
	}
	b.write("ed")
	if got := b.value("Trading name"); got != "Half typed" {
		t.Errorf("typing went on as %q", got)
	}
}

func TestPageTextStaysText(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.Address(), wide)
	const hostile = `<img src=x onerror=alert(1)> *<!channel>* <https://evil.example|Nice> _x_ &amp;`
	b.say("/halo-new-client")
	b.form("New Halo client")
	b.fill("Client name", hostile)
	b.click("Create")
	b.sees("Created")
	b.in("Halo").sees(hostile)
	b.in("Created").sees(hostile)
	if n := eval[int](b, "document.querySelectorAll('#slack img, #halo img, a[href*=\"evil\"], .mention.loud').length"); n != 0 {
		t.Errorf("%d elements came out of the name", n)
	}
}

func TestPageFitsAndIsLabelled(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	if _, err := s.slack.PostRaw(localslack.Desk, "A gallery", gallery); err != nil {
		t.Fatal(err)
	}
	for _, v := range []view{{390, 844, false}, {390, 844, true}, {768, 1024, false}, {1024, 768, true}, {1280, 800, false}, {1280, 800, true}, wide, {1440, 900, true}} {
		t.Run(fmt.Sprintf("%d, dark %t", v.width, v.dark), func(t *testing.T) {
			b := open(t, s.Address(), v)
			b.sees("Acme Rockets signed this morning", "Every kind of block")
			tabs := []string{""}
			if v.width <= 820 {
				tabs = []string{"Slack", "Halo", "Lab", "Traffic"}
			}
			for _, tab := range tabs {
				if tab != "" {
					b.in("Part").click(tab)
				}
				if over := eval[int](b, "document.documentElement.scrollWidth - innerWidth"); over > 0 {
					t.Errorf("%s is %d pixels too wide", tab, over)
				}
				nameless := eval[[]string](b, `[...document.querySelectorAll("button, a, input, select, textarea")].filter((e) => e.getClientRects().length && !eyes.name(e)).map((e) => e.outerHTML.slice(0, 120))`)
				if len(nameless) > 0 {
					t.Errorf("%s has controls without a name: %q", tab, nameless)
				}
				// Where the lab stands beside the rest, what can go wrong is to be seen without scrolling.
				if v.width >= 1280 {
					b.in("Lab").sees("Loses the answer to")
					if top := eval[float64](b, `document.querySelector("[data-part=faults] li:nth-of-type(5)").getBoundingClientRect().bottom`); top <= 0 || top > float64(v.height) {
						t.Errorf("the faults end at %.0f of %d pixels", top, v.height)
					}
				}
				if hard := eval[[]string](b, "eyes.hardToRead()"); len(hard) > 0 {
					t.Errorf("%s has texts that are hard to read: %q", tab, hard)
				}
			}
		})
	}
}

func TestPageDoesNotShift(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.Address(), wide)
	b.sees("Acme Rockets signed this morning", "Connected to Slack")
	eval[bool](b, `window.shifts = 0, new PerformanceObserver((l) => { for (const e of l.getEntries()) if (!e.hadRecentInput) shifts += e.value; }).observe({ type: "layout-shift" }), true`)
	b.say("/halo-new-client Acme Rockets acme-rockets.example")
	b.click("Create")
	b.sees("Created")
	b.in("Created").click("Close")
	b.in("Slack").sees("created Acme Rockets")
	// A new row in Halo's list and a new message move what is below and above them; no more.
	if shifts := eval[float64](b, "shifts"); shifts > 0.1 {
		t.Errorf("the layout shifted by %.3f", shifts)
	}
}

func TestPageClientsLinkLeadsToItsPage(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.tenants[0].url+"/customers?clientid=12", wide)
	b.sees("Initech Ltd", "initech.example", "Ask for Milton")
	b.click("All tickets and clients")
	b.sees("27 clients")
	b.fill("Search clients", "globex")
	b.sees("1 found", "Globex Corporation")
	b.click("Globex Corporation")
	b.sees("Inactive")
}

func TestPageShowsTheTraffic(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.Address(), wide)
	b.click("Traffic")
	b.say("/halo-new-client Acme acme.example")
	b.in("Traffic").sees("/halo-new-client", "acknowledges", "views.open")
	b.click("Create")
	b.in("Traffic").sees("POST /api/Client", "chat.postMessage")
	b.in("Traffic").click("The bot’s log")
	b.in("Traffic").sees("connected to Slack")
}
