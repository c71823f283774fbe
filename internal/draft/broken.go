package draft

import (
	"encoding/json"
	"regexp"
	"strings"
)

// This file reads objects that are not quite JSON.

// brokenKey is a key of an object that is no JSON, with quotes as JSON and Python have them, and bareKey
// one without, as JavaScript has it. Where keys have quotes, words before a colon are text.
var (
	brokenKey = regexp.MustCompile(`[{,]\s*\\?["']([\pL_][\w .-]{0,60})\\?["']\s*[:=]\s*`)
	bareKey   = regexp.MustCompile(`[{,]\s*([\pL_]\w{0,60})\s*:\s*`)
)

// salvage reads an object that is not quite JSON: the value of a key is all up to the next one.
// nil is for what is no object at all.
func salvage(s string) map[string]any {
	if !strings.HasPrefix(strings.TrimLeft(s, `"'[ `), "{") {
		return nil
	}
	keys := brokenKey.FindAllStringSubmatchIndex(s, -1)
	if keys == nil {
		keys = bareKey.FindAllStringSubmatchIndex(s, -1)
	}
	if keys == nil {
		return nil
	}
	top := make(map[string]any)
	open := []map[string]any{top}
	for n, k := range keys {
		end := len(s)
		if n+1 < len(keys) {
			end = keys[n+1][0]
		}
		key := s[k[2]:k[3]]
		raw := strings.TrimSpace(s[k[1]:max(k[1], end)])
		now := open[len(open)-1]
		if strings.HasPrefix(raw, "{") {
			inner := make(map[string]any)
			now[key] = inner
			open = append(open, inner)
			continue
		}
		closed := 0
		for last := n+1 == len(keys); ; {
			cut := strings.TrimRight(raw, ", \n\r\t")
			if strings.HasSuffix(cut, "}") || strings.HasSuffix(cut, "]") && last {
				closed++
				cut = cut[:len(cut)-1]
			}
			if cut == raw {
				break
			}
			raw = cut
		}
		if value, ok := brokenValue(raw); ok {
			now[key] = value
		}
		open = open[:max(1, len(open)-closed)]
	}
	return top
}

// brokenValue is a value as it was meant. One without its end is only good where a part of it is
// worth something.
func brokenValue(raw string) (value any, ok bool) {
	quote := strings.TrimPrefix(raw, `\`)
	if quote == "" {
		return nil, false
	}
	if q := quote[0]; q == '"' || q == '\'' {
		inside := strings.TrimSuffix(quote[1:], string(q))
		cutOff := len(inside) == len(quote)-1
		inside = strings.TrimSuffix(inside, `\`)
		var s string
		if json.Unmarshal([]byte(`"`+strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(inside)+`"`), &s) != nil {
			s = strings.ReplaceAll(inside, `\"`, `"`)
		}
		if cutOff && strings.Contains(s, "@") && !strings.ContainsAny(s, " >") {
			return nil, false // half an address is another one
		}
		return s, true
	}
	var v any
	dec := json.NewDecoder(strings.NewReader(raw))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return present(raw), true
	}
	return v, true
}
