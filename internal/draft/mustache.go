package draft

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/cbroglie/mustache"
	"golang.org/x/text/cases"
	"golang.org/x/text/language"

	"halobot/internal/text"
)

// Template is a Mustache template that has been checked: whatever values it meets, it reads
// no file, prints nothing and ends. It may be used from several goroutines.
//
// Values are written as they are, without HTML escaping. The variables are those of
// [Context]; the sections change what they hold.
type Template struct{ parsed *mustache.Template }

// sections change the text that they hold, once its own tags are filled in.
var sections = map[string]func(string) string{
	"company": CompanyName,
	"domain":  Company,
	"host": func(s string) string {
		host, _ := ParseWebsite(s)
		return host
	},
	"title": func(s string) string { return cases.Title(language.Und).String(s) },
	"lower": strings.ToLower,
}

// groups are the variables that have a dot, by what stands before it.
var groups = map[string][]string{
	"sender":  {"email", "name", "domain"},
	"ticket":  {"id", "url"},
	"user":    {"id", "name"},
	"channel": {"id", "name"},
	"alert":   {"permalink"},
}

// handlebars are the spellings of the templates that the bot had before, and how each is
// written now.
var handlebars = []struct {
	old *regexp.Regexp
	now string
}{
	{tag(`#\s*if\s+([^\s{}~]+)`), "{{#$1}}…{{/$1}}"},
	{tag(`#\s*unless\s+([^\s{}~]+)`), "{{^$1}}…{{/$1}}"},
	{tag(`#\s*(?:with|each)\s+([^\s{}~]+)`), "{{#$1}}…{{/$1}}"},
	{tag(`(?:else|\^)`), "{{/x}}{{^x}}, with the section's name for x"},
	{tag(`/\s*(?:if|unless|with|each)`), "{{/x}}, with the section's name for x"},
	{tag(`[#^]?\s*(?:if|unless|with|each|else)\b.*`), "{{#x}}…{{/x}}, and {{^x}}…{{/x}} where x is empty"},
	{tag(`&?\s*(company|domain|host|title|lower)\s+([^\s()"']+)`), "{{#$1}}{{$2}}{{/$1}}"},
	{tag(`&?\s*(company|domain|host|title|lower)[\s(].*`), "{{#$1}}…{{/$1}}"},
	{tag(`&?\s*default\s+([^\s()"']+)\s+([^\s()"']+)`), "{{#$1}}{{$1}}{{/$1}}{{^$1}}{{$2}}{{/$1}}"},
	{tag(`&?\s*default\s.*`), "{{#x}}{{x}}{{/x}}{{^x}}{{y}}{{/x}}"},
	{tag(`&?\s*lookup\s+\S+\s+["']?([^"'{}]+?)["']?`), "{{$1}}"},
	{tag(`&?\s*log\s.*`), "nothing: a template does not print"},
	{tag(`&?\s*\[([^\]{}]*)\]`), "{{$1}}"},
	{tag(`~\s*(.*?)\s*~?`), "{{$1}}"},
	{tag(`(.*?)\s*~`), "{{$1}}"},
	{tag(`&?\s*(?:this\.|this/|\.\.?/|@root\.)+(\S+)`), "{{$1}}"},
	{tag(`&?\s*this`), "{{.}}, within the section of a value"},
}

// tag matches a whole tag that holds expr.
func tag(expr string) *regexp.Regexp {
	return regexp.MustCompile(`^\{\{\{?~?\s*` + expr + `\s*~?\}?\}\}$`)
}

// maxNesting is how deeply sections may stand in each other. One that changes its text is
// read anew for each section around it.
const maxNesting = 20

var (
	anyTag     = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	delimiters = regexp.MustCompile(`\{\{\s*=`)
)

// ParseTemplate reads and checks a template. The error's text goes on a sentence that names
// where the template came from: it says what is wrong, and how it is written rightly.
func ParseTemplate(source string) (*Template, error) {
	for _, found := range anyTag.FindAllString(source, -1) {
		for _, h := range handlebars {
			if at := h.old.FindStringSubmatchIndex(found); at != nil && !strings.HasPrefix(found, "{{!") {
				now := h.old.ExpandString(nil, h.now, found, at)
				return nil, fmt.Errorf("%s is Handlebars, and templates are Mustache now. Write %s", excerpt(found), now)
			}
		}
	}
	if delimiters.MatchString(source) {
		return nil, errors.New("it changes Mustache's delimiters, which is not allowed here. Write {{ and }}")
	}
	// Without a provider of its own the library would look for partials among the files.
	parsed, err := mustache.ParseStringPartialsRaw(source, &mustache.StaticProvider{}, true)
	if err != nil {
		return nil, fmt.Errorf("it is not Mustache: %s", text.Line(err.Error()))
	}
	if err := checkTags(parsed.Tags(), "", 0); err != nil {
		return nil, err
	}
	return &Template{parsed}, nil
}

// checkTags checks the tags that stand in the section called within.
func checkTags(tags []mustache.Tag, within string, depth int) error {
	if depth > maxNesting {
		return fmt.Errorf("its sections are nested more than %d deep", maxNesting)
	}
	for _, t := range tags {
		name := t.Name()
		_, section := sections[name]
		_, group := groups[name]
		switch {
		case t.Type() == mustache.Partial:
			return fmt.Errorf("{{> %s}} is a partial, and there are none", excerpt(name))
		case t.Type() == mustache.Variable && name == ".":
			if within == "" || groups[within] != nil {
				return errors.New("{{.}} stands for the value of the section around it, and there is none")
			}
			continue
		case name == "" || strings.ContainsAny(name, `{}[]"|~@`) || strings.ContainsAny(name[:1], "#^/>&=!.("):
			return fmt.Errorf("“%s” is not the name of a value", excerpt(name))
		case t.Type() == mustache.Variable && section:
			return fmt.Errorf("{{%s}} has nothing to change. Write {{#%[1]s}}…{{/%[1]s}} around a value", name)
		case t.Type() == mustache.InvertedSection && section:
			return fmt.Errorf("{{^%s}} would never be shown. Only {{#%[1]s}}…{{/%[1]s}} works", name)
		case t.Type() == mustache.Variable && group:
			return fmt.Errorf("{{%s}} is several values: %s", name, membersOf(name))
		}
		if head, member, dotted := strings.Cut(name, "."); dotted {
			if known := groups[head]; known != nil && !slices.Contains(known, member) {
				return fmt.Errorf("{{%s}} is not known: there is %s", excerpt(name), membersOf(head))
			}
			if _, section := sections[head]; section || isOwnKey(head) {
				return fmt.Errorf("{{%s}} is not known: %s has no parts", excerpt(name), head)
			}
		}
		if t.Type() == mustache.Variable {
			continue
		}
		inner := name
		if section || t.Type() == mustache.InvertedSection {
			inner = within // neither changes what {{.}} stands for
		}
		if err := checkTags(t.Tags(), inner, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func membersOf(group string) string {
	names := make([]string, len(groups[group]))
	for i, member := range groups[group] {
		names[i] = "{{" + group + "." + member + "}}"
	}
	return strings.Join(names, ", ")
}

// isOwnKey reports whether key is one that every alert may have.
func isOwnKey(key string) bool {
	var a Alert
	return key == "on_error" || key == "verified" || key == "now" || slices.ContainsFunc(a.texts(), func(t freeText) bool { return t.key == key })
}

// Render fills the template in.
func (t *Template) Render(c Context) (string, error) {
	return t.render(c.tidy().values())
}

func (t *Template) render(values parts) (string, error) {
	out, err := t.parsed.Render(values)
	if err != nil {
		return "", errors.New(text.Line(err.Error()))
	}
	return out, nil
}

// lambda is a section as the library has it.
func lambda(change func(string) string) mustache.LambdaFunc {
	return func(text string, render mustache.RenderFunc) (string, error) {
		filled, err := render(text)
		if err != nil {
			return "", err
		}
		return change(filled), nil
	}
}
