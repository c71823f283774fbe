package modals

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
	"halobot/internal/text"
)

// Labels of what a form and a message hold besides a draft's fields.
const (
	labelConnection = "Halo connection"
	labelChannel    = "Answer in"
)

// BlockName is the block id of the name input: where an error about the whole form is shown.
const BlockName = "name"

// Block ids of the form's inputs; each holds one element, whose action id is inputAction. The
// ids of the fields are those of draft.
const (
	blockChannel = "channel"
	inputAction  = "value"
)

// Limits of views and selects, in characters (docs.slack.dev/reference/views and
// …/block-kit/block-elements).
const (
	maxTitle   = 24
	maxOption  = 75
	maxOptions = 100
)

// Form is the modal in which a client is described.
type Form struct {
	Draft       draft.Draft
	Connections []string // a select when there are several; the first is the default
	AskChannel  bool     // ask where to answer
	Channel     string   // the channel chosen before; "" is the one that the person is in
	Notice      string   // a sentence above the fields
	InHand      Words    // who is on it already
	Filing      Filing
	// Sure asks once more, since the mail may be from anybody: the submit button says so.
	Sure bool
	// Problem is why the last attempt failed, and Next what to do about it: the form is then "Could
	// not create", its submit button "Try again".
	Problem, Next string
	// Dismissed says that the alert is of no client: it has to be reopened first.
	Dismissed *Dismissal
	Done      *Result // the request that submitting would join has ended with this
	Known     []Match // found after all
	Find      bool    // with "Find a client…"
	Key       string  // the request's key: the value of the buttons
	Metadata  string  // private_metadata, at most 3,000 characters
}

// View draws the form. What a field cannot hold is cut to its limit; a connection that is not
// one of f.Connections leaves the select unanswered rather than guessed.
func (f Form) View() slack.ModalViewRequest {
	top := newBody()
	title, submit := "New Halo client", "Create"
	if f.Problem != "" {
		title, submit = "Could not create", "Try again"
		top.say(framed(f.Problem), para{lit("What you typed is still here. " + cmp.Or(f.Next, "Press Try again to send it once more."))})
	}
	if f.Done != nil {
		title, submit = doneTitle(*f.Done), "Done"
		top.done(*f.Done).say(para{lit("What you typed is still here. Nothing more will be created for it.")})
	}
	if f.Sure {
		submit = "Create all the same"
		top.say(para{bold("This mail failed verification: "), lit("it may not be from the sender it names. Nothing was created. " +
			"Press Create all the same only if you know that the sender is real.")})
	}
	if f.Dismissed != nil {
		top.say(append(f.Dismissed.said(), lit(" Nothing was created, and what you typed is still here. Reopen it first."))).
			show(reopenButton(f.Key, ""))
	}
	if f.Notice != "" {
		top.say(words(f.Notice))
	}
	if len(f.InHand) > 0 {
		top.say(f.InHand.para())
	}
	f.sayKnown(top)
	if f.Find && f.Done == nil {
		top.show(findClient())
	}
	if len(top.blocks) > 0 {
		top.show(slack.NewDividerBlock())
	}
	v := top.show(f.inputs()...).modal(title)
	v.Submit, v.Close = plain(submit), plain("Cancel")
	v.NotifyOnClose = true // what goes on beside it then ends
	v.PrivateMetadata = f.Metadata
	return v
}

func (f Form) inputs() []slack.Block {
	var blocks []slack.Block
	if list := usable(f.Connections); len(list) > 1 {
		// Each connection has checkboxes of its own: the bot is told at once of another choice.
		blocks = append(blocks, input(draft.Connection, labelConnection, "",
			connectionSelect(list, f.Draft.Connection)).WithDispatchAction(true))
	}
	var first *slack.PlainTextInputBlockElement // the first empty one, where the next is to be typed
	for _, in := range draft.Fields {
		e := textInput(in, *in.Of(&f.Draft))
		blocks = append(blocks, input(in.Field, in.Label, in.Hint, e).WithOptional(in.Required == ""))
		if in.Field == draft.Name || in.Field == draft.Website && first.InitialValue != "" && e.InitialValue == "" {
			first = e
		}
	}
	// An update of an open form must not take the cursor from somebody who types.
	first.FocusOnLoad = len(f.Known) == 0
	blocks = append(blocks, f.Filing.blocks()...)
	if f.AskChannel {
		blocks = append(blocks, input(blockChannel, labelChannel,
			"The channel in which the new client is announced.", channelSelect(f.Channel)))
	}
	return blocks
}

func input(id draft.Field, label, hint string, element slack.BlockElement) *slack.InputBlock {
	var h *slack.TextBlockObject
	if hint != "" {
		h = plain(hint)
	}
	return slack.NewInputBlock(string(id), plain(label), h, element)
}

// textInput is a field's input. A plain_text_input even for the website: Slack's URL input may
// refuse "acme.com" before the bot sees it.
func textInput(in draft.Input, value string) *slack.PlainTextInputBlockElement {
	if in.Typed != nil {
		value = in.Typed(value)
	}
	if !in.Multiline {
		value = strings.Join(strings.Fields(text.Lines(value)), " ")
	}
	e := slack.NewPlainTextInputBlockElement(plain(in.Placeholder), inputAction)
	e.Multiline, e.MaxLength, e.InitialValue = in.Multiline, in.Max, initial(value, in.Max)
	return e
}

// initial is a value that the field can hold: one that breaks its own field's rules would keep
// the whole modal from opening. It ends without an ellipsis, which nobody typed.
func initial(value string, most int) string {
	value = text.Lines(value)
	if strings.TrimSpace(value) == "" {
		return ""
	}
	if utf8.RuneCountInString(value) > most {
		value = string([]rune(value)[:most])
	}
	return value
}

// usable leaves out connections that a select cannot hold, and repetitions.
func usable(connections []string) []string {
	var list []string
	for _, c := range connections {
		if c != "" && c == oneLine(c, maxOption) && !slices.Contains(list, c) && len(list) < maxOptions {
			list = append(list, c)
		}
	}
	return list
}

func connectionSelect(connections []string, chosen string) *slack.SelectBlockElement {
	if chosen == "" {
		chosen = connections[0]
	}
	e := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain("Choose a connection"), inputAction)
	for _, c := range connections {
		o := slack.NewOptionBlockObject(c, plain(c), nil)
		e.Options = append(e.Options, o)
		if c == chosen {
			e.InitialOption = o
		}
	}
	return e
}

var channelID = regexp.MustCompile(`^[CG][A-Z0-9]{1,63}$`)

func channelSelect(chosen string) *slack.SelectBlockElement {
	e := slack.NewOptionsSelectBlockElement(slack.OptTypeConversations, plain("Choose a channel"), inputAction)
	e.Filter = &slack.SelectBlockElementFilter{Include: []string{"public", "private"}, ExcludeBotUsers: true}
	if channelID.MatchString(chosen) {
		e.InitialConversation = chosen
	} else {
		e.DefaultToCurrentConversation = true
	}
	return e
}

// Values is view.state.values of a submission: block_id → action_id → value.
type Values map[string]map[string]json.RawMessage

// ReadForm reads a submission's values, and the channel to answer in where it was asked.
// A value of an unexpected type is read as empty. Nothing is trimmed or judged here.
func ReadForm(v Values) (d draft.Draft, channel string) {
	d.Connection = v.read(draft.Connection, "selected_option", "value")
	for _, in := range draft.Fields {
		*in.Of(&d) = v.read(in.Field, "value")
	}
	return d, v.read(blockChannel, "selected_conversation")
}

// read follows path into an input's value; "" unless a string is there.
func (v Values) read(block draft.Field, path ...string) string {
	raw := v[string(block)][inputAction]
	for _, key := range path {
		var m map[string]json.RawMessage
		if json.Unmarshal(raw, &m) != nil {
			return ""
		}
		raw = m[key]
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// InlineErrors keys problems by the form's block ids, for response_action errors.
func InlineErrors(p draft.Problems) map[string]string {
	if len(p) == 0 {
		return nil
	}
	errs := make(map[string]string, len(p))
	for field, problem := range p {
		errs[string(field)] = sentence(problem, maxBrief)
	}
	return errs
}
