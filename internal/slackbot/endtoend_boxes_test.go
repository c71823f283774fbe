package slackbot_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// Each box is filed alone and together with the others, whether the client is new, one that Halo has,
// or one that somebody else is having made; and nothing else is.
func TestTheBoxesAreFiledAloneAndTogetherHoweverTheClientComesAbout(t *testing.T) {
	t.Parallel()
	subsets := []string{"", "user", "ticket", "domain", "user,ticket", "user,domain", "ticket,domain", "user,ticket,domain"}
	if testing.Short() {
		subsets = []string{"", "user,ticket,domain"}
	}
	for way, answer := range map[string]func(d desk, m *localslack.Message, ticked localslack.Values){
		"new": func(d desk, m *localslack.Message, ticked localslack.Values) {
			d.Submit(localslack.Tess, d.press(localslack.Tess, m).ID, ticked)
		},
		"existing": func(d desk, m *localslack.Message, ticked localslack.Values) {
			v := d.press(localslack.Tess, m)
			d.awaitModal(v.ID, "New Halo client", "Use this client")
			if err := d.Slack.Fill(localslack.Tess, v.ID, ticked); err != nil {
				d.Fatal(err)
			}
			d.click(localslack.Tess, d.now(v.ID), useClient)
		},
		"joined": func(d desk, m *localslack.Message, ticked localslack.Values) {
			tess, tom := d.press(localslack.Tess, m), d.press(localslack.Tom, m)
			d.awaitModal(tom.ID, "New Halo client", "Unknown") // what is known is shown, and they type
			posting := d.Halo.Hold(localhalo.On(localhalo.KindCreate), localhalo.Arrived)
			d.Submit(localslack.Tess, tess.ID, localslack.Values{"halo_filing": ""})
			d.arrived(posting)
			d.Submit(localslack.Tom, tom.ID, ticked)
			posting.Release()
		},
	} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			var clients []localhalo.Client
			if way == "existing" {
				for i := range subsets {
					clients = append(clients, localhalo.Client{ID: 100 + i, Name: fmt.Sprintf("Company %d", i), Website: fmt.Sprintf("company%d.example", i)})
				}
			}
			d := filingDesk(t, "ask", func(o *bottest.Options) { o.Halo.Clients = append(o.Halo.Clients, clients...) })
			var wrong []func()
			for i, what := range subsets {
				domain := fmt.Sprintf("company%d.example", i)
				email := "jane@" + domain
				k, m := d.mailIn([]string{localslack.Mail, localslack.Desk, localslack.Leads}[i%3], email)
				answer(d, m, localslack.Values{"halo_filing": what})
				says, has := []string{"✓"}, []string(nil)
				if strings.Contains(what, "user") {
					says, has = append(says, email+" is its user"), append(has, "user")
				}
				switch {
				case strings.Contains(what, "user,ticket"):
					says, has = append(says, fmt.Sprintf("ticket #%d moved", k.ID)), append(has, "ticket")
				case strings.Contains(what, "ticket"): // which wants a user
					says = append(says, fmt.Sprintf("ticket #%d not moved", k.ID))
				}
				if strings.Contains(what, "domain") {
					says, has = append(says, "mails from "+domain+" match it"), append(has, "domain")
				}
				d.awaitAlert(m, says...)
				client := d.Halo.Clients()[slices.IndexFunc(d.Halo.Clients(), func(c localhalo.Client) bool { return c.Website == domain })]
				wrong = append(wrong, func() {
					if got := d.has(client.ID, email, k.ID); !slices.Equal(got, has) {
						t.Errorf("%q was ticked, and %q filed", what, got)
					}
				})
			}
			for _, look := range wrong { // what is filed although nobody ticked it is there by now
				look()
			}
			if n, want := len(d.Halo.Clients()), 4+len(subsets); n != want {
				t.Errorf("%d clients, want %d", n, want)
			}
		})
	}
}

// The boxes are those of the connection that is chosen in the form: each has a HALO_FILING, a scope
// and catch-all clients of its own, and knows other people.
func TestTheBoxesFollowTheConnection(t *testing.T) {
	t.Parallel()
	tenant := func(name string, first int, granted ...string) bottest.Tenant {
		return bottest.Tenant{Name: name, Halo: localhalo.Options{
			FirstID: first, CatchAll: unknown, FirstTicket: 881, Granted: append(granted, "read:customers", "edit:customers"),
			Clients: []localhalo.Client{{ID: unknown, Name: "Unknown"}, {ID: first - 1, Name: "Globex in " + name, Website: "globex.example"}},
		}}
	}
	d := newDesk(t, bottest.Options{
		Halos: []bottest.Tenant{tenant("prod", 100, "edit:tickets"), tenant("uat", 200)},
		Env: map[string]string{
			"HALO_PROD_SCOPE": "read:customers edit:customers edit:tickets", "HALO_PROD_CATCH_ALL_CLIENTS": "12",
			"HALO_PROD_FILING": "user,ticket", "HALO_UAT_FILING": "domain",
		},
	})
	k := d.Halo.Receive(localhalo.Mail{Name: "Jane Doe", Address: "jane@globex.example", Subject: "Printer on fire"})
	m := d.post(localslack.Mail, alert(value("email", "jane@globex.example", "ticket_id", itoa(k.ID))))
	v := d.press(localslack.Tess, m)
	v = d.awaitModal(v.ID, "New Halo client", "Globex in prod")
	change := func(connection string, values localslack.Values, found string, want ...string) {
		t.Helper()
		if err := d.Slack.Fill(localslack.Tess, v.ID, values); err != nil {
			t.Fatal(err)
		}
		d.click(localslack.Tess, d.now(v.ID), "value", connection)
		v = d.awaitModal(v.ID, "New Halo client", found)
		if got := ticks(t, v); !slices.Equal(got, want) {
			t.Errorf("for %s the form offers %q, want %q", connection, got, want)
		}
	}
	if got := ticks(t, v); !slices.Equal(got, []string{"+user", "+ticket", "domain"}) {
		t.Errorf("the form offers %q", got)
	}
	change("uat", localslack.Values{"Client name": "Globex as typed", "Notes": "typed"}, "Globex in uat", "user", "+domain")
	change("prod", nil, "Globex in prod", "+user", "+ticket", "domain")
	// What somebody has changed stays.
	change("uat", localslack.Values{"halo_filing": "user,domain"}, "Globex in uat", "+user", "+domain")
	if got := typed(v); got["name"] != "Globex as typed" || got["notes"] != "typed" || got["connection"] != "uat" {
		t.Errorf("the form holds %q", got)
	}
	d.click(localslack.Tess, v, useClient)
	d.awaitAlert(m, "✓", "Globex in uat", "jane@globex.example is its user · mails from globex.example match it")
	if n := d.Halos["prod"].Count(localhalo.KindUserUpdate) + d.Halos["prod"].Count(localhalo.KindTicketUpdate); n != 0 {
		t.Errorf("%d writes in prod", n)
	}
}
