package modals

import (
	"cmp"
	"fmt"
	"time"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
)

// maxEntries keeps the home tab within Slack's 100 blocks together with maxBlocks: two for an
// entry, more where there is a choice, one for an alert, and a few around.
const (
	maxEntries     = 40
	maxBlocks      = 95
	maxHomeChoices = 2
	maxHomeAlerts  = 10
)

// HomeEntry is one of a person's recent requests.
type HomeEntry struct {
	At       time.Time
	Name     string
	State    string // a few words: "created", "already in Halo", …
	ID       int    // of the client; 0 without one
	URL      string // "" without a client
	RetryKey string // "" unless it can be tried again
	DoubtKey string // "" unless nobody knows whether there is a client
	// ChoiceKey and Found are of a request that waits for a choice.
	ChoiceKey string
	Found     []Match
}

// HomeAlert is an alert that waits for somebody.
type HomeAlert struct {
	At     time.Time
	Sender string // "" when it is not known
	URL    string // of the message in Slack
}

// Home is a person's home tab, with a "New client" button unless barred says why they may not
// create clients, and who may. Alerts and entries are shown in the order given, the first 10 and the
// first 40 of them.
func Home(entries []HomeEntry, waiting []HomeAlert, barred string) slack.HomeTabViewRequest {
	c := newBody().show(slack.NewHeaderBlock(plain("Halo clients")))
	mayCreate := barred == ""
	if mayCreate {
		c.say(para{lit("Create a client in Halo here, or with /halo-new-client in a channel.")}).
			show(actions(button(ActionHomeNew, "New client", "", slack.StylePrimary))...)
	} else {
		c.say(words(barred))
	}
	if len(waiting) > 0 {
		c.show(slack.NewDividerBlock()).say(para{bold("Alerts that wait for somebody")})
	}
	for i, a := range waiting {
		if i == maxHomeAlerts {
			c.say(para{lit("There are more: these are the oldest.")})
			break
		}
		c.say(para{link(a.URL, cmp.Or(draft.ShownAddress(oneLine(a.Sender, maxShown)), "Unknown sender")), lit(" · "), moment(a.At)})
	}
	switch {
	case len(entries) > 0:
		c.show(slack.NewDividerBlock()).say(para{bold("Your requests")})
	case mayCreate:
		c.show(slack.NewDividerBlock()).say(para{lit("You have not asked for a client yet.")})
	}
	for i, e := range entries {
		if i == maxEntries || len(c.blocks)+len(e.blocks()) > maxBlocks {
			c.say(para{lit("Older requests are not shown here.")})
			break
		}
		c.show(e.blocks()...)
	}
	return slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: c.blocks}}
}

func (e HomeEntry) blocks() []slack.Block {
	p := para{link(e.URL, shownName(e.Name))}
	if e.ID > 0 {
		p = append(p, lit(fmt.Sprintf(" (#%d)", e.ID)))
	}
	if s := oneLine(e.State, maxShown); s != "" {
		p = append(p, lit(" · "+s))
	}
	if !e.At.IsZero() {
		p = append(p, lit(" · "), moment(e.At))
	}
	var again *slack.ButtonBlockElement
	if e.RetryKey != "" {
		again = button(ActionTryAgain, "Try again", e.RetryKey, slack.StyleDefault)
	}
	c := newBody().say(p)
	if e.ChoiceKey != "" {
		c.choices(e.ChoiceKey, e.Found[:min(len(e.Found), maxHomeChoices)], true).
			show(actions(button(ActionCreateAnyway, "Create anyway", e.ChoiceKey, slack.StyleDefault))...)
	}
	if e.DoubtKey != "" {
		c.show(doubtButtons(e.DoubtKey, slack.StyleDefault)...)
	}
	return c.show(actions(openButton(e.URL), again)...).blocks
}
