package draft

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// ClientFields are what each new client of a connection gets besides a draft's own fields: Halo's
// keys with JSON values (HALO_CLIENT_FIELDS). Every string in them, however deep, is a template.
// A nil *ClientFields has none.
type ClientFields struct{ values map[string]any } // with a *Template for each string

// ownKeys are the keys of a client that the bot fills in itself; Halo does not tell capital
// letters from small ones.
var ownKeys = func() []string {
	keys := []string{"id", "ref", "toplevel_id"}
	for _, in := range Fields {
		keys = append(keys, in.Halo)
	}
	return keys
}()

// ParseClientFields reads a JSON object. The error's text goes on from the variable's name.
func ParseClientFields(object string) (*ClientFields, error) {
	dec := json.NewDecoder(strings.NewReader(object))
	dec.UseNumber()
	var values map[string]any
	if err := dec.Decode(&values); err != nil || values == nil {
		return nil, errors.New(`must be a JSON object like {"customertype":1}`)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New(`must be one JSON object like {"customertype":1}, with nothing behind it`)
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if slices.ContainsFunc(ownKeys, func(own string) bool { return strings.EqualFold(own, key) }) {
			return nil, fmt.Errorf("may not hold %q, which the bot fills in itself", key)
		}
	}
	parsed, err := eachLeaf(values, "", func(at string, leaf any) (any, error) {
		source, ok := leaf.(string)
		if !ok {
			return leaf, nil
		}
		t, err := ParseTemplate(source)
		if err != nil {
			return nil, fmt.Errorf("cannot be used: its %s %w", at, err)
		}
		return t, nil
	})
	if err != nil {
		return nil, err
	}
	return &ClientFields{parsed.(map[string]any)}, nil
}

// Names are the fields' keys in Halo, sorted.
func (f *ClientFields) Names() []string {
	if f == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(f.values))
}

// Render fills in the templates. Numbers, truth values, null, lists and objects keep their JSON
// type. A field whose text comes out empty is left out, as the draft's own are.
func (f *ClientFields) Render(c Context) (map[string]any, error) {
	if f == nil {
		return nil, nil
	}
	out, err := eachLeaf(f.values, "", func(at string, leaf any) (any, error) {
		t, ok := leaf.(*Template)
		if !ok {
			return leaf, nil
		}
		filled, err := t.Render(c)
		if err != nil {
			return nil, fmt.Errorf("the field %s: %w", at, err)
		}
		return strings.ReplaceAll(filled, "\x00", ""), nil // which Postgres cannot keep
	})
	if err != nil {
		return nil, err
	}
	fields := out.(map[string]any)
	maps.DeleteFunc(fields, func(_ string, v any) bool { return v == "" })
	return fields, nil
}

// eachLeaf is the JSON value v with replace's result in place of everything in it that is neither
// a list nor an object; at says where that is.
func eachLeaf(v any, at string, replace func(at string, leaf any) (any, error)) (any, error) {
	var err error
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, member := range v {
			if out[i], err = eachLeaf(member, fmt.Sprintf("%s[%d]", at, i), replace); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if out[key], err = eachLeaf(v[key], strings.TrimPrefix(at+"."+key, "."), replace); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return replace(at, v)
}
