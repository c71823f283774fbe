package modals

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"halobot/internal/text"
)

// para is a paragraph: what it shows as a rich_text block and as mrkdwn is the same.
type para []run

// run is a piece of a paragraph. Whatever its text holds, it is shown as text.
type run struct {
	text string
	bold bool
	url  string // a link, already through safeURL
	user string // a mention, already known to be a user id
	at   time.Time
}

// lit is text, bold is bold text.
func lit(s string) run  { return run{text: text.Lines(s)} }
func bold(s string) run { return run{text: text.Lines(s), bold: true} }

// link is a link to url, and only its label when url is none.
func link(url, label string) run {
	return run{text: text.Lines(label), bold: true, url: safeURL(url)}
}

// isUser reports whether id can be mentioned.
func isUser(id string) bool { return userID.MatchString(id) }

// mention mentions a person; id must be a user id.
func mention(id string) run { return run{user: id} }

// moment is a point in time, shown in the reader's own time zone.
func moment(at time.Time) run { return run{at: at} }

func (r run) empty() bool { return r.text == "" && r.user == "" && r.at.IsZero() }

// dateFormat is in Slack's words (docs.slack.dev/messaging/formatting-message-text#date-formatting).
const dateFormat = "{date_short_pretty} at {time}"

func (r run) fallback() string { return r.at.UTC().Format("2 Jan 2006, 15:04 UTC") }

func (r run) element() slack.RichTextSectionElement {
	var style *slack.RichTextSectionTextStyle
	if r.bold {
		style = &slack.RichTextSectionTextStyle{Bold: true}
	}
	switch {
	case r.user != "":
		return slack.NewRichTextSectionUserElement(r.user, style)
	case !r.at.IsZero():
		fallback := r.fallback()
		return slack.NewRichTextSectionDateElement(r.at.Unix(), dateFormat, nil, &fallback)
	case r.url != "":
		return slack.NewRichTextSectionLinkElement(r.url, r.text, style)
	}
	return slack.NewRichTextSectionTextElement(r.text, style)
}

// mrkdwn is the run as mrkdwn, no longer than most characters; a link or a mention that is too long
// is left out rather than cut.
func (r run) mrkdwn(most int) string {
	whole := func(s string) string {
		if utf8.RuneCountInString(s) > most {
			return ""
		}
		return s
	}
	switch {
	case r.user != "":
		return whole("<@" + r.user + ">")
	case !r.at.IsZero():
		return whole(fmt.Sprintf("<!date^%d^%s|%s>", r.at.Unix(), dateFormat, r.fallback()))
	case r.url != "":
		return whole("<" + strings.ReplaceAll(r.url, "&", "&amp;") + "|" + escape(r.text, most) + ">")
	}
	return escape(r.text, most)
}

// mrkdwn is the paragraph as mrkdwn, no longer than most characters.
func (p para) mrkdwn(most int) string {
	var b strings.Builder
	for _, r := range p {
		s := r.mrkdwn(most)
		most -= utf8.RuneCountInString(s)
		b.WriteString(s)
	}
	return b.String()
}

// section is the paragraph as a part of a rich_text block; nil when it says nothing.
func (p para) section() slack.RichTextElement {
	var elements []slack.RichTextSectionElement
	for _, r := range p {
		if !r.empty() {
			elements = append(elements, r.element())
		}
	}
	if elements == nil {
		return nil
	}
	return slack.NewRichTextSection(elements...)
}

// blocks is the paragraph as a block; none when it says nothing.
func (p para) blocks() []slack.Block {
	if s := p.section(); s != nil {
		return []slack.Block{slack.NewRichTextBlock("", s)}
	}
	return nil
}

// body is what a view or message shows: paragraphs and other blocks, and what they say as text.
type body struct {
	blocks []slack.Block
	text   []string
	left   int // characters left for text
}

func newBody() *body { return &body{left: maxText} }

// say adds paragraphs to the blocks and to the text.
func (c *body) say(paras ...para) *body {
	for _, p := range paras {
		c.show(p.blocks()...)
		c.note(p)
	}
	return c
}

// note adds a paragraph to the text alone.
func (c *body) note(p para) *body {
	if s := p.mrkdwn(c.left); s != "" {
		c.text = append(c.text, s)
		c.left = max(0, c.left-utf8.RuneCountInString(s)-1)
	}
	return c
}

// show adds blocks that the text does not speak of.
func (c *body) show(blocks ...slack.Block) *body {
	c.blocks = append(c.blocks, blocks...)
	return c
}

func (c *body) message() Message {
	return Message{Text: strings.Join(c.text, "\n"), Blocks: c.blocks}
}

// modal is a view without inputs. title has at most 24 characters.
func (c *body) modal(title string) slack.ModalViewRequest {
	return slack.ModalViewRequest{
		Type:       slack.VTModal,
		CallbackID: CallbackModal,
		Title:      plain(title),
		Close:      plain("Close"),
		Blocks:     slack.Blocks{BlockSet: c.blocks},
	}
}

// actions is a row of buttons; none without any.
func actions(buttons ...*slack.ButtonBlockElement) []slack.Block {
	var elements []slack.BlockElement
	for _, b := range buttons {
		if b != nil {
			elements = append(elements, b)
		}
	}
	if elements == nil {
		return nil
	}
	return []slack.Block{slack.NewActionBlock("", elements...)}
}

const maxValue = 2000 // of a button

// button is a button. A value that Slack would refuse is left out: cut, it would mean something
// else.
func button(action, text, value string, style slack.Style) *slack.ButtonBlockElement {
	if utf8.RuneCountInString(value) > maxValue {
		value = ""
	}
	return slack.NewButtonBlockElement(action, value, plain(text)).WithStyle(style)
}

// openButton links to a client; nil without a web address.
func openButton(url string) *slack.ButtonBlockElement {
	u := safeURL(url)
	if u == "" {
		return nil
	}
	return button(ActionOpen, "Open in Halo", "", slack.StyleDefault).WithURL(u)
}
