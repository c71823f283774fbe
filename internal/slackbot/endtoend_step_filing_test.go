package slackbot_test

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

const catchAll = 12

// filingOffice is one whose Halo has a catch-all client, and lets tickets be moved.
func filingOffice(t *testing.T, env map[string]string) office {
	t.Helper()
	all := map[string]string{
		"HALO_SCOPE": "read:customers edit:customers edit:tickets", "HALO_CATCH_ALL_CLIENTS": strconv.Itoa(catchAll),
		"HALO_REQUESTS_PER_MINUTE": "0", "HALO_SETTLE_TIME": "1s",
	}
	for name, value := range env {
		all[name] = value
	}
	return newOffice(t, bottest.Options{
		Halo: localhalo.Options{
			Granted:  []string{"read:customers", "edit:customers", "edit:tickets"},
			CatchAll: catchAll, Clients: []localhalo.Client{{ID: catchAll, Name: "Unknown"}}, FirstID: 4711, DefaultTopLevel: 1,
		},
		Env: all,
	})
}

// install installs the app with the manifest that the bot prints: the step's inputs and outputs
// are held to it.
func (s office) install() {
	s.Helper()
	manifest, code := s.command("manifest", "--workflow-step")
	if code != 0 {
		s.Fatalf("bot manifest ended with %d", code)
	}
	if err := s.Slack.Install([]byte(manifest)); err != nil {
		s.Fatal(err)
	}
}

func TestAWorkflowGoesOnWhenItsSenderIsFiled(t *testing.T) {
	t.Parallel()
	s := filingOffice(t, nil)
	s.install()
	// ends checks how a step ends whose client is there.
	ends := func(t *testing.T, x step, id int, created, user string, moved, set bool, problem ...string) {
		t.Helper()
		ended := x.end()
		client, _ := s.Halo.Client(id)
		said, _ := ended.Outputs["error"].(string)
		want := map[string]any{
			"id": strconv.Itoa(id), "name": client.Name, "toplevel_id": "1", "website": client.Website,
			"url": clientURL(s.Halo, id), "created": created, "error": said,
			"user_id": user, "ticket_moved": strconv.FormatBool(moved), "domain_set": strconv.FormatBool(set),
		}
		if diff := cmp.Diff(want, ended.Outputs); diff != "" || ended.Error != "" {
			t.Errorf("the step ended with the error %q and these outputs (-want +got):\n%s", ended.Error, diff)
		}
		if !has(said, problem...) || len(problem) == 0 && said != "" {
			t.Errorf("the step says %q, want %q", said, problem)
		}
	}
	user := func(client int, email string) string {
		for _, u := range s.Halo.Users(client) {
			if u.Email == email {
				return strconv.Itoa(u.ID)
			}
		}
		return "nobody"
	}
	receive := func(address string) string {
		return strconv.Itoa(s.Halo.Receive(localhalo.Mail{Name: "Jane Doe", Address: address, Subject: "Printer"}).ID)
	}

	t.Run("all of it", func(t *testing.T) {
		ticket := receive("jane@acme.com")
		x := s.run(map[string]any{
			"name": "Acme Ltd", "website": "acme.com", "sender_email": "Jane Doe <Jane@ACME.com>", "ticket_id": ticket, "filing": " User, ticket,domain",
		})
		x.end()
		ends(t, x, 4711, "true", user(4711, "jane@acme.com"), true, true)
		id, _ := strconv.Atoi(ticket)
		if now, _ := s.Halo.Ticket(id); now.ClientID != 4711 {
			t.Errorf("the ticket is %+v", now)
		}
	})
	t.Run("under a client that is there", func(t *testing.T) {
		x := s.run(map[string]any{"name": "Acme Ltd", "sender_email": "joe@acme.com", "sender_name": "Joe", "filing": "user"})
		x.end()
		ends(t, x, 4711, "false", user(4711, "joe@acme.com"), false, false)
	})
	t.Run("what cannot be filed", func(t *testing.T) {
		ticket := receive("bob@victim.example")
		x := s.run(map[string]any{"name": "Globex", "sender_email": "eve@gmail.com", "ticket_id": ticket, "filing": "user,ticket,domain"})
		x.end()
		ends(t, x, 4712, "true", user(4712, "eve@gmail.com"), false, false, "is from bob@victim.example", "gmail.com is no company's")
		x = s.run(map[string]any{"name": "Globex", "filing": "user"})
		ends(t, x, 4712, "false", "", false, false, "no e-mail address")
	})
	t.Run("what Halo refuses", func(t *testing.T) {
		s.Halo.Inject(localhalo.On(localhalo.KindUserCreate), 1, localhalo.Refuse(400, localhalo.Sentence, "A cost centre is mandatory"))
		x := s.run(map[string]any{"name": "Initech", "website": "initech.example", "sender_email": "ina@initech.example", "filing": "user,domain"})
		ends(t, x, 4713, "true", "", false, true, "A cost centre is mandatory")
	})
	t.Run("no client, nothing filed", func(t *testing.T) {
		s.Halo.Inject(localhalo.Creating("Hooli"), 1, localhalo.Refuse(400, localhalo.Sentence, "No room"))
		ended := s.run(map[string]any{"name": "Hooli", "sender_email": "h@hooli.example", "filing": "user", "on_error": "continue"}).end()
		if !has(ended.Outputs["error"].(string), "No room") || ended.Outputs["user_id"] != "" || ended.Outputs["ticket_moved"] != "false" {
			t.Errorf("the step ended with %+v", ended)
		}
	})
	t.Run("an input that cannot be accepted", func(t *testing.T) {
		ended := s.run(map[string]any{"name": "Umbrella", "filing": "user,site"}).end()
		if !has(ended.Error, "The input filing must be a list of user, ticket, domain", "Nothing was created") || posts(s.Halo, "Umbrella") != 0 {
			t.Errorf("the step ended with %+v", ended)
		}
	})
	s.Slack.Look(func(now *localslack.Snapshot) {
		for _, c := range now.Channels() {
			if list := now.Messages(c.ID); len(list) > 0 {
				t.Errorf("%d messages in %s, want none: the workflow has the answer", len(list), c.Name)
			}
		}
	})
}

func TestAStepIsAnsweredWhenItsFilingHasEndedThoughTheBotIsKilled(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("kills and restarts processes")
	}
	for name, kind := range map[string]localhalo.Kind{
		"while the client is made":     localhalo.KindCreate,
		"while the user is made":       localhalo.KindUserCreate,
		"while the domain is set":      localhalo.KindSiteUpdate,
		"before the user is looked up": localhalo.KindUsers,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := filingOffice(t, nil)
			held := s.Halo.Hold(localhalo.On(kind), localhalo.Stored)
			x := s.run(map[string]any{"name": "Acme Ltd", "sender_email": "jane@acme.com", "filing": "user,domain"})
			arrived(s.Stage, held)
			s.Slack.Look(func(now *localslack.Snapshot) {
				if now.Execution(x.id).Done {
					t.Error("the step has ended before its filing")
				}
			})
			s.Kill(0)
			held.Drop()
			s.Await("the dead bot's sockets to go", func(now *localslack.Snapshot) bool { return now.Sockets() == 0 })
			s.Start(0)
			ended := x.end()
			users := s.Halo.Users(4711)
			if s.Halo.Len() != 2 || len(users) != 1 || ended.Outputs["user_id"] != strconv.Itoa(users[0].ID) || ended.Outputs["domain_set"] != "true" || ended.Outputs["error"] != "" {
				t.Errorf("the users are %+v, and the step ended with %+v", users, ended)
			}
		})
	}
}
