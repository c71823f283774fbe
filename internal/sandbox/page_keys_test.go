package sandbox

import (
	"strings"
	"testing"
)

// tabTo presses Tab until the keyboard is at what is called so.
func (b *tab) tabTo(name string) {
	b.t.Helper()
	var way []string
	for range 80 {
		b.press(tabKey)
		at := b.keyboardAt()
		if strings.HasPrefix(at, name) {
			return
		}
		way = append(way, at)
	}
	b.t.Fatalf("Tab does not lead to %q, but to %q", name, way)
}

// useful waits until the keyboard is in a modal, and not at what closes it.
func (b *tab) useful() {
	b.t.Helper()
	eval[bool](b, "eyes.until(() => { const at = document.activeElement; return !!at.closest('[role=dialog]') && !['Cancel', 'Close'].includes(eyes.name(at)); }, () => 'the keyboard at something useful, not at ' + eyes.keyboard())")
}

func TestPageTheMainJobByKeyboard(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.Address(), wide)
	b.sees("Acme Rockets signed this morning")
	// One key to the composer, from anywhere.
	b.press(key{"/", 191, "/"})
	if at := b.keyboardAt(); !strings.HasPrefix(at, "Message #service-desk") || b.value("Message #") != "/" {
		t.Errorf("after / the keyboard is at %q with %q", at, b.value("Message #"))
	}
	b.write("halo-new-client Sunflower Bakery sunflower-bakery.example")
	b.press(enter)
	b.form("New Halo client")
	eval[bool](b, "eyes.until(() => eyes.keyboard() === 'Client name', () => 'the keyboard in the form')")
	b.press(enter)
	b.sees("Created")
	b.useful()
	b.press(escape)
	b.noForm()
	b.in("Slack").sees("created Sunflower Bakery")

	b.press(key{"/", 191, "/"})
	b.write("halo-new-client Initech initech.example")
	b.press(enter)
	b.form("New Halo client")
	eval[bool](b, "eyes.until(() => eyes.keyboard() === 'Client name', () => 'the keyboard in the form')")
	b.press(enter)
	b.sees("Already in Halo")
	b.useful()
}

func TestPageAnAlertByKeyboard(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.Address(), wide)
	b.sees("Acme Rockets signed this morning")
	b.tabTo("Let the mail come in")
	b.press(enter)
	b.in("Slack").sees("Unknown sender")
	b.tabTo("Create client")
	b.press(enter)
	b.form("New Halo client")
	b.useful()
	b.tabTo("Create")
	b.press(enter)
	b.sees("Created")
	b.useful()
	b.press(escape)
	b.noForm()
	b.in("Slack").sees("created by @Tess Technician")
	if at := b.keyboardAt(); !strings.HasPrefix(at, "Message #mail-alerts") {
		t.Errorf("after Escape the keyboard is at %q", at)
	}
	if n := len(s.tenants[0].halo.Named("Acme Rockets")); n != 1 {
		t.Errorf("%d clients", n)
	}
}
