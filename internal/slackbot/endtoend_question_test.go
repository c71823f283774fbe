package slackbot_test

import (
	"strings"
	"sync"
	"testing"

	"halobot/internal/modals"
	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

func TestCreateAnywaySaysBesideWhichClient(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{Halo: localhalo.Options{FirstID: 100, Clients: []localhalo.Client{{ID: 7, Name: "Acme Ltd"}}}})
	v := d.Ask(localslack.Tess, localslack.Desk, localslack.Values{"Client name": "Acme Ltd"})
	d.click(localslack.Tess, d.awaitModal(v.ID, "Already in Halo", "(#7)"), modals.ActionCreateAnyway)
	d.awaitModal(v.ID, "Created", "#100", "beside", "(#7)")
	d.AwaitMessage(localslack.Desk, "created", "#100", "beside", "#7")
}

// Whoever joined a request and wants another client all the same gets it by their own words, however
// they ask for it, and with their own ticks.
func TestCreateAnywayIsOfTheWordsOfWhoeverPresses(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{Halo: localhalo.Options{FirstID: 100, Clients: []localhalo.Client{{ID: 7, Name: "Acme Ltd"}}}})
	m := d.post(localslack.Mail, alert(value("email", "jane@acme.com", "name", "Acme Ltd")))
	tess, tom := d.press(localslack.Tess, m), d.press(localslack.Tom, m)
	d.lookedUp(2)
	look := d.Halo.Hold(looking, localhalo.Arrived)
	d.Submit(localslack.Tess, tess.ID, localslack.Values{"Notes": "typed by Tess"})
	d.arrived(look)
	d.Submit(localslack.Tom, tom.ID, localslack.Values{"Client name": "Acme Limited", "Notes": "typed by Tom"})
	look.Release()
	d.awaitModal(tess.ID, "Already in Halo", "(#7)")
	d.awaitModal(tom.ID, "Already in Halo", "(#7)", "typed by Tom")
	asked := d.awaitDM(localslack.Tom, "Acme Limited", "(#7)")
	d.click(localslack.Tom, asked, modals.ActionCreateAnyway)
	made := d.awaitReply(m, "created", "Acme Limited", "#100", "beside", "#7")
	if says(bottest.Say(made.Blocks), "typed by Tess") {
		t.Errorf("the thread says %s", made.Blocks)
	}
	if c := d.Halo.Named("Acme Limited"); len(c) != 1 || !says(c[0].Notes, "typed by Tom") || says(c[0].Notes, "typed by Tess") {
		t.Errorf("the clients are %+v", d.Halo.Clients())
	}
}

func TestAQuestionIsAnsweredOnTheHomeTab(t *testing.T) {
	t.Parallel()
	for action, want := range map[string]string{modals.ActionUse: "chose", modals.ActionCreateAnyway: "created"} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, bottest.Options{Halo: localhalo.Options{Clients: []localhalo.Client{{ID: 7, Name: "Acme Ltd"}}}})
			v := d.Ask(localslack.Tess, localslack.Desk, localslack.Values{"Client name": "Acme Ltd"})
			d.awaitModal(v.ID, "Already in Halo", "(#7)")
			if _, err := d.Slack.CloseAll(localslack.Tess); err != nil {
				t.Fatal(err)
			}
			d.click(localslack.Tess, d.home(localslack.Tess), action)
			d.AwaitMessage(localslack.Desk, want, "Acme Ltd")
			d.Await("the tab without the question", func(now *localslack.Snapshot) bool {
				return !strings.Contains(string(now.Home(localslack.Tess).Blocks), action)
			})
		})
	}
}

// twoAsked are two people who wait, about one alert, for a choice between Acme Ltd (#7) and a new
// client.
func twoAsked(t *testing.T, o bottest.Options) (d desk, m *localslack.Message, tess, tom *localslack.View) {
	t.Helper()
	o.Halo = localhalo.Options{FirstID: 100, Clients: []localhalo.Client{{ID: 7, Name: "Acme Ltd"}, {ID: 8, Name: "Globex"}}}
	d = newDesk(t, o)
	m = d.post(localslack.Mail, alert(value("email", "jane@acme.com", "name", "Acme Ltd")))
	tess, tom = d.press(localslack.Tess, m), d.press(localslack.Tom, m)
	d.lookedUp(2)
	look := d.Halo.Hold(looking, localhalo.Arrived)
	d.Submit(localslack.Tess, tess.ID, nil)
	d.arrived(look)
	d.Submit(localslack.Tom, tom.ID, nil)
	look.Release()
	return d, m, d.awaitModal(tess.ID, "Already in Halo", "Create anyway"), d.awaitModal(tom.ID, "Already in Halo", "Create anyway")
}

// Two people who were asked the same, and answer it in two ways, get one answer: the first.
func TestTheFirstAnswerToAQuestionHolds(t *testing.T) {
	t.Parallel()
	for first, second := range map[string]string{modals.ActionUse: modals.ActionCreateAnyway, modals.ActionCreateAnyway: modals.ActionUse} {
		for _, when := range []string{"later", "meanwhile", "at once"} {
			t.Run(first+", and the other "+when, func(t *testing.T) {
				t.Parallel()
				both(t, func(t *testing.T, env map[string]string) {
					o := bottest.Options{Env: env}
					if env != nil {
						o.Bots = 2
					}
					d, m, tess, tom := twoAsked(t, o)
					switch when {
					case "later":
						d.click(localslack.Tess, tess, first)
						d.awaitAlert(m, "✓", "Acme Ltd", "<@"+localslack.Tess+">")
						d.click(localslack.Tom, tom, second)
					case "meanwhile":
						telling := d.Slack.Hold("chat.postMessage", localslack.Before)
						d.click(localslack.Tess, tess, first)
						d.halted(telling)
						d.click(localslack.Tom, tom, second)
						telling.Release()
					default:
						var people sync.WaitGroup
						people.Go(func() { d.at(localslack.Tess, tess, first) })
						people.Go(func() { d.at(localslack.Tom, tom, second) })
						people.Wait()
					}
					var says string
					replies := 0
					d.Await("both windows to say what the alert says", func(now *localslack.Snapshot) bool {
						says, replies = bottest.Say(now.Message(m.Channel, m.TS).Blocks), len(now.Thread(m.Channel, m.TS))
						for _, user := range []string{localslack.Tess, localslack.Tom} {
							v := now.OpenView(user)
							if v == nil || v.Busy || !strings.Contains(says, "✓") || strings.Contains(bottest.Say(v.Blocks), "Create anyway") ||
								strings.Contains(says, "created by") != strings.Contains(bottest.Say(v.Blocks), "#100") {
								return false
							}
						}
						return replies > 0
					})
					created := d.Halo.Len() - 2
					if created > 1 || strings.Contains(says, "created by") != (created == 1) {
						t.Errorf("%d clients were created, and the alert says %s", created, says)
					}
					if replies != 1 {
						t.Errorf("the thread has %d answers, want one", replies)
					}
				})
			})
		}
	}
}

// Create anyway is never somebody else's choice, and one that came to nothing does not end it.
func TestCreateAnywayDoesNotCarryOutAnothersChoice(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		gone  bool
		title string
		says  []string
		made  int
	}{
		"that was carried out": {title: "Already in Halo", says: []string{"Globex", "#8", "@" + localslack.Tom, "chose it"}},
		"that came to nothing": {gone: true, title: "Created", says: []string{"Acme Ltd", "#100"}, made: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, m, tess, _ := twoAsked(t, bottest.Options{})
			if _, err := d.Slack.CloseAll(localslack.Tom); err != nil {
				t.Fatal(err)
			}
			form := d.press(localslack.Tom, m)
			d.find(localslack.Tom, d.now(form.ID), "glo")
			d.click(localslack.Tom, d.now(form.ID), existingClient, "8")
			form = d.awaitModal(form.ID, "Use a client of Halo", "Globex")
			if tt.gone {
				d.Halo.Remove(8)
			}
			d.Submit(localslack.Tom, form.ID, nil)
			if tt.gone {
				d.awaitModal(form.ID, "Could not create", "#8")
			} else {
				d.awaitAlert(m, "✓", "Globex", "<@"+localslack.Tom+">")
			}
			d.click(localslack.Tess, tess, modals.ActionCreateAnyway)
			if tt.gone { // what was shown before is not known any more, and is asked anew
				d.Await("the question once more", func(now *localslack.Snapshot) bool {
					tess = now.View(tess.ID)
					return strings.Contains(string(tess.Blocks), "-anyway")
				})
				d.click(localslack.Tess, tess, modals.ActionCreateAnyway)
			}
			d.awaitModal(tess.ID, tt.title, tt.says...)
			if made := len(d.Halo.Named("Acme Ltd")) - 1; made != tt.made {
				t.Errorf("%d clients were created, want %d", made, tt.made)
			}
		})
	}
}
