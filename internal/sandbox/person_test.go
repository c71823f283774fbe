package sandbox

import (
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// text is all that is to be seen.
func (b *tab) text() string {
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("document.body.innerText"))
	if err != nil {
		return err.Error()
	}
	return v
}

// sees waits until text is to be seen, white space aside.
func (b *tab) sees(text ...string) {
	b.t.Helper()
	for _, one := range text {
		eval[bool](b, "eyes.sees(%s)", one)
	}
}

// form waits until a form of this title is open.
func (b *tab) form(title string) {
	b.t.Helper()
	b.in(title).sees(title)
}

// noForm waits until no form is open.
func (b *tab) noForm() {
	b.t.Helper()
	eval[bool](b, "eyes.until(() => !document.querySelector('[role=dialog]'), () => 'the form to close')")
}

// seesNo waits until text is not to be seen.
func (b *tab) seesNo(text string) {
	b.t.Helper()
	eval[bool](b, "eyes.seesNo(%s)", text)
}

// part is a part of the page by its name ("Slack", "Halo", "Lab", a dialog's title): what the
// steps on it look at.
type part struct {
	*tab
	name string
}

func (b *tab) in(name string) part { return part{b, name} }

// sees waits until text is to be seen in the part.
func (p part) sees(text ...string) {
	p.t.Helper()
	for _, one := range text {
		eval[bool](p.tab, "eyes.sees(%s, %s)", one, p.name)
	}
}

// click clicks what has this name: a button, a link, a tab, a switch.
func (p part) click(name string) {
	p.t.Helper()
	for range 3 {
		at := eval[[2]float64](p.tab, "eyes.place(%s, %s)", name, p.name)
		p.do(mouseAt(at))
		if eval[bool](p.tab, "window.eyes?.hit() ?? true") {
			return
		}
	}
	p.t.Fatalf("a click at %s in %s goes elsewhere", name, p.name)
}

func mouseAt(at [2]float64) chromedp.Action[chromedp.Void] {
	return chromedp.MouseClickXY(at[0], at[1])
}

// click clicks what has this name anywhere in the page.
func (b *tab) click(name string) {
	b.t.Helper()
	b.in("").click(name)
}

// fill writes into the field of this label, over what is there.
func (b *tab) fill(label, text string) {
	b.t.Helper()
	eval[bool](b, "eyes.select(%s)", label)
	b.write(text)
}

// write types text where the keyboard is.
func (b *tab) write(text string) {
	b.t.Helper()
	if text == "" {
		b.press(backspace)
		return
	}
	command(b, input.InsertText, input.InsertTextParams{Text: text})
}

// key is a key of the keyboard.
type key struct {
	name string
	code int64
	text string // that it types
}

var (
	enter     = key{"Enter", 13, "\r"}
	tabKey    = key{"Tab", 9, ""}
	escape    = key{"Escape", 27, ""}
	backspace = key{"Backspace", 8, ""}
	arrowDown = key{"ArrowDown", 40, ""}
)

// press presses a key and lets it go.
func (b *tab) press(k key) {
	b.t.Helper()
	event := input.DispatchKeyEventParams{
		Type: input.DispatchKeyEventTypeKeyDown, Key: k.name, Code: k.name, WindowsVirtualKeyCode: k.code, Text: k.text,
	}
	command(b, input.DispatchKeyEvent, event)
	event.Type, event.Text = input.DispatchKeyEventTypeKeyUp, ""
	command(b, input.DispatchKeyEvent, event)
}

// value is what stands in the field of this label.
func (b *tab) value(label string) string {
	b.t.Helper()
	return eval[string](b, "eyes.value(%s)", label)
}

// keyboardAt is the name of what has the keyboard.
func (b *tab) keyboardAt() string {
	b.t.Helper()
	return eval[string](b, "eyes.keyboard()")
}

// sit sits down at the keyboard as a person.
func (b *tab) sit(person string) {
	b.t.Helper()
	eval[bool](b, "eyes.choose('Person at the keyboard', %s)", person)
	eval[bool](b, "eyes.until(() => document.querySelector('[data-part=me]').innerText.includes(%s), () => 'to sit down')", person)
}

// say types a message or a command into the channel.
func (b *tab) say(text string) {
	b.t.Helper()
	eval[bool](b, "eyes.select('Message #')")
	b.write(text)
	b.press(enter)
}
