package modals_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"halobot/internal/sandbox/blockkit"
	"halobot/internal/sandbox/sentences"
)

var update = flag.Bool("update", false, "write what is drawn to testdata")

// golden holds got against testdata/name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test ./internal/modals -update writes it)", err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, d)
	}
}

// MarshalJSON writes a surface as its golden file has it.
func (s surface) MarshalJSON() ([]byte, error) {
	if s.on != blockkit.Message {
		return s.json, nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(struct {
		Text   string          `json:"text"`
		Blocks json.RawMessage `json:"blocks"`
		Meta   any             `json:"metadata,omitempty"`
	}{s.text, s.json, s.meta})
	return b.Bytes(), err
}

func indented(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	// What slack-go has escaped for HTML is easier to read without.
	return []byte(strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(b.String()))
}

func TestEverythingDrawnIsAsItWas(t *testing.T) {
	t.Parallel()
	for _, s := range draw(t, usual()) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			check(t, s)
			golden(t, s.name+".json", indented(t, s))
		})
	}
}

// The announcement stands for the messages, the filled form for the modals, the settled alert
// for mrkdwn blocks.
func TestHostileTextsAreShownAsText(t *testing.T) {
	t.Parallel()
	for name, text := range hostile {
		for _, s := range draw(t, everywhere(text)) {
			t.Run(name+"/"+s.name, func(t *testing.T) {
				t.Parallel()
				check(t, s)
				switch s.name {
				case "form_filled", "announcement", "settled_returned":
					golden(t, "hostile_"+name+"_"+s.name+".json", indented(t, s))
				}
			})
		}
	}
}

// ours are the only things in angle brackets that mrkdwn may hold.
var ours = regexp.MustCompile(`<@[UW][A-Z0-9]+>|<!date\^\d+\^[^<>|^]*\|[^<>|]*>|<https?://[^<>|\s]+\|[^<>|]*>`)

// check holds a surface against Slack's limits, and against mark-up that is not ours.
func check(t testing.TB, s surface) {
	t.Helper()
	for _, p := range blockkit.Validate(s.on, s.json) {
		t.Errorf("%s: %v", s.name, p)
	}
	var v any
	if err := json.Unmarshal(s.json, &v); err != nil {
		t.Fatal(err)
	}
	walk(v, func(m map[string]any) {
		switch m["type"] {
		case "mrkdwn":
			checkMrkdwn(t, s.name, m["text"].(string))
		case "text", "plain_text":
			checkShown(t, s.name, m["text"].(string))
		case "link":
			checkShown(t, s.name, m["text"].(string))
			if u := m["url"].(string); !strings.HasPrefix(u, "http") || strings.ContainsAny(u, "<>| \n") {
				t.Errorf("%s links to %q", s.name, u)
			}
		case "user":
			if !regexp.MustCompile(`^[UW][A-Z0-9]+$`).MatchString(m["user_id"].(string)) {
				t.Errorf("%s mentions %q", s.name, m["user_id"])
			}
		case "broadcast", "usergroup", "channel":
			t.Errorf("%s holds a %v", s.name, m["type"])
		}
	})
	if s.on != blockkit.Message {
		return
	}
	if n := utf8.RuneCountInString(s.text); n == 0 || n > 3900 {
		t.Errorf("%s: its text has %d characters", s.name, n)
	}
	checkMrkdwn(t, s.name, s.text)
}

func checkMrkdwn(t testing.TB, name, text string) {
	t.Helper()
	checkShown(t, name, text)
	rest := ours.ReplaceAllString(text, "")
	if strings.ContainsAny(rest, "<>*~`") {
		t.Errorf("%s: unescaped mark-up in %q", name, rest)
	}
	if bad := regexp.MustCompile(`&(?:[^alg]|$)`).FindString(rest); bad != "" {
		t.Errorf("%s: unescaped %q in %q", name, bad, rest)
	}
}

// checkShown looks for characters that hide or turn others.
func checkShown(t testing.TB, name, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("%s: not UTF-8: %q", name, text)
	}
	if i := strings.IndexFunc(text, func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r <= 0x9f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 ||
			r == 0x200e || r == 0x200f || r == 0x61c || r == 0x2028 || r == 0x2029
	}); i >= 0 {
		t.Errorf("%s shows a hidden character: %q", name, text[i:])
	}
}

// walk visits every object of a JSON value.
func walk(v any, visit func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		visit(v)
		for _, e := range v {
			walk(e, visit)
		}
	case []any:
		for _, e := range v {
			walk(e, visit)
		}
	}
}

func FuzzAnyTextIsWithinLimitsAndShownAsText(f *testing.F) {
	for _, s := range hostile {
		f.Add(s, s)
	}
	f.Add("Acme Ltd", "https://halo.example.com/customers?clientid=1&x=<!channel>|x")
	f.Add(strings.Repeat("&", 4000), strings.Repeat("<@U0TESS>", 500))
	f.Fuzz(func(t *testing.T, a, b string) {
		in := everywhere(a)
		in.result.Client.URL, in.result.TicketURL, in.result.Found[0].URL = b, b, b
		in.result.By, in.result.Draft.Notes, in.alert.Subject = b, b, b
		for _, s := range draw(t, in) {
			check(t, s)
		}
	})
}

// All that is drawn, in one chapter.
func TestSentences(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	for _, s := range draw(t, usual()) {
		var v any
		if err := json.Unmarshal(s.json, &v); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "## %s\n%s\n", strings.ReplaceAll(s.name, "_", " "), sentences.Read(v))
		if s.text != "" {
			fmt.Fprintf(&out, "(as text)\n%s\n", s.text)
		}
		out.WriteString("\n")
	}
	sentences.Check(t, "Forms and messages", out.String())
}
