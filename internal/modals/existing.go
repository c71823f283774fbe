package modals

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
	"halobot/internal/text"
)

// Match is a client that was found: while the form is open, or before it was created.
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
		c.say(append(para{lit("Halo has ")}, k.says()...))
		if !k.Unusable {
			usable = true
			c.show(k.buttons(f.Key, style)...)
		}
	}
	if usable {
		c.say(para{lit("If it is another company, just go on below.")})
	}
}

// Pick is what a button holds that ends a request with a client that Halo has.
type Pick struct {
	Key string // the request's
	ID  int    // the client's
	// Connection is whose client it is, where there are several: a form's select may name another one
	// by then, and a number alone would be another connection's too.
	Connection string
	// Address is that of the Halo which had it: the connection may lead elsewhere by then.
	Address string
}

func (p Pick) value() string {
	return strings.TrimSpace(fmt.Sprintf("%s %d %s", p.Key, p.ID, strings.TrimSpace(p.Connection+" "+p.Address)))
}

// ReadPick reads a button's value; false when it names no client.
func ReadPick(value string) (p Pick, ok bool) {
	words := strings.Fields(value)
	if len(words) < 2 || len(words) > 4 {
		return p, false
	}
	id, err := strconv.Atoi(words[1])
	p.Key, p.ID = words[0], id
	for _, word := range words[2:] {
		if strings.Contains(word, "://") {
			p.Address = word
		} else {
			p.Connection = word
		}
	}
	return p, err == nil && id > 0
}

// says names the client, and says by what it was found.
func (k Match) says() para {
	if k.Why == "" {
		return named(k.Client)
	}
	return append(named(k.Client), lit(": "+sentence(k.Why, maxBrief)))
}

// buttons are those of a client that was found.
func (k Match) buttons(key string, style slack.Style) []slack.Block {
	if k.Unusable {
		return actions(openButton(k.URL))
	}
	p := Pick{Key: key, ID: k.ID, Connection: k.Connection, Address: k.Address}
	return actions(button(ActionUse, "Use this client", p.value(), style), openButton(k.URL))
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
