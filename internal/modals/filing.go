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
	// Connection is whose boxes these are; "" is the first one's. Another one's are other boxes: Slack
	// would keep the ticks of the same.
	Connection string
}

// block is the boxes' block id.
func (f Filing) block() string { return strings.TrimSpace(BlockFiling + " " + f.Connection) }

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
	return []slack.Block{input(draft.Field(f.block()), "Then", oneLine(f.Hint, maxBrief), e).WithOptional(true)}
}

// ReadTicked reads which of a form's checkboxes are ticked.
func ReadTicked(v Values) []draft.Filing {
	ticked, _, _ := ReadBoxes(v)
	return ticked
}

// ReadBoxes reads which of a form's checkboxes are ticked, and whose they are, as Filing says it;
// shown is false where there are none.
func ReadBoxes(v Values) (ticked []draft.Filing, connection string, shown bool) {
	for block, elements := range v {
		connection, ok := strings.CutPrefix(block, BlockFiling)
		raw, there := elements[ActionFiling]
		if !ok || !there {
			continue
		}
		var state struct {
			Options []struct {
				Value string `json:"value"`
			} `json:"selected_options"`
		}
		if json.Unmarshal(raw, &state) != nil {
			return nil, "", false
		}
		var words []string
		for _, o := range state.Options {
			words = append(words, o.Value)
		}
		ticked, _ := draft.ParseFilings(strings.Join(words, ","))
		return ticked, strings.TrimSpace(connection), true
	}
	return nil, "", false
}
