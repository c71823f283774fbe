package localhalo

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"sync"
)

// The property names of Halo's client and of a row of its client list, from Halo's OpenAPI.
var (
	//go:embed area.tsv
	areaTSV string
	//go:embed area_list.tsv
	areaListTSV string

	// areaTypes are the types of a client's properties. They are read when they are needed: the
	// bot's binary has them too, and hardly ever does.
	areaTypes = sync.OnceValue(func() map[string]string { return parseProperties(areaTSV) })

	// What an answer carries besides the fields that Server fills in: every other property,
	// empty, as members of a JSON object with a comma before each.
	areaRest = sync.OnceValue(func() []byte { return restOf(areaTypes(), detail{}) })
	rowRest  = sync.OnceValue(func() []byte { return restOf(parseProperties(areaListTSV), row{}) })
)

// parseProperties reads lines of property, tab, type.
func parseProperties(tsv string) map[string]string {
	types := make(map[string]string)
	for line := range strings.Lines(tsv) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		name, typ, _ := strings.Cut(strings.TrimSpace(line), "\t")
		typ, _, _ = strings.Cut(typ, "\t")
		types[name] = typ
	}
	return types
}

// restOf renders the properties that v, a struct, does not have.
func restOf(types map[string]string, v any) []byte {
	own := make(map[string]any)
	data, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(data, &own)
	}
	if err != nil {
		panic(err) // a struct of this package that is no JSON object
	}
	names := make([]string, 0, len(types))
	for name := range types {
		if _, has := own[name]; !has && !optional[name] {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	var b []byte
	for _, name := range names {
		b = append(b, ',')
		b = strconv.AppendQuote(b, name)
		b = append(b, ':')
		b = append(b, emptyOf(types[name])...)
	}
	return b
}

// optional are the properties that an answer has only when the call asks for them.
var optional = map[string]bool{"website": true, "trading_name": true, "notes": true, "domain": true, "logo": true}

func emptyOf(typ string) string {
	switch {
	case typ == "string":
		return `""`
	case strings.HasPrefix(typ, "integer"):
		return "0"
	case strings.HasPrefix(typ, "number"):
		return "0.0"
	case typ == "boolean":
		return "false"
	case strings.HasPrefix(typ, "array"):
		return "[]"
	default:
		return "null"
	}
}

// fieldError is a value that Halo's binder turns down, with the path that it names.
type fieldError struct {
	path, sentence string
}

func (e *fieldError) Error() string { return e.path + ": " + e.sentence }

// bind reads one element of a posted array as Halo's binder does: names whatever their case,
// values converted where that loses nothing, unknown names set apart.
func bind(of resource, index int, raw json.RawMessage) (fields map[string]json.RawMessage, unknown []string, err error) {
	var in map[string]json.RawMessage
	if json.Unmarshal(raw, &in) != nil || in == nil {
		return nil, nil, &fieldError{fmt.Sprintf("[%d]", index), "The value could not be read as a " + of.one + "."}
	}
	types := of.types()
	fields = make(map[string]json.RawMessage, len(in))
	for sent, value := range in {
		name := strings.ToLower(sent)
		typ, known := types[name]
		if !known {
			typ, known = types[sent]
			name = sent
		}
		if !known {
			unknown = append(unknown, sent)
			continue
		}
		if err := fits(typ, value); err != nil {
			return nil, nil, &fieldError{
				fmt.Sprintf("[%d].%s", index, name),
				fmt.Sprintf("Could not convert %s for %s: %s.", excerpt(value), name, err),
			}
		}
		fields[name] = value
	}
	sort.Strings(unknown)
	return fields, unknown, nil
}

var (
	errWhole  = errors.New("a whole number is due")
	errText   = errors.New("text is due")
	errNumber = errors.New("a number is due")
	errBool   = errors.New("true or false is due")
	errArray  = errors.New("the type requires a JSON array")
)

// whole is the type of a number for which its digits in quotation marks do not do.
const whole = "whole number"

// fits says why value cannot be read as typ.
func fits(typ string, value json.RawMessage) error {
	text, quoted := scalar(value)
	isNull := string(value) == "null"
	compound := strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")
	switch {
	case typ == whole:
		if n, err := strconv.ParseInt(text, 10, 32); quoted || err != nil || n < -1 {
			return errWhole
		}
	case strings.HasPrefix(typ, "integer"), typ == reference:
		if isNull || typ == reference && quoted {
			return nil
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || (typ == "integer(int32)" && (n > math.MaxInt32 || n < math.MinInt32)) {
			return errWhole
		}
	case strings.HasPrefix(typ, "number"):
		if _, err := strconv.ParseFloat(text, 64); err != nil && !isNull {
			return errNumber
		}
	case strings.HasPrefix(typ, "string"):
		if compound && !quoted {
			return errText
		}
	case typ == "boolean":
		if _, err := strconv.ParseBool(text); err != nil && !isNull {
			return errBool
		}
	case strings.HasPrefix(typ, "array"):
		if !isNull && !strings.HasPrefix(text, "[") {
			return errArray
		}
	}
	return nil
}

// scalar is a JSON value's text, without its quotes if it is a string.
func scalar(value json.RawMessage) (text string, quoted bool) {
	var s string
	if json.Unmarshal(value, &s) == nil && len(value) > 0 && value[0] == '"' {
		return s, true
	}
	return string(value), false
}

func excerpt(value json.RawMessage) string {
	r := []rune(string(value))
	if len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return string(r)
}
