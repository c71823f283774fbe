package slackbot_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// known is a Halo with a client for a website, one for a user's address, and a catch-all.
func known() localhalo.Options {
	return localhalo.Options{
		FirstID: 4711,
		Clients: []localhalo.Client{
			{ID: 1, Name: "Unknown senders", Website: "catchall.example"},
			{ID: 12, Name: "Acme Ltd", Website: "https://www.acme.com/"},
			{ID: 13, Name: "Globex GmbH", Website: "globex.example"},
		},
		Users: []localhalo.User{
			{ID: 1, Name: "Jane Doe", Email: "Jane@Initech.example", ClientID: 13},
			{ID: 2, Name: "Carl Catch", Email: "carl@vandelay.example", ClientID: 1},
			{ID: 3, Name: "Not Jane", Email: "not-jane@stark.example", ClientID: 13},
		},
	}
}

func TestASenderWhomHaloKnowsAfterAllIsShownBesideWhatIsTyped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, email string
		says        []string
		id          int
	}{
		{"a user has the address", "jane@initech.example", []string{"Globex GmbH", "(#13)"}, 13},
		{"a client has the website", "new@acme.com", []string{"Halo has Acme Ltd", "(#12)", ": same website"}, 12},
		{"a client has the website of the registrable domain", "new@mail.acme.com", []string{"Halo has Acme Ltd", "(#12)", ": same website"}, 12},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, bottest.Options{Halo: known()})
			m := d.post(localslack.Mail, alert(value("email", c.email, "ticket_id", "881")))
			asking := d.Halo.Hold(localhalo.On(localhalo.KindUsers), localhalo.Arrived)
			v := d.press(localslack.Tess, m)
			d.arrived(asking)
			if err := d.Slack.Fill(localslack.Tess, v.ID, localslack.Values{"Client name": "Half a na", "Notes": "typed\nmeanwhile"}); err != nil {
				t.Fatal(err)
			}
			before := typed(d.now(v.ID))
			asking.Release()
			shown := d.awaitModal(v.ID, "New Halo client", "Use this client")
			if text := strings.Join(strings.Fields(bottest.Say(shown.Blocks)), " "); !says(plain(text), c.says...) {
				t.Errorf("the modal says %q", text)
			}
			if diff := cmp.Diff(before, typed(shown)); diff != "" {
				t.Errorf("the update touched what was typed (-before +after):\n%s", diff)
			}

			d.click(localslack.Tess, shown, "halo_use_client")
			d.awaitModal(v.ID, "Already in Halo", "nothing was created")
			url := d.Halo.URL() + "/customers?clientid=" + itoa(c.id)
			settled := d.awaitAlert(m, "✓", "was already in Halo, chosen by <@"+localslack.Tess+">", url)
			checkSettled(t, m, settled, false)
			d.awaitReply(m, "chose", url, "File the sender…")
			if n := d.Halo.Count(localhalo.KindCreate); n != 0 {
				t.Errorf("%d clients were asked for", n)
			}
		})
	}
}

// plain is text without the addresses of links that Say puts behind their labels.
func plain(text string) string {
	words := strings.Fields(text)
	kept := words[:0]
	for _, w := range words {
		if !strings.HasPrefix(w, "http://") {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, " ")
}

func TestNobodyIsOfferedWhereOnlyTheCatchAllOrANamesakeMatches(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{Halo: known(), Env: map[string]string{"HALO_CATCH_ALL_CLIENTS": "1"}})
	for i, c := range []struct{ name, email, client string }{
		{"the sender was filed under the catch-all", "carl@vandelay.example", "Vandelay"},
		{"the catch-all has the website", "x@catchall.example", "Catchall"},
		{"another's address ends in this one", "jane@stark.example", "Stark"},
		{"free mail", "acme@gmail.com", ""},
	} {
		v := d.press(localslack.Tess, d.post(localslack.Mail, alert(value("email", c.email))))
		d.lookedUp(i + 1)
		if got := typed(v)["name"]; got != c.client {
			t.Errorf("%s: the name is %q", c.name, got)
		}
	}
	// Whatever was found would have been drawn by the time a later click is answered.
	v := d.press(localslack.Tess, d.post(localslack.Mail, alert(value("email", "new@acme.com"))))
	d.awaitModal(v.ID, "New Halo client", "Use this client")
	entries, _ := d.Slack.Traffic(0)
	for _, e := range entries {
		if e.Method == "views.update" && strings.Contains(string(e.Sent), useClient) && !strings.Contains(string(e.Sent), "#12") {
			t.Errorf("a form offers to use somebody: %s", e.Sent)
		}
	}
}

func TestAnUnknownSenderIsCreatedThoughTheCatchAllHasHim(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{Halo: known(), Env: map[string]string{"HALO_CATCH_ALL_CLIENTS": "1"}})
	m := d.post(localslack.Mail, alert(value("email", "carl@vandelay.example", "ticket_id", "881")))
	v := d.press(localslack.Tess, m)
	d.Submit(localslack.Tess, v.ID, nil)
	d.AwaitClients(d.Halo, "Vandelay", 1)
	d.awaitReply(m, "created", "#4711", "File the sender…")
}

func TestAFormThatWasOpenedLateIsLookedUpToo(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{Halo: known()})
	m := d.post(localslack.Mail, alert(value("email", "new@acme.com")))
	d.Slack.Fail("views.open", 1, "expired_trigger_id")
	d.click(localslack.Tess, m, createClient)
	told := d.AwaitAside(localslack.Tess, "Open the form")
	v := d.opened(d.Slack.Click(localslack.Tess, told, "halo_reopen"))
	shown := d.awaitModal(v.ID, "New Halo client", "Halo has", "Acme Ltd", "(#12)", "same website")
	d.click(localslack.Tess, shown, "halo_use_client")
	checkSettled(t, m, d.awaitAlert(m, "✓", "#12", "chosen by <@"+localslack.Tess+">"), false)
}
