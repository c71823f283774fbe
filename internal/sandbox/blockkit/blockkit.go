package blockkit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Surface is where blocks are to be shown. The same block may be allowed on one and not on another.
type Surface int

// The surfaces that an app can put blocks on.
const (
	Message Surface = 1 << iota // the JSON is an array of blocks
	Modal                       // the JSON is a view of type "modal"
	Home                        // the JSON is a view of type "home"
)

// Problem is one fault.
type Problem struct {
	Pointer string // JSON pointer, from /view or /blocks
	Message string // what is wrong, in Slack's manner: "must be less than 25 characters"
}

// String is the problem as Slack lists it in "errors"; response_metadata.messages has the same
// behind "[ERROR] ".
func (p Problem) String() string {
	return fmt.Sprintf("%s [json-pointer:%s]", p.Message, p.Pointer)
}

// Metadata gives problems as Slack's response_metadata.messages has them.
func Metadata(problems []Problem) []string {
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = "[ERROR] " + p.String()
	}
	return lines
}

// Option changes what Validate knows.
type Option func(*checker)

// AlsoKnown makes Validate accept blocks and elements of further types without looking into
// them, as Slack does with types younger than these tables.
func AlsoKnown(types ...string) Option {
	return func(c *checker) {
		for _, t := range types {
			c.known[t] = true
		}
	}
}

// Under changes where the pointers start: an attachment's blocks are at /attachments/0/blocks.
func Under(root string) Option { return func(c *checker) { c.root = root } }

// Validate reports everything in raw that Slack would refuse on the surface: a whole view for
// Modal and Home, the array of blocks for Message. The problems come in a stable order.
func Validate(s Surface, raw []byte, opts ...Option) []Problem {
	c := &checker{surface: s, known: map[string]bool{}, blockIDs: map[string]bool{}}
	for _, o := range opts {
		o(c)
	}
	root := c.root
	switch {
	case root != "":
	case s == Message:
		root = "/blocks"
	default:
		root = "/view"
	}
	v, problem := decode(raw, root)
	if problem != nil {
		return []Problem{*problem}
	}
	switch s {
	case Message:
		array(0, MaxMessageBlocks, oneOf(blocks, "block"))(c, root, v)
	case Modal:
		modal.check(c, root, v)
	case Home:
		home.check(c, root, v)
	default:
		panic(fmt.Sprintf("blockkit: %d is not one surface", s))
	}
	return c.problems
}

// ValidateChoices reports everything that Slack would refuse in the answer to a select with an
// external source: an object with options or option_groups, either of which may be empty.
func ValidateChoices(raw []byte) []Problem {
	c := &checker{known: map[string]bool{}, blockIDs: map[string]bool{}}
	v, problem := decode(raw, "")
	if problem != nil {
		return []Problem{*problem}
	}
	object{
		props: map[string]rule{
			"options":       array(0, maxOptions, menuOption),
			"option_groups": array(0, maxOptions, optionGroup),
		},
		also: exactlyOne("options", "option_groups"),
	}.check(c, "", v)
	return c.problems
}

// decode reads one JSON value, its numbers as they are written.
func decode(raw []byte, root string) (any, *Problem) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, &Problem{root, "must be valid JSON"}
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, &Problem{root, "must be one JSON value"}
	}
	return v, nil
}

// checker is one validation: what is being checked, and what was seen so far.
type checker struct {
	surface  Surface
	root     string // where pointers start; "" for the surface's own
	known    map[string]bool
	blockIDs map[string]bool
	focused  bool // an element with focus_on_load was seen
	markdown int  // characters in markdown blocks so far
	problems []Problem
}

func (c *checker) fail(pointer, format string, args ...any) {
	c.problems = append(c.problems, Problem{pointer, fmt.Sprintf(format, args...)})
}

// pointer appends a step to a JSON pointer (RFC 6901).
func pointer(parent string, step any) string {
	s := fmt.Sprint(step)
	s = strings.ReplaceAll(s, "~", "~0")
	return parent + "/" + strings.ReplaceAll(s, "/", "~1")
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
