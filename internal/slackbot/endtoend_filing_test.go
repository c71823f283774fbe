package slackbot_test

import (
	"slices"
	"strings"
	"testing"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

const unknown = 12 // the catch-all client

// filingDesk is a desk whose Halo takes strangers' mails under Unknown, with a bot that may move tickets.
// ticked is HALO_FILING.
func filingDesk(t *testing.T, ticked string, change ...func(*bottest.Options)) desk {
	t.Helper()
	o := bottest.Options{
		Halo: localhalo.Options{
			FirstID: 4711, CatchAll: unknown, FirstTicket: 881,
			Granted: []string{"read:customers", "edit:customers", "edit:tickets"},
			Clients: []localhalo.Client{
				{ID: unknown, Name: "Unknown"}, {ID: 30, Name: "Globex", Website: "globex.example"}, {ID: 31, Name: "Hooli"},
				{ID: 32, Name: "Closed Down", Inactive: true},
			},
		},
		Env: map[string]string{
			"HALO_SCOPE": "read:customers edit:customers edit:tickets", "HALO_CATCH_ALL_CLIENTS": "12", "HALO_FILING": ticked,
		},
	}
	for _, f := range change {
		f(&o)
	}
	return newDesk(t, o)
}

// mail is a mail that Halo has taken in, and its alert.
func (d desk) mail(email string, more ...string) (localhalo.Ticket, *localslack.Message) {
	d.Helper()
	k := d.Halo.Receive(localhalo.Mail{Name: "Jane Doe", Address: email, Subject: "Printer on fire"})
	return k, d.post(localslack.Mail, alert(value(append([]string{
		"email", email, "sender_name", "Jane Doe", "ticket_id", itoa(k.ID), "subject", k.Summary,
	}, more...)...)))
}

// ticks is which checkboxes of a form are offered, with a + before those that are ticked.
func ticks(t testing.TB, v *localslack.View) (offered []string) {
	t.Helper()
	for _, b := range blocks(t, &localslack.Message{Blocks: v.Blocks}) {
		e, _ := b["element"].(object)
		if e["action_id"] != "halo_filing" {
			continue
		}
		state := string(encoded(v.State["filing"]["halo_filing"]))
		for _, o := range e["options"].([]any) {
			word := o.(object)["value"].(string)
			if strings.Contains(state, `"value":"`+word+`"`) {
				word = "+" + word
			}
			offered = append(offered, word)
		}
	}
	return offered
}

// filed waits until Halo has what was ticked, and nothing else.
func (d desk) filed(client int, email string, ticket int, what ...string) {
	d.Helper()
	d.AwaitHalo("the filing of "+strings.Join(what, " and "), d.Halo, func() bool {
		return slices.Equal(d.has(client, email, ticket), what)
	})
}

// has is what of user, ticket and domain Halo has at the client.
func (d desk) has(client int, email string, ticket int) (what []string) {
	users := d.Halo.Users(client)
	if slices.ContainsFunc(users, func(u localhalo.User) bool { return strings.EqualFold(u.Email, email) }) {
		what = append(what, "user")
	}
	if k, _ := d.Halo.Ticket(ticket); k.ClientID == client {
		what = append(what, "ticket")
	}
	if slices.ContainsFunc(d.Halo.Sites(client), func(s localhalo.Site) bool { return s.EmailDomain != "" }) {
		what = append(what, "domain")
	}
	return what
}

func TestAnAlertIsFiledInTwoClicks(t *testing.T) {
	t.Parallel()
	d := filingDesk(t, "user,ticket,domain")
	k, m := d.mail("jane@acme.com")
	v := d.press(localslack.Tess, m)
	if got := ticks(t, v); !slices.Equal(got, []string{"+user", "+ticket", "+domain"}) {
		t.Errorf("the form offers %q", got)
	}
	d.Submit(localslack.Tess, v.ID, nil)
	d.filed(4711, "jane@acme.com", k.ID, "user", "ticket", "domain")
}

func TestOnlyWhatIsTickedIsFiled(t *testing.T) {
	t.Parallel()
	for _, what := range [][]string{{}, {"user"}, {"domain"}, {"user", "ticket"}, {"user", "domain"}} {
		t.Run(strings.Join(what, "+"), func(t *testing.T) {
			t.Parallel()
			d := filingDesk(t, "ask")
			k, m := d.mail("jane@acme.com")
			v := d.press(localslack.Tess, m)
			if got := ticks(t, v); !slices.Equal(got, []string{"user", "ticket", "domain"}) {
				t.Errorf("the form offers %q", got)
			}
			d.Submit(localslack.Tess, v.ID, localslack.Values{"halo_filing": strings.Join(what, ",")})
			d.awaitAlert(m, "✓", "#4711")
			d.filed(4711, "jane@acme.com", k.ID, what...)
		})
	}
}

func TestOnlyWhatAppliesIsOffered(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		filing  string
		value   []string
		change  func(*bottest.Options)
		offered []string
		says    string
	}{
		{"a private address has no domain", "user,ticket,domain", []string{"email", "jane@gmail.com", "ticket_id", "0881"}, nil, []string{"+user", "+ticket"}, ""},
		{"no ticket", "user,ticket,domain", []string{"email", "jane@acme.com"}, nil, []string{"+user", "+domain"}, ""},
		{"a ticket that is no number", "ask", []string{"email", "jane@acme.com", "ticket_id", "abc"}, nil, []string{"user", "domain"}, ""},
		{"nobody's address", "user", []string{"name", "Acme", "ticket_id", "881"}, nil, nil, ""},
		{"filing is off", "off", []string{"email", "jane@acme.com", "ticket_id", "881"}, nil, nil, ""},
		{"no catch-all client is configured", "ask", []string{"email", "jane@acme.com", "ticket_id", "881"}, func(o *bottest.Options) {
			o.Env["HALO_CATCH_ALL_CLIENTS"] = ""
		}, []string{"user", "domain"}, ""},
		{"the scope does not allow it", "ask", []string{"email", "jane@acme.com", "ticket_id", "881"}, func(o *bottest.Options) {
			o.Env["HALO_SCOPE"] = ""
		}, []string{"user", "domain"}, ""},
		{"the MSP's own address", "user", []string{"email", "tess@own.example", "ticket_id", "881"}, func(o *bottest.Options) {
			o.Env["OWN_DOMAINS"] = "own.example"
		}, nil, ""},
		{"nobody vouches for it", "user,ticket,domain", []string{"email", "jane@acme.com", "ticket_id", "881"}, func(o *bottest.Options) {
			o.Env["AUTHSERV_ID"] = "mx.own.example"
		}, []string{"user", "ticket", "domain"}, "does not confirm that this mail is from whom it says"},
		{"the flow vouches for it", "user,ticket,domain", []string{"email", "jane@acme.com", "ticket_id", "881", "verified", "pass"}, func(o *bottest.Options) {
			o.Env["AUTHSERV_ID"] = "mx.own.example"
		}, []string{"+user", "+ticket", "+domain"}, ""},
		{"a forged mail", "user,ticket,domain", []string{"email", "jane@acme.com", "ticket_id", "881", "verified", "fail"}, nil, nil, "failed verification"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := filingDesk(t, c.filing, func(o *bottest.Options) {
				if c.change != nil {
					c.change(o)
				}
			})
			v := d.press(localslack.Tess, d.post(localslack.Mail, alert(value(c.value...))))
			if got := ticks(t, v); !slices.Equal(got, c.offered) {
				t.Errorf("the form offers %q, want %q", got, c.offered)
			}
			if !strings.Contains(string(v.Blocks), c.says) {
				t.Errorf("the form does not say %q: %s", c.says, v.Blocks)
			}
		})
	}
}

func TestAForgedMailIsNeverFiledAndCreatingAsksOnceMore(t *testing.T) {
	t.Parallel()
	d := filingDesk(t, "user,ticket,domain")
	k, m := d.mail("jane@acme.com", "verified", "fail")
	v := d.press(localslack.Tess, m)
	d.Submit(localslack.Tess, v.ID, localslack.Values{"Client name": "Acme Typed", "Notes": "typed"})
	v = d.awaitModal(v.ID, "New Halo client", "This mail failed verification", "Nothing was created")
	if got := typed(v); got["name"] != "Acme Typed" || got["notes"] != "typed" || v.Submit != "Create all the same" || d.Halo.Count(localhalo.KindCreate) > 0 {
		t.Errorf("the form asks with %q and %q", v.Submit, got)
	}
	d.Submit(localslack.Tess, v.ID, nil)
	d.awaitAlert(m, "✓", "Acme Typed", "#4711")
	d.awaitReply(m, "Acme Typed")
	if got := d.has(4711, "jane@acme.com", k.ID); got != nil {
		t.Errorf("filed: %q", got)
	}
}

func TestTheMessageShortcutFilesToo(t *testing.T) {
	t.Parallel()
	d := filingDesk(t, "user,domain")
	m, err := d.Slack.PostAsOtherApp(localslack.Desk, "From: Jane Doe <jane@acme.com>", nil)
	if err != nil {
		t.Fatal(err)
	}
	v := d.choose(localslack.Tess, m)
	if got := ticks(t, v); !slices.Equal(got, []string{"+user", "+domain"}) {
		t.Errorf("the form offers %q", got)
	}
	d.Submit(localslack.Tess, v.ID, nil)
	d.filed(4711, "jane@acme.com", 0, "user", "domain")
	if users := d.Halo.Users(4711); !slices.ContainsFunc(users, func(u localhalo.User) bool { return u.Name == "Jane Doe" }) {
		t.Errorf("the users are %+v", users)
	}
}
