package blockkit

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// rule checks one JSON value.
type rule func(c *checker, path string, v any)

// object is a JSON object with a closed set of properties: Slack refuses what it does not know.
type object struct {
	required []string
	props    map[string]rule
	also     func(c *checker, path string, m map[string]any) // what properties say of each other
	open     bool                                            // contents are not looked into
}

func (o object) check(c *checker, path string, v any) {
	m, ok := v.(map[string]any)
	if !ok {
		c.fail(path, "must provide an object")
		return
	}
	if o.open {
		return
	}
	for _, name := range o.required {
		if m[name] == nil {
			c.fail(path, "missing required field: %s", name)
		}
	}
	for _, name := range sortedKeys(m) {
		check, ok := o.props[name]
		switch {
		case name == "type":
		case !ok:
			c.fail(path, "invalid additional property: %s", name)
		case m[name] != nil:
			check(c, pointer(path, name), m[name])
		}
	}
	if o.also != nil {
		o.also(c, path, m)
	}
}

// kind is a row of a table of typed objects: what it looks like, and where it may stand.
type kind struct {
	in       Surface  // the surfaces it may be on; zero means all
	within   []string // the parents an element may have; empty means any
	contents object
}

// oneOf checks a value against the row of its "type". The parent is what it stands in.
func oneOf(table map[string]kind, parent string) rule {
	return func(c *checker, path string, v any) {
		m, t, ok := c.typed(path, v)
		if !ok {
			return
		}
		k, ok := table[t]
		switch {
		case !ok && c.known[t]:
			return
		case !ok, k.in != 0 && k.in&c.surface == 0, len(k.within) > 0 && !contains(k.within, parent):
			c.fail(pointer(path, "type"), "unsupported type: %s", t)
			return
		}
		k.contents.check(c, path, m)
	}
}

// typed is v as an object, and its "type".
func (c *checker) typed(path string, v any) (m map[string]any, t string, ok bool) {
	if m, ok = v.(map[string]any); !ok {
		c.fail(path, "must provide an object")
		return m, "", false
	}
	if t, ok = m["type"].(string); !ok {
		c.fail(path, "missing required field: type")
	}
	return m, t, ok
}

// array checks a list's length and each of its items.
func array(least, most int, item rule) rule {
	return func(c *checker, path string, v any) {
		list, ok := v.([]any)
		if !ok {
			c.fail(path, "must provide an array")
			return
		}
		if len(list) < least {
			c.fail(path, "must provide at least %d items", least)
		}
		if len(list) > most {
			c.fail(path, "no more than %d items allowed", most)
		}
		for i, v := range list {
			item(c, pointer(path, i), v)
		}
	}
}

// characters checks a string's length in characters.
func characters(least, most int) rule {
	return func(c *checker, path string, v any) {
		s, ok := v.(string)
		if !ok {
			c.fail(path, "must be a string")
			return
		}
		checkLength(c, path, s, least, most)
	}
}

func checkLength(c *checker, path, s string, least, most int) {
	n := utf8.RuneCountInString(s)
	if n < least {
		c.fail(path, "must be more than %d characters", least-1)
	}
	if n > most {
		c.fail(path, "must be less than %d characters", most+1)
	}
}

func boolean(c *checker, path string, v any) {
	if _, ok := v.(bool); !ok {
		c.fail(path, "must be a boolean")
	}
}

// integer checks a whole number's range.
func integer(least, most int) rule {
	return func(c *checker, path string, v any) {
		n, ok := whole(v)
		switch {
		case !ok:
			c.fail(path, "must be an integer")
		case n < least:
			c.fail(path, "must be at least %d", least)
		case n > most:
			c.fail(path, "must be at most %d", most)
		}
	}
}

func whole(v any) (int, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	i, err := strconv.Atoi(n.String())
	return i, err == nil
}

// among checks that a string is one of a few.
func among(words ...string) rule {
	return func(c *checker, path string, v any) {
		s, ok := v.(string)
		if !ok || !contains(words, s) {
			c.fail(path, "must be one of %q", words)
		}
	}
}

// anything is a property that is known, and not looked into.
func anything(*checker, string, any) {}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
