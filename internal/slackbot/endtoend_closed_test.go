package slackbot_test

import (
	"fmt"
	"testing"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

func TestAFormThatIsClosedAsksHaloNoMore(t *testing.T) {
	t.Parallel()
	for name, close := range map[string]func(d desk, v *localslack.View) (*localslack.Interaction, error){
		"by Cancel": func(d desk, v *localslack.View) (*localslack.Interaction, error) {
			return d.Slack.CloseView(localslack.Tess, v.ID)
		},
		"by the cross": func(d desk, _ *localslack.View) (*localslack.Interaction, error) {
			return d.Slack.CloseAll(localslack.Tess)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, bottest.Options{Halo: known()})
			m := d.post(localslack.Mail, alert(value("email", "jane@initech.example")))
			asking := d.Halo.Hold(localhalo.On(localhalo.KindUsers), localhalo.Arrived)
			v := d.press(localslack.Tess, m)
			d.arrived(asking)
			closed, err := close(d, v)
			if err != nil || closed == nil {
				t.Fatalf("%v; was the bot told? %v", err, closed != nil)
			}
			d.Acked(closed)
			ctx, cancel := d.Patience()
			defer cancel()
			if err := d.Bots[0].WaitFor(ctx, "the sender could not be looked up"); err != nil {
				t.Errorf("the call goes on: %v", err)
			}
			asking.Release()
		})
	}
}

// TestFormsThatWereClosedDelayNoCreate opens and closes forty forms, which is far more than the ceiling
// has room for, and has another person create a client then.
func TestFormsThatWereClosedDelayNoCreate(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{Halo: known(), Env: map[string]string{"HALO_REQUESTS_PER_MINUTE": "60"}})
	for i := range 40 {
		m := d.post(localslack.Mail, alert(value("email", fmt.Sprintf("jane@stranger-%d.example", i))))
		v := d.press(localslack.Tess, m)
		closed, err := d.Slack.CloseView(localslack.Tess, v.ID)
		if err != nil {
			t.Fatal(err)
		}
		d.Acked(closed)
	}
	asked := d.Halo.Count(localhalo.KindUsers)
	d.Ask(localslack.Tom, localslack.Desk, localslack.Values{"Client name": "Vehement Ltd"})
	d.AwaitClients(d.Halo, "Vehement Ltd", 1)
	if more := d.Halo.Count(localhalo.KindUsers) - asked; more > 1 { // one may have been on its way
		t.Errorf("%d look-ups of closed forms went before the create", more)
	}
}
