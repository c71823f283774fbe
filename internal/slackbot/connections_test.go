package slackbot_test

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"halobot/internal/modals"
	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// prodAndUAT are two tenants that take each other's credentials for wrong ones, and in which a
// client's id says nothing about the other.
func prodAndUAT() []bottest.Tenant {
	return []bottest.Tenant{
		{Name: "prod", Halo: localhalo.Options{
			ClientID: "prod-app", ClientSecret: "prod-secret", FirstID: 100, DefaultTopLevel: 1,
			Clients: []localhalo.Client{{ID: 7, Name: "Known Ltd", Website: "known.example"}, {ID: 8, Name: "Prod Ltd"}},
		}},
		{Name: "uat", Halo: localhalo.Options{
			ClientID: "uat-app", ClientSecret: "uat-secret", FirstID: 500, DefaultTopLevel: 2,
			Clients: []localhalo.Client{{ID: 7, Name: "Another Ltd", Website: "another.example"}},
		}},
	}
}

const connection = "Halo connection"

func TestConnectionsKeepApart(t *testing.T) {
	t.Parallel()
	s := newOffice(t, bottest.Options{Halos: prodAndUAT()})
	prod, uat := s.Halos["prod"], s.Halos["uat"]
	s.awaitMetric(`halobot_directory_clients{connection="prod"} 2`)
	s.awaitMetric(`halobot_directory_clients{connection="uat"} 1`)

	// announced checks a message about a client of a connection.
	announced := func(m *localslack.Message, name string, id int, key string) {
		t.Helper()
		halo := s.Halos[name]
		client, ok := halo.Client(id)
		if !ok {
			t.Fatalf("%s has no client %d: %+v", name, id, halo.Clients())
		}
		if !has(m.Text, connection+": "+name, clientURL(halo, id)) {
			t.Errorf("the message says %q", m.Text)
		}
		want := map[string]any{
			"id": float64(id), "name": client.Name, "toplevel_id": float64(client.TopLevelID), "website": client.Website,
			"url": clientURL(halo, id), "connection": name, "request_id": name + "/" + key,
		}
		if diff := cmp.Diff(want, metadata(t, m)); diff != "" {
			t.Errorf("the message carries (-want +got):\n%s", diff)
		}
		if list := s.history(key); len(list) != 1 || list[0].Connection != name || list[0].ID != id {
			t.Errorf("the history is %+v", list)
		}
		if client.ID >= 100 && client.Ref != name+"/"+key {
			t.Errorf("the client's reference is %q", client.Ref)
		}
	}

	t.Run("the form begins with the default", func(t *testing.T) {
		form := s.Form(localslack.Tess, localslack.Desk, "Acme acme.com")
		if got := chosen(form); got != "prod" {
			t.Errorf("%q is chosen, want the first of HALO_CONNECTIONS", got)
		}
		s.Submit(localslack.Tess, form.ID, localslack.Values{connection: "uat"})
		s.AwaitView(localslack.Tess, "Created", connection+": ", "uat")
		announced(s.AwaitMessage(localslack.Desk, "created", "Acme"), "uat", 500, keyOf(t, form))
	})
	t.Run("what one has is not there in the other", func(t *testing.T) {
		form := s.Form(localslack.Tess, localslack.Leads, "Acme acme.com")
		s.Submit(localslack.Tess, form.ID, nil)
		announced(s.AwaitMessage(localslack.Leads, "created", "Acme"), "prod", 100, keyOf(t, form))
	})
	t.Run("an alert's own is preselected", func(t *testing.T) {
		alert := s.alert(`{"email":"jane@globex.example","connection":"uat"}`)
		form := s.opened(localslack.Tess, alert)
		if got := chosen(form); got != "uat" {
			t.Errorf("%q is chosen, want the alert's", got)
		}
		s.Submit(localslack.Tess, form.ID, localslack.Values{"Client name": "Globex"})
		announced(s.reply(alert, "created", "Globex"), "uat", 501, localslack.Team+"-"+localslack.Mail+"-"+alert.TS)
	})
	t.Run("an alert that names none of them", func(t *testing.T) {
		alert := s.alert(`{"email":"jane@initech.example","connection":"test"}`)
		form := s.opened(localslack.Tess, alert)
		if got := chosen(form); got != "" || !has(bottest.Say(form.Blocks), `names the Halo connection "test", which does not exist`) {
			t.Errorf("%q is chosen, and the form says %q", got, bottest.Say(form.Blocks))
		}
		_, err := s.Slack.SubmitView(localslack.Tess, form.ID, localslack.Values{"Client name": "Initech"})
		var refused *localslack.Refused
		if !errors.As(err, &refused) || refused.Fields[connection] == "" {
			t.Fatalf("the form could be submitted without a connection: %v", err)
		}
		s.Submit(localslack.Tess, form.ID, localslack.Values{connection: "uat"})
		announced(s.reply(alert, "created", "Initech"), "uat", 502, localslack.Team+"-"+localslack.Mail+"-"+alert.TS)
	})
	t.Run("a client that was found in one is not looked for in the other", func(t *testing.T) {
		alert := s.alert(`{"email":"jane@known.example"}`)
		s.opened(localslack.Tess, alert)
		form := s.AwaitView(localslack.Tess, "New Halo client", "Halo has", "Known Ltd", "(#7)", "same website")
		if err := s.Slack.Fill(localslack.Tess, form.ID, localslack.Values{connection: "uat"}); err != nil {
			t.Fatal(err)
		}
		s.press(localslack.Tess, form, modals.ActionUse)
		announced(s.reply(alert, "chose", "Known Ltd"), "prod", 7, localslack.Team+"-"+localslack.Mail+"-"+alert.TS)
	})
	t.Run("a ticket is in the alert's own", func(t *testing.T) {
		elsewhere := s.alert(`{"email":"a@piedpiper.example","ticket_id":17,"connection":"uat"}`)
		beside := s.alert(`{"email":"b@umbrella.example","ticket_id":17}`)
		alert := s.alert(`{"email":"c@soylent.example","ticket_id":17,"connection":"prod","on_error":"stop_all"}`)
		for email, other := range map[string]*localslack.Message{"a@piedpiper.example": elsewhere, "b@umbrella.example": beside} {
			s.opened(localslack.Tom, other)
			// The bot looks a sender up when it has kept the alert, and while the form is open.
			s.poll("the alert to be kept", func() bool {
				return slices.ContainsFunc(slices.Concat(prod.Calls(localhalo.On(localhalo.KindUsers)), uat.Calls(localhalo.On(localhalo.KindUsers))),
					func(c localhalo.Call) bool { return has(c.Query.Encode(), url.QueryEscape(email)) })
			})
			if _, err := s.Slack.CloseAll(localslack.Tom); err != nil {
				t.Fatal(err)
			}
		}
		prod.Inject(localhalo.Creating("Soylent"), 1, localhalo.Refuse(400, localhalo.Sentence, "No."))
		form := s.opened(localslack.Tess, alert)
		s.Submit(localslack.Tess, form.ID, localslack.Values{"Client name": "Soylent"})
		s.AwaitView(localslack.Tess, "Could not create")
		s.Await("the alerts of that ticket to be closed", func(now *localslack.Snapshot) bool {
			return closed(now.Message(alert.Channel, alert.TS)) && closed(now.Message(beside.Channel, beside.TS))
		})
		s.quiet()
		s.Slack.Look(func(now *localslack.Snapshot) {
			if closed(now.Message(elsewhere.Channel, elsewhere.TS)) {
				t.Error("the alert of another Halo's ticket is closed")
			}
		})
		// Also when the client is made in another Halo than the one with the ticket.
		form = s.opened(localslack.Tom, elsewhere)
		s.Submit(localslack.Tom, form.ID, localslack.Values{"Client name": "Pied Piper", connection: "prod"})
		reply := s.reply(elsewhere, "created", "Pied Piper", "#17", uat.URL()+"/ticket?id=17")
		announced(reply, "prod", 101, localslack.Team+"-"+localslack.Mail+"-"+elsewhere.TS)
	})
	t.Run("a step names its own", func(t *testing.T) {
		x := s.run(map[string]any{"name": "Hooli", "connection": " uat "})
		if ended := x.end(); ended.Outputs["id"] != "503" || ended.Outputs["toplevel_id"] != "2" || ended.Outputs["url"] != clientURL(uat, 503) {
			t.Errorf("the step ended with %+v", ended)
		}
		if ended := s.run(map[string]any{"name": "Hooli", "connection": "Test"}).end(); !has(ended.Error, `no Halo connection named "Test"`, "Nothing was created") {
			t.Errorf("the step ended with %+v", ended)
		}
	})

	// The numbers are told apart, and so are the tenants' own.
	s.quiet()
	for _, line := range []string{
		`halobot_requests_total{connection="uat",outcome="created",via="command"} 1`,
		`halobot_requests_total{connection="prod",outcome="created",via="command"} 1`,
		`halobot_requests_total{connection="uat",outcome="created",via="alert"} 2`,
		`halobot_requests_total{connection="prod",outcome="used",via="alert"} 1`,
		`halobot_requests_total{connection="uat",outcome="created",via="step"} 1`,
		`halobot_halo_calls_total{class="2xx",connection="prod",endpoint="client_create"} 2`,
		`halobot_halo_calls_total{class="2xx",connection="uat",endpoint="client_create"} 4`,
	} {
		s.awaitMetric(line)
	}
	if p, u := prod.Len(), uat.Len(); p != 4 || u != 5 {
		t.Errorf("prod has %d clients and uat %d, want 4 and 5", p, u)
	}
}

func TestAConnectionThatIsDownLeavesTheOtherWorking(t *testing.T) {
	t.Parallel()
	s := newOffice(t, bottest.Options{Halos: prodAndUAT(), Bots: -1})
	prod, uat := s.Halos["prod"], s.Halos["uat"]
	prod.Stop()
	s.Start(0)

	waiting := s.Form(localslack.Tess, localslack.Desk, "Acme acme.com")
	s.Submit(localslack.Tess, waiting.ID, nil)
	form := s.Form(localslack.Tom, localslack.Desk, "Acme acme.com")
	s.Submit(localslack.Tom, form.ID, localslack.Values{connection: "uat"})
	s.AwaitView(localslack.Tom, "Created", "Acme")
	if ended := s.run(map[string]any{"name": "Globex", "connection": "uat"}).end(); ended.Outputs["id"] != "501" {
		t.Errorf("the step ended with %+v", ended)
	}

	said, code := s.command("check")
	if code != 1 || !has(said, "✗ Halo prod token: Halo cannot be reached", "✓ Halo uat token", "✓ Halo uat clients") {
		t.Errorf("bot check ended with %d:\n%s", code, said)
	}
	s.poll("the one request to wait", func() bool {
		list := s.history(keyOf(t, waiting))
		return len(list) == 1 && list[0].Outcome == "" && list[0].Phase == "outage"
	})
	if err := prod.Start(); err != nil {
		t.Fatal(err)
	}
	s.AwaitView(localslack.Tess, "Created", "Acme")
	if p, u := len(prod.Named("Acme")), len(uat.Named("Acme")); p != 1 || u != 1 {
		t.Errorf("%d clients in prod and %d in uat, want one each", p, u)
	}
}

func TestEachConnectionHasACeilingOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newOffice(t, bottest.Options{Halos: prodAndUAT(), Env: map[string]string{"HALO_REQUESTS_PER_MINUTE": "60"}})
	var many []step // more than the ceiling lets through in a minute
	for i := range 24 {
		many = append(many, s.run(map[string]any{"name": "Acme " + strconv.Itoa(i)}))
	}
	s.poll("one of the requests to wait for the ceiling", func() bool {
		return slices.ContainsFunc(s.history(""), func(e entry) bool { return e.Connection == "prod" && e.Phase == "queued" })
	})
	if ended := s.run(map[string]any{"name": "Globex", "connection": "uat"}).end(); ended.Outputs["created"] != "true" {
		t.Errorf("the step ended with %+v", ended)
	}
	s.Slack.Look(func(now *localslack.Snapshot) {
		if !slices.ContainsFunc(many, func(x step) bool { return !now.Execution(x.id).Done }) {
			t.Error("prod's requests have all ended: it has no ceiling")
		}
	})
}

// closed reports whether an alert has lost its button.
func closed(alert *localslack.Message) bool {
	return !has(string(alert.Blocks), modals.ActionNewClient)
}

// chosen is the connection that a form's select stands on; "" is none.
func chosen(form *localslack.View) string {
	for _, element := range form.State["connection"] {
		state, _ := element.(map[string]any)
		option, _ := state["selected_option"].(map[string]any)
		value, _ := option["value"].(string)
		return value
	}
	return "no select"
}
