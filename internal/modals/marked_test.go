package modals_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/slack-go/slack"

	"halobot/internal/modals"
	"halobot/internal/sandbox/blockkit"
)

const ownButton = `{"type":"button","action_id":"halo_new_client","text":{"type":"plain_text","text":"Create client"},"value":"x@y.z"}`

// settle settles blocks and gives what Slack would be sent, the status line aside.
func marked(t *testing.T, blocks []string, text string, keepButton bool) []string {
	t.Helper()
	var raw []json.RawMessage
	for _, b := range blocks {
		raw = append(raw, json.RawMessage(b))
	}
	got := sent(t, modals.MarkedAlert(raw, text, "✓ done", keepButton))
	last := len(got) - 1
	if want := `{"type":"context","block_id":"halo_status","elements":[{"type":"mrkdwn","text":"✓ done","verbatim":true}]}`; last < 0 || got[last] != want {
		t.Fatalf("ends with %v, want %s", got, want)
	}
	return got[:last]
}

func sent(t *testing.T, blocks []slack.Block) []string {
	t.Helper()
	raw, err := json.Marshal(slack.Blocks{BlockSet: blocks})
	if err != nil {
		t.Fatal(err)
	}
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, b := range list {
		got = append(got, string(b))
	}
	return got
}

func TestMarkedAlertKeepsBlocksAsTheyWere(t *testing.T) {
	t.Parallel()
	section := `{"type":"section","block_id":"b1","text":{"type":"mrkdwn","text":"*Unknown* sender","verbatim":false}}`
	unknown := `{"type":"hologram","block_id":"h","depth":1.50,"elements":[` + ownButton + `],"big":12345678901234567890}`
	other := `{"type":"button","action_id":"other","text":{"type":"plain_text","text":"Snooze"}}`
	for _, c := range []struct {
		name     string
		blocks   []string
		text     string
		keep     bool
		want     []string
		blockkit []string // further types that are known
	}{
		{name: "untouched", blocks: []string{section, `{"type":"divider","block_id":"d"}`},
			want: []string{section, `{"type":"divider","block_id":"d"}`}},
		{name: "a type that nobody knows here", blocks: []string{unknown}, want: []string{unknown}, blockkit: []string{"hologram"}},
		{name: "the last button's row goes", blocks: []string{section, `{"type":"actions","block_id":"a","elements":[` + ownButton + `]}`},
			want: []string{section}},
		{name: "other buttons stay", blocks: []string{`{"type":"actions","block_id":"a","elements":[` + other + `,` + ownButton + `]}`},
			want: []string{`{"block_id":"a","elements":[` + other + `],"type":"actions"}`}},
		{name: "every one of several goes", blocks: []string{section, `{"type":"actions","elements":[` + ownButton + `,` + ownButton + `]}`},
			want: []string{section}},
		{name: "beside a section", blocks: []string{`{"type":"section","text":{"type":"plain_text","text":"x"},"accessory":` + ownButton + `}`},
			want: []string{`{"text":{"type":"plain_text","text":"x"},"type":"section"}`}},
		{name: "another accessory stays", blocks: []string{`{"type":"section","text":{"type":"plain_text","text":"x"},"accessory":` + other + `}`},
			want: []string{`{"type":"section","text":{"type":"plain_text","text":"x"},"accessory":` + other + `}`}},
		{name: "kept when it is to stay", keep: true, blocks: []string{section, `{"type":"actions","elements":[` + ownButton + `]}`},
			want: []string{section, `{"type":"actions","elements":[` + ownButton + `]}`}},
		{name: "an earlier status line is replaced", blocks: []string{section,
			`{"type":"context","block_id":"halo_status","elements":[{"type":"mrkdwn","text":"before"}]}`},
			want: []string{section}},
		{name: "what Slack adds to images is left out", blocks: []string{
			`{"type":"image","image_url":"https://a.example/i.png","alt_text":"i","image_width":1,"image_height":2,"image_bytes":3,"is_animated":false,"fallback":"1x2"}`,
			`{"type":"context","elements":[{"type":"image","image_url":"https://a.example/i.png","alt_text":"i","image_width":1},{"type":"plain_text","text":"fallback"}]}`,
			`{"type":"section","text":{"type":"plain_text","text":"x"},"accessory":{"type":"image","image_url":"https://a.example/i.png","alt_text":"i","fallback":"1x2"}}`},
			want: []string{
				`{"alt_text":"i","image_url":"https://a.example/i.png","type":"image"}`,
				`{"elements":[{"alt_text":"i","image_url":"https://a.example/i.png","type":"image"},{"type":"plain_text","text":"fallback"}],"type":"context"}`,
				`{"accessory":{"alt_text":"i","image_url":"https://a.example/i.png","type":"image"},"text":{"type":"plain_text","text":"x"},"type":"section"}`}},
		{name: "no blocks but a text", text: "Unknown sender <mailto:x@y.z|x@y.z> &amp; co\n<!channel> <!date^1^{date}|then>",
			want: []string{`{"type":"section","text":{"type":"mrkdwn","text":"Unknown sender \u003cmailto:x@y.z|x@y.z\u003e \u0026amp; co\n\u0026lt;!channel\u003e \u003c!date^1^{date}|then\u003e"}}`}},
		{name: "nothing but the button", text: "x@y.z", blocks: []string{`{"type":"actions","elements":[` + ownButton + `]}`},
			want: []string{`{"type":"section","text":{"type":"mrkdwn","text":"x@y.z"}}`}},
		{name: "no blocks and no text"},
		{name: "what is no block", blocks: []string{`null`, `3`, `[]`, `{}`, `{"type":7}`, section}, want: []string{section}},
		{name: "odd elements", blocks: []string{`{"type":"actions","elements":"none"}`, `{"type":"section","accessory":7,"text":7}`},
			want: []string{`{"type":"actions","elements":"none"}`, `{"type":"section","accessory":7,"text":7}`}, blockkit: []string{"skip"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := marked(t, c.blocks, c.text, c.keep)
			if d := cmp.Diff(c.want, got, cmpopts.EquateEmpty()); d != "" {
				t.Error(d)
			}
			if len(c.blockkit) > 0 && c.blockkit[0] == "skip" {
				return
			}
			raw := "[" + strings.Join(got, ",") + "]"
			for _, p := range blockkit.Validate(blockkit.Message, []byte(raw), blockkit.AlsoKnown(c.blockkit...)) {
				t.Error(p)
			}
		})
	}
}

func TestMarkedAlertWithoutALineLosesItsButtonAlone(t *testing.T) {
	t.Parallel()
	section := `{"type":"section","text":{"type":"plain_text","text":"x"}}`
	raw := []json.RawMessage{json.RawMessage(section), json.RawMessage(`{"type":"actions","elements":[` + ownButton + `]}`)}
	if d := cmp.Diff([]string{section}, sent(t, modals.MarkedAlert(raw, " ", "", false))); d != "" {
		t.Error(d)
	}
}

func TestMarkedAlertHasAtMostFiftyBlocks(t *testing.T) {
	t.Parallel()
	var blocks []string
	for i := range 49 {
		blocks = append(blocks, fmt.Sprintf(`{"type":"divider","block_id":"d%d"}`, i))
	}
	button := `{"type":"actions","block_id":"a","elements":[` + ownButton + `]}`
	got := marked(t, append(blocks, button), "", true)
	if len(got) != 49 || got[48] != button || got[47] != blocks[47] {
		t.Errorf("%d blocks, ending with %v", len(got), got[len(got)-2:])
	}
}

func TestMarkedAlertSplitsALongText(t *testing.T) {
	t.Parallel()
	line := strings.Repeat("é", 99)
	text := strings.Repeat(line+"\n", 100)
	blocks := modals.MarkedAlert(nil, text, "done", false)
	var lines []string
	for _, b := range blocks[:len(blocks)-1] {
		s := b.(*slack.SectionBlock).Text.Text
		if n := len([]rune(s)); n > 3000 {
			t.Errorf("a section of %d characters", n)
		}
		lines = append(lines, strings.Split(s, "\n")...)
	}
	if len(lines) != 100 || strings.Join(lines, "\n") != strings.TrimSpace(text) {
		t.Errorf("%d lines of 100 came through", len(lines))
	}
	unbroken := modals.MarkedAlert(nil, strings.Repeat("é", 7000), "done", false)
	if len(unbroken) != 4 {
		t.Errorf("a text without a break makes %d blocks, want 3 and the status", len(unbroken))
	}
}

func TestMarkedAlertIsSettledAgain(t *testing.T) {
	t.Parallel()
	var raw []json.RawMessage
	for _, b := range sent(t, modals.UnknownSender(modals.Arrival{Alert: usual().alert}).Blocks) {
		raw = append(raw, json.RawMessage(b))
	}
	var again []json.RawMessage
	for _, b := range sent(t, modals.MarkedAlert(raw, "", "first", true)) {
		again = append(again, json.RawMessage(b))
	}
	got := strings.Join(sent(t, modals.MarkedAlert(again, "", "second", false)), "")
	if strings.Contains(got, "first") || strings.Contains(got, "halo_new_client") || strings.Count(got, "halo_status") != 1 {
		t.Error(got)
	}
}

func FuzzMarkedAlertTakesAnyBlocks(f *testing.F) {
	f.Add(`{"type":"actions","elements":[`+ownButton+`]}`, "text", true)
	f.Add(`{"type":"section","accessory":`+ownButton+`}`, strings.Repeat("<!channel> ", 500), false)
	f.Add(`{"type":"image","fallback":1}`, "a"+strings.Repeat("\xff\xdf", 4000), false)
	f.Fuzz(func(t *testing.T, block, text string, keepButton bool) {
		blocks := modals.MarkedAlert([]json.RawMessage{json.RawMessage(block)}, text, "✓ done", keepButton)
		got := strings.Join(sent(t, blocks), "")
		if strings.Contains(strings.ToLower(text), "<!channel") && strings.Contains(got, `\u003c!channel`) && !strings.Contains(block, "channel") {
			t.Errorf("%q pings", text)
		}
	})
}
