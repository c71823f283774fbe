package modals

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
	"halobot/internal/text"
)

// BlockFiling is the block id of a form's checkboxes.
const BlockFiling = "filing"

// Filing is what a form offers to do with a sender and a ticket once their client is there.
type Filing struct {
	Offered, Ticked       []draft.Filing
	Email, Ticket, Domain string
	Hint                  string // why nothing is ticked, "" where there is nothing to say
}

// does is what a checkbox says it does.
func (f Filing) does(what draft.Filing) string {
	switch what {
	case draft.FileUser:
		return within("Add ", draft.ShownAddress(oneLine(f.Email, maxMail)), " as a user of it")
	case draft.FileTicket:
		return within("Move ticket #", oneLine(f.Ticket, maxTicket), " to it")
	case draft.FileDomain:
		return within("Let Halo match later mails from ", draft.ShownHost(oneLine(f.Domain, maxMail)), " to it")
	}
	return ""
}

// within is a checkbox's text; what is too long loses its middle.
func within(before, s, after string) string {
	return before + text.Middle(s, maxOption-utf8.RuneCountInString(before+after)) + after
}

// blocks are the checkboxes; none where nothing is offered.
func (f Filing) blocks() []slack.Block {
	var options, ticked []*slack.OptionBlockObject
	for _, what := range f.Offered {
		o := slack.NewOptionBlockObject(string(what), plain(f.does(what)), nil)
		options = append(options, o)
		if slices.Contains(f.Ticked, what) {
			ticked = append(ticked, o)
		}
	}
	if options == nil {
		return nil
	}
	e := slack.NewCheckboxGroupsBlockElement(ActionFiling, options...)
	e.InitialOptions = ticked
	return []slack.Block{input(BlockFiling, "Then", oneLine(f.Hint, maxBrief), e).WithOptional(true)}
}

// ReadTicked reads which of a form's checkboxes are ticked.
func ReadTicked(v Values) []draft.Filing {
	var state struct {
		Options []struct {
			Value string `json:"value"`
		} `json:"selected_options"`
	}
	if json.Unmarshal(v[BlockFiling][ActionFiling], &state) != nil {
		return nil
	}
	var words []string
	for _, o := range state.Options {
		words = append(words, o.Value)
	}
	ticked, _ := draft.ParseFilings(strings.Join(words, ","))
	return ticked
}
