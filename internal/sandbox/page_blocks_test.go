package sandbox

import (
	_ "embed"
	"encoding/json"
	"strings"
	"testing"

	"halobot/internal/sandbox/localslack"
)

//go:embed testdata/gallery.json
var gallery []byte

// clicks are the actions that Slack told the app of, by action_id and value or choice.
func clicks(s *Sandbox) []string {
	var list []string
	entries, _ := s.slack.Traffic(0)
	for _, e := range entries {
		var in struct {
			Payload struct {
				Actions []struct {
					ID     string `json:"action_id"`
					Value  string `json:"value"`
					Option struct {
						Value string `json:"value"`
					} `json:"selected_option"`
				} `json:"actions"`
			} `json:"payload"`
		}
		if e.Kind != "envelope" || json.Unmarshal(e.Sent, &in) != nil {
			continue
		}
		for _, a := range in.Payload.Actions {
			list = append(list, a.ID+"="+a.Value+a.Option.Value)
		}
	}
	return list
}

func TestPageDrawsEveryKindOfBlock(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	if _, err := s.slack.PostRaw(localslack.Desk, "A gallery", gallery); err != nil {
		t.Fatal(err)
	}
	b := open(t, s.Address(), wide)
	b.in("Slack").sees("Every kind of block ✨", "Bold, italic, struck, code, a link, @Tess Technician, #service-desk, @here, ✅ & <escapes>", "*not bold*",
		"Add jane@acme.com", "as a user", "Until 11/14/2023 for @group", "A large picture", "“hologram”")

	b.in("Slack").click("Go")
	b.in("Slack").click("Beside")
	b.in("Slack").click("Remove")
	b.in("Remove it?").sees("This cannot be undone.")
	b.in("Remove it?").click("Keep it")
	b.in("Slack").click("Remove")
	b.in("Remove it?").click("Remove it")
	eval[bool](b, "eyes.until(() => !document.querySelector('[role=alertdialog]'), () => 'the question to go')")
	eval[bool](b, `(() => { const s = [...document.querySelectorAll("#slack select")].find((e) => e.options[0].text === "Choose one"); s.value = "2"; return s.dispatchEvent(new Event("change", { bubbles: true })); })()`)
	eval[bool](b, `(() => { const s = document.querySelector("#slack select.overflow"); s.value = "0"; return s.dispatchEvent(new Event("change", { bubbles: true })); })()`)

	want := "go=go beside= away=away choose=2 more=else"
	for {
		_, changed := s.slack.Traffic(1 << 60)
		got := strings.Join(clicks(s), " ")
		if got == want {
			break
		}
		if len(got) > len(want) || !strings.HasPrefix(want, got) {
			t.Fatalf("the app was told of %s, want %s", got, want)
		}
		select {
		case <-changed:
		case <-t.Context().Done():
			t.Fatalf("the app was told of %s, want %s", got, want)
		}
	}
}

func TestPageReadsMrkdwnAsSlackDoes(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.Address(), wide)
	tests := []struct{ text, html string }{
		{"plain", "plain"},
		{"*bold* and _italic_ and ~struck~", "<strong>bold</strong> and <em>italic</em> and <s>struck</s>"},
		{"*_both_*", "<strong><em>both</em></strong>"},
		{"snake_case_name and 2*3*4", "snake_case_name and 2*3*4"},
		{"* not bold *", "* not bold *"},
		{"`a *b* <c>`", "<code>a *b* &lt;c&gt;</code>"},
		{"&lt;b&gt; &amp;amp;", "&lt;b&gt; &amp;amp;"},
		{"<b>x</b>", "<span>b</span>x<span>/b</span>"},
		{"<https://a.example/?x=1&amp;y=2|here>", `<a href="https://a.example/?x=1&amp;y=2" target="_blank" rel="noopener noreferrer">here</a>`},
		{"<javascript:alert(1)|here>", "<span>here</span>"},
		{"see https://a.example/b.", `see <a href="https://a.example/b" target="_blank" rel="noopener noreferrer">https://a.example/b</a>.`},
		{"<mailto:j@a.example|j@a.example>", `<a href="mailto:j@a.example" target="_blank" rel="noopener noreferrer">j@a.example</a>`},
		{"<@U1> <#C1|desk> <!channel>", `<span class="mention">@Somebody</span> <span class="mention">#desk</span> <span class="mention loud">@channel</span>`},
		{"a\nb", "a<br>b"},
		{"&gt; one\n&gt; two\nthree", "<blockquote>one<br>two</blockquote>three"},
		{"```\n<x> *y*\n```", "<pre>&lt;x&gt; *y*</pre>"},
		{"``` open", "``` open"},
		{":tada: :no_such_one: 10:30:00", "🎉 :no_such_one: 10:30:00"},
	}
	for _, test := range tests {
		got := eval[string](b, `import("/page/mrkdwn.js").then(({ mrkdwn }) => {
			const el = document.createElement("div");
			el.append(...mrkdwn(%s, { person: () => "Somebody", channel: () => "somewhere" }));
			return el.innerHTML;
		})`, test.text)
		if got != test.html {
			t.Errorf("%q\n got %s\nwant %s", test.text, got, test.html)
		}
	}
}
