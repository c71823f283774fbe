package modals

import (
	"cmp"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
	"halobot/internal/text"
)

// Match is a client that was found while the form is open.
type Match struct {
	Client
	Why      string // by what, as the end of a sentence
	Unusable bool   // only to be known: nobody belongs to it
}

// sayKnown says who was found, and by what.
func (f Form) sayKnown(c *body) {
	usable, style := false, slack.StylePrimary
	if len(f.Known) > 1 {
		style = slack.StyleDefault
	}
	for i, k := range f.Known {
		if i == maxChoices {
			c.say(para{lit(fmt.Sprintf("…and %d more in Halo.", len(f.Known)-maxChoices))})
			break
		}
		c.say(append(append(para{lit("Halo has ")}, named(k.Client)...), lit(": "+sentence(k.Why, maxBrief))))
		if !k.Unusable {
			usable = true
			c.show(useButtons(f.Key, k.Client, style)...)
		}
	}
	if usable {
		c.say(para{lit("If it is another company, just go on below.")})
	}
}

// useButtons are the buttons of a client that may be used.
func useButtons(key string, k Client, style slack.Style) []slack.Block {
	value := fmt.Sprintf("%s %d", key, k.ID)
	if k.Connection != "" {
		value += " " + k.Connection // a form's select may name another one by then
	}
	return actions(button(ActionUse, "Use this client", value, style), openButton(k.URL))
}

// findClient is the select in which a client that Halo has is looked for.
func findClient() slack.Block {
	e := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, plain("Find a client…"), ActionExisting)
	least := 1
	e.MinQueryLength = &least
	return slack.NewActionBlock("existing", e)
}

// ClientOption is a client as a choice: at most 75 characters, its number among them.
func ClientOption(c Client) *slack.OptionBlockObject {
	after := fmt.Sprintf(" (#%d)", c.ID)
	if c.Inactive {
		after += " · inactive"
	}
	shown := text.Middle(shownName(c.Name), maxOption-utf8.RuneCountInString(after)) + after
	if website := oneLine(draft.ShownHost(c.Website), maxShown); website != "" && utf8.RuneCountInString(shown+" · "+website) <= maxOption {
		shown += " · " + website
	}
	return slack.NewOptionBlockObject(strconv.Itoa(c.ID), plain(shown), nil)
}

// NoOption is a sentence among the choices: its value is no client's.
func NoOption(says string) *slack.OptionBlockObject {
	return slack.NewOptionBlockObject("0", plain(oneLine(says, maxOption)), nil)
}

// UseForm is the form once a client that Halo has was chosen in it.
type UseForm struct {
	Client   Client
	Email    string // whose; "" where it is not known
	Filing   Filing
	Metadata string
}

// View draws the form.
func (f UseForm) View() slack.ModalViewRequest {
	who := cmp.Or(draft.ShownAddress(oneLine(f.Email, maxMail)), "The sender")
	v := newBody().
		say(append(append(para{bold(who), lit(" belongs to ")}, named(f.Client)...), lit("."))).
		say(details(f.Client)).
		show(f.Filing.blocks()...).
		show(actions(button(ActionInstead, "Create a new client instead", "", slack.StyleDefault), openButton(f.Client.URL))...).
		modal("Use a client of Halo")
	v.NotifyOnClose = true // as of the form that it was
	v.Submit, v.Close, v.PrivateMetadata = plain("Use this client"), plain("Cancel"), f.Metadata
	return v
}
