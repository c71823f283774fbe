package sandbox

import (
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"halobot/internal/sandbox/sentences"
)

var _ = flag.Bool("update", false, "write the golden file anew")

// What somebody reads on the sandbox's page beside what the bot says on it.
func TestSentencesOfTheSandbox(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	chapter := func(title string, lines []string) {
		if len(lines) > 0 {
			fmt.Fprintf(&out, "\n## %s\n\n%s\n", title, strings.Join(lines, "\n"))
		}
	}
	files, err := assets.ReadDir("page")
	if err != nil {
		t.Fatal(err)
	}
	for _, read := range []struct {
		ext   string
		words func(t *testing.T, source string) []string
	}{{".html", markup}, {".js", script}} {
		for _, f := range files {
			if path.Ext(f.Name()) != read.ext {
				continue
			}
			raw, err := assets.ReadFile("page/" + f.Name())
			if err != nil {
				t.Fatal(err)
			}
			chapter(f.Name(), read.words(t, string(raw)))
		}
	}
	chapter("what it answers", answers(t, "act.go", "faults.go", "mails.go", "suggest.go"))

	var lines []string
	for _, p := range seats {
		lines = append(lines, p.note)
	}
	chapter("who may sit at the keyboard", lines)
	lines = slices.Sorted(maps.Values(topics))
	chapter("the channels", slices.Compact(lines))
	lines = nil
	for _, m := range samples {
		lines = append(lines, fmt.Sprintf("[%s] %s: %s", m.About, m.From, m.Subject))
	}
	chapter("the mails", lines)
	lines = nil
	for i, f := range faults {
		if i == 0 || faults[i-1].Group != f.Group {
			lines = append(lines, "", f.Group)
		}
		name := f.Name
		if len(f.Choices) > 0 {
			name += " [" + strings.Join(f.Choices, " | ") + "]"
		}
		if f.Momentary {
			name += " [Do it]"
		}
		lines = append(lines, "\t"+name, "\t\t"+f.Expect)
	}
	chapter("the faults", lines[1:])
	sentences.Check(t, "The sandbox", out.String())
}

// markup is what a person reads of a page, or has read to them.
func markup(t *testing.T, source string) (words []string) {
	t.Helper()
	page, err := html.Parse(strings.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	for n := range page.Descendants() {
		if said := strings.TrimSpace(n.Data); n.Type == html.TextNode && said != "" && n.Parent.Data != "script" {
			words = append(words, said)
		}
		for _, a := range n.Attr {
			if slices.Contains([]string{"aria-label", "placeholder", "title"}, a.Key) {
				words = append(words, fmt.Sprintf("[%s]", a.Val))
			}
		}
	}
	return words
}

var (
	comment = regexp.MustCompile(`(?m)^\s*(//|/?\*).*$|\s// .*$`)
	pattern = regexp.MustCompile(`([=(,]\s?|: )/(?:[^/\n\\]|\\.)+/[a-z]*`)
	// inserted is what a template takes from elsewhere.
	inserted = regexp.MustCompile(`\$\{[^{}]*\}`)
	// spoken is how words for people begin: those for browsers are in small letters, or drawings.
	spoken = regexp.MustCompile(`^ ?\(?[A-Z][a-z-]|^[A-Z] |^[A-Z]{2,3}$|^ ?\([a-z]|^\d [a-z]|^(, )?…,? .*[a-z]{2}`)
	// unspoken is what stands before keys, the values of comparisons, and what browsers are asked.
	unspoken = regexp.MustCompile(`([=!]==|class:|className =|method:|matchMedia\(|Item\(|case|from|sig:|key:)\s*$`)
	// sentence is what is neither a header, nor a type of media, nor one word.
	sentence = regexp.MustCompile(`^[^\s/:]+ [^\r]+$`)
)

// script is what a script has in it for people, each once; … is what comes from elsewhere.
func script(t *testing.T, source string) (words []string) {
	t.Helper()
	source = pattern.ReplaceAllString(comment.ReplaceAllString(source, ""), "$1")
	for at := 0; at < len(source); at++ {
		quote := source[at]
		if quote != '"' && quote != '`' {
			continue
		}
		end := closing(source, at)
		if end < 0 {
			t.Fatalf("a string does not end: %.60s", source[at:])
		}
		said := source[at+1 : end]
		if quote == '`' {
			// What stands in the braces of a template is read by itself.
			for _, within := range inserted.FindAllString(said, -1) {
				words = append(words, script(t, within)...)
			}
			for inserted.MatchString(said) {
				said = inserted.ReplaceAllString(said, "…")
			}
		}
		isKey := strings.HasPrefix(source[end+1:], ":")
		if spoken.MatchString(said) && !isKey && !unspoken.MatchString(source[:at]) && !slices.Contains(words, said) {
			words = append(words, said)
		}
		at = end
	}
	return words
}

// closing is where the string that begins at start ends; -1 where it does not.
func closing(source string, start int) int {
	for at, depth := start+1, 0; at < len(source); at++ {
		switch c := source[at]; {
		case c == '\\':
			at++
		case source[start] == '`' && strings.HasPrefix(source[at:], "${"):
			depth++
		case depth > 0 && c == '}':
			depth--
		case depth > 0 && (c == '`' || c == '"'):
			if at = closing(source, at); at < 0 {
				return -1
			}
		case depth == 0 && c == source[start]:
			return at
		}
	}
	return -1
}

// answers are what the page's requests are answered with: the sentences in the functions of files.
func answers(t *testing.T, files ...string) (words []string) {
	t.Helper()
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		within := func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && len(call.Args) > 0 {
				of, _ := call.Fun.(*ast.SelectorExpr)
				if lit, ok := call.Args[0].(*ast.BasicLit); ok && of != nil && (of.Sel.Name == "New" || of.Sel.Name == "Errorf") {
					said, _ := strconv.Unquote(lit.Value)
					words = append(words, sentenceOf(errors.New(said)))
					return false
				}
			}
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if said, _ := strconv.Unquote(lit.Value); sentence.MatchString(said) {
					words = append(words, strings.TrimSpace(said))
				}
			}
			return true
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				ast.Inspect(n.Body, within)
				return false
			case *ast.FuncLit:
				ast.Inspect(n.Body, within)
				return false
			}
			return true
		})
	}
	return words
}
