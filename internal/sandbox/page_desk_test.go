package sandbox

import (
	"net/http"
	"net/http/cookiejar"
	"path/filepath"
	"strings"
	"testing"

	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

func TestPageAMailIsATicketThatMoves(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	halo := s.tenants[0].halo
	b := open(t, s.Address(), wide)
	b.in("Halo").sees("1 open")
	b.in("Tour").click("Let the mail come in")
	b.in("Tickets").sees("2 open", "Printer on the 3rd floor is on fire again", "jane.doe@acme-rockets.example", "Unknown")
	b.in("Slack").sees("Unknown sender")

	// Moved at Halo's own screens, or by the bot: the list shows it.
	client := halo.Add(localhalo.Client{Name: "Acme Rockets", Website: "acme-rockets.example"})
	user := halo.AddUser(localhalo.User{Name: "Jane Doe", Email: "jane.doe@acme-rockets.example", ClientID: client.ID})
	halo.AddSite(localhalo.Site{ID: client.MainSiteID, Name: "Main", ClientID: client.ID, EmailDomain: "acme-rockets.example"})
	ticket := halo.Tickets(catchAll)[0]
	halo.ChangeTicket(ticket.ID, func(t *localhalo.Ticket) { t.ClientID, t.SiteID, t.UserID = client.ID, client.MainSiteID, user.ID })
	b.in("Tickets").sees("Acme Rockets")
	if fresh := eval[bool](b, "document.querySelector('[data-row=\"ticket%d\"]').classList.contains('fresh')", ticket.ID); !fresh {
		t.Error("the moved ticket is not pointed out")
	}

	// From the client to its user to the ticket, and back.
	b.in("Clients").click("Acme Rockets")
	b.in("Halo").sees("Client 38", "E-mail domain", "acme-rockets.example", "Users 1", "Tickets 1")
	if at := b.keyboardAt(); at != "Acme Rockets" {
		t.Errorf("the keyboard is at %q, want the page's heading", at)
	}
	b.in("Halo").click("Jane Doe")
	b.in("Halo").sees("jane.doe@acme-rockets.example", "Printer on the 3rd floor")
	b.in("Halo").click("Printer on the 3rd floor")
	b.in("Halo").sees("Ticket 10482", "the big printer next to the kitchen smokes")
	b.press(escape)
	b.in("Tickets").sees("2 open")
	if at := b.keyboardAt(); !strings.HasPrefix(at, "Printer on the 3rd floor") {
		t.Errorf("back on the desk the keyboard is at %q, want the ticket that was open", at)
	}
}

func TestPageDeepLinksOpenAtTheDesk(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	for path, want := range map[string][]string{
		"/customers?clientid=12":                 {"Initech Ltd", "initech.example", "Milton Waddams", "Laptop does not wake up"},
		"/customers?mainview=client&clientid=12": {"Initech Ltd"},
		"/customers?mainview=user&userid=1":      {"Milton Waddams", "milton@initech.example", "Initech Ltd"},
		"/ticket?id=10317":                       {"Laptop does not wake up", "Initech Ltd", "Milton Waddams"},
		"/tickets?id=10317":                      {"Laptop does not wake up"},
		"/customers?clientid=999":                {"There is no client 999"},
		"/customers":                             {"Tickets", "27 clients"},
		"/":                                      {"Tickets", "27 clients"},
	} {
		t.Run(path, func(t *testing.T) {
			b := open(t, s.tenants[0].url+path, wide)
			b.in("Halo").sees(want...)
		})
	}
}

func TestPageLinksOfMessagesOpenBesideThem(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	url := s.tenants[0].url
	if _, err := s.slack.PostByWebhook(localslack.Desk, map[string]any{
		"text": "<" + url + "/customers?mainview=user&userid=1|the user>, <" + url + "/ticket?id=10317|the ticket>",
	}); err != nil {
		t.Fatal(err)
	}
	b := open(t, s.Address(), wide)
	b.in("Slack").click("the user")
	b.in("Halo").sees("User 1", "Milton Waddams")
	b.in("Slack").click("the ticket")
	b.in("Halo").sees("Ticket 10317")
}

func TestPageDatesAreDrawn(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	if _, err := s.slack.PostByWebhook(localslack.Desk, map[string]any{
		"text": "Dates",
		"blocks": []any{
			map[string]any{"type": "rich_text", "elements": []any{map[string]any{"type": "rich_text_section", "elements": []any{
				map[string]any{"type": "text", "text": "Rich: "},
				map[string]any{"type": "date", "timestamp": 1700000000, "format": "{date_num} exactly", "fallback": "never"},
			}}}},
			map[string]any{"type": "section", "text": map[string]any{"type": "mrkdwn", "text": "Plain: <!date^1700000000^on {date_num}|never>"}},
		},
	}); err != nil {
		t.Fatal(err)
	}
	b := open(t, s.Address(), wide)
	b.in("Slack").sees("Rich: 11/14/2023 exactly", "Plain: on 11/14/2023")
}

func TestPageTwoTabsAreTwoPeopleAcrossAReload(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.Address(), wide)
	b.in("Slack").sees("Tess Technician")
	// Another tab of the same browser writes down whom it sits as; this one stays who it is.
	eval[bool](b, "localStorage.setItem('sandbox person', %s) === undefined", localslack.Tom)
	eval[bool](b, "location.reload() === undefined")
	eval[bool](b, "eyes.until(() => document.querySelector('[data-part=me]')?.innerText.includes('Tess Technician'), () => 'to be Tess still')")

	tom := open(t, s.Address(), wide)
	tom.in("Slack").click("Be Tom Technician")
	tom.in("Slack").sees("You are Tom Technician")
	b.sees("Tom Technician")
	eval[bool](b, "eyes.until(() => !!document.querySelector('.person:not(.away)[aria-label*=\"Tom\"]'), () => 'Tom to be active')")
	eval[bool](b, "eyes.until(() => !!document.querySelector('.person.away[aria-label*=\"Gwen\"]'), () => 'Gwen to be away')")
}

func TestPageTheDrawerOpensAtItsEnd(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.Address(), view{1280, 600, false})
	b.say("/halo-new-client Acme acme.example")
	b.click("Create")
	b.sees("Created")
	b.click("Traffic")
	eval[bool](b, "eyes.until(() => { const l = document.querySelector('.entries'); return l.scrollHeight > l.clientHeight && l.scrollHeight - l.scrollTop - l.clientHeight < 2; }, () => 'the end of the traffic')")
}

func TestPageWhatItSaysCoversNothing(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	for _, v := range []view{{390, 844, false}, {1024, 768, false}, wide} {
		b := open(t, s.Address(), v)
		b.sees("Acme Rockets signed this morning")
		if v.width <= 820 {
			b.in("Part").click("Lab")
		} else if v.width <= 1240 {
			b.click("Lab")
		}
		b.in("Lab").click("Milton Waddams")
		b.sees("Halo knows this sender")
		over := eval[string](b, `(() => {
			const r = document.querySelector("#toast > span").getBoundingClientRect();
			const bar = document.getElementById("bar").getBoundingClientRect();
			return r.top < bar.top || r.bottom > bar.bottom || r.right > innerWidth ? JSON.stringify(r) : "";
		})()`)
		if over != "" {
			t.Errorf("at %d pixels it lies outside the bar: %s", v.width, over)
		}
	}
}

func TestPageASlowMailIsOnItsWay(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.Address(), wide)
	look := s.tenants[0].halo.Hold(localhalo.On(localhalo.KindUsers), localhalo.Arrived)
	b.in("Lab").click("Jane Doe")
	if _, err := look.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	eval[bool](b, "eyes.until(() => !!document.querySelector('.mail[aria-busy=true]'), () => 'the mail to be on its way')")
	b.in("Tickets").sees("Printer on the 3rd floor") // Halo has it already
	look.Release()
	b.in("Slack").sees("Unknown sender")
	eval[bool](b, "eyes.until(() => !document.querySelector('.mail[aria-busy=true]'), () => 'the mail to have come')")
}

func TestPageHasLandmarksAndItsHeadingsInOrder(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	for name, url := range map[string]string{"the page": s.Address(), "the desk": s.tenants[0].url + "/customers?clientid=12"} {
		b := open(t, url, wide)
		b.sees("Northgate")
		eval[bool](b, "eyes.until(() => !!document.querySelector('.related') || document.querySelectorAll('tbody tr').length > 3, () => 'the desk to be drawn')")
		levels := eval[string](b, `[...document.querySelectorAll("h1, h2, h3, h4")].filter((e) => e.getClientRects().length).map((e) => e.tagName[1]).join("")`)
		for i := 1; i < len(levels); i++ {
			if levels[i] > levels[i-1]+1 {
				t.Errorf("%s: the headings go %s", name, levels)
				break
			}
		}
		if n := eval[int](b, `document.querySelectorAll("main").length`); n != 1 {
			t.Errorf("%s has %d mains", name, n)
		}
		nameless := eval[[]string](b, `[...document.querySelectorAll("section, nav, [role=region], [role=log]")].filter((e) => e.getClientRects().length && !e.getAttribute("aria-label") && !e.closest(".card")).map((e) => e.outerHTML.slice(0, 80))`)
		if len(nameless) > 0 {
			t.Errorf("%s has parts without a name: %q", name, nameless)
		}
	}
}

func TestAnotherUserOfTheMachineMayOnlyLook(t *testing.T) {
	t.Parallel()
	s := startSandbox(t, Options{})
	press := func(client *http.Client) int {
		t.Helper()
		resp, err := client.Post(s.URL()+"/act/bot", "application/json", strings.NewReader(`{"do":"kill"}`))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	visit := func(client *http.Client, address string) int {
		t.Helper()
		resp, err := client.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	browser := func() *http.Client {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		return &http.Client{Jar: jar}
	}
	stranger := browser()
	for _, address := range []string{s.URL(), s.URL() + "/?key=", s.URL() + "/?key=guess"} {
		if status := visit(stranger, address); status != http.StatusOK {
			t.Errorf("GET %s: %d", address, status)
		}
		if status := press(stranger); status != http.StatusForbidden || !s.bot.Running() {
			t.Errorf("after %s the kill switch answers %d", address, status)
		}
	}
	owner := browser()
	visit(owner, s.Address())
	if status := press(owner); status != http.StatusOK || s.bot.Running() {
		t.Errorf("the owner's kill switch answers %d", status)
	}
}

func TestASecondSandboxOnAKeptDirectoryIsRefused(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "kept")
	s := startSandbox(t, Options{Keep: dir})
	if second, err := Start(t.Context(), Options{Keep: dir, Executable: s.opts.Executable}); err == nil || !strings.Contains(err.Error(), "in use by another sandbox") {
		if err == nil {
			second.Close()
		}
		t.Errorf("a second one: %v", err)
	}
	s.tenants[0].halo.Receive(localhalo.Mail{Name: "Jane", Address: "jane@kept.example", Subject: "Kept"})
	s.Close()
	again := startSandbox(t, Options{Keep: dir})
	tickets, users := again.tenants[0].halo.Tickets(catchAll), again.tenants[0].halo.Users(catchAll)
	if len(tickets) != 1 || tickets[0].Summary != "Kept" || len(users) != 2 || tickets[0].UserID != users[1].ID {
		t.Errorf("kept %+v, %+v", tickets, users)
	}
}
