package localslack

import (
	"bytes"
	"encoding/json"
)

// encode writes JSON as people read it, with < and > left alone.
func encode(v any) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("localslack: " + err.Error()) // only maps, strings, numbers and checked raw JSON
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// decoded is raw JSON as a map, or nil.
func decoded(raw []byte) map[string]any {
	var m map[string]any
	_ = json.Unmarshal(raw, &m)
	return m
}
