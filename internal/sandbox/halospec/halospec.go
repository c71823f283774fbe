package halospec

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

//go:embed openapi.json
var document []byte

// bodies are the schemas of the bodies that may be sent, by path in lower case and media type.
var bodies = sync.OnceValues(func() (map[string]map[string]*openapi3.Schema, error) {
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(document)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(loader.Context); err != nil {
		return nil, err
	}
	all := make(map[string]map[string]*openapi3.Schema)
	for path, item := range doc.Paths.Map() {
		all[strings.ToLower(path)] = make(map[string]*openapi3.Schema)
		for media, content := range item.Post.RequestBody.Value.Content {
			all[strings.ToLower(path)][media] = content.Schema.Value
		}
	}
	return all, nil
})

// Check says what is wrong with a request that is sent to Halo; nil for nothing. Paths are told
// apart without regard to case, as Halo does.
func Check(method, path, contentType string, body []byte) error {
	if method == http.MethodGet {
		if len(body) > 0 {
			return errors.New("a GET has no body")
		}
		return nil
	}
	all, err := bodies()
	if err != nil {
		return err
	}
	schemas, ok := all[strings.ToLower(strings.TrimRight(path, "/"))]
	if !ok || method != http.MethodPost {
		return errors.New("no such call is in the document")
	}
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil || schemas[media] == nil {
		return fmt.Errorf("a body of type %q", contentType)
	}
	value, err := decode(media, body)
	if err != nil {
		return err
	}
	return schemas[media].VisitJSON(value, openapi3.MultiErrors())
}

// decode reads a body. Numbers stay as they are written: to Halo 95.0 is no whole number.
func decode(media string, body []byte) (any, error) {
	if media != "application/json" {
		form, err := url.ParseQuery(string(body))
		value := make(map[string]any, len(form))
		for name, values := range form {
			if len(values) != 1 {
				return nil, fmt.Errorf("%s is there %d times", name, len(values))
			}
			value[name] = values[0]
		}
		return value, err
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something follows the JSON")
	}
	return value, fractions(value)
}

// fractions finds a number that is written with a point or an exponent. Nothing that is sent to
// Halo here has one.
func fractions(value any) error {
	switch v := value.(type) {
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return fmt.Errorf("%s is not written as a whole number", v)
		}
	case []any:
		for _, one := range v {
			if err := fractions(one); err != nil {
				return err
			}
		}
	case map[string]any:
		for name, one := range v {
			if err := fractions(one); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

// Judge is what a test gives a local Halo to look at every request with. The test fails at its
// end, with what was wrong.
func Judge(t testing.TB) func(r *http.Request, body []byte) {
	t.Helper()
	if _, err := bodies(); err != nil { // read here, not while a test's first request waits for it
		t.Fatal(err)
	}
	var mu sync.Mutex
	var wrong []string
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		for _, w := range wrong {
			t.Error(w)
		}
	})
	return func(r *http.Request, body []byte) {
		if err := Check(r.Method, r.URL.Path, r.Header.Get("Content-Type"), body); err != nil {
			mu.Lock()
			defer mu.Unlock()
			wrong = append(wrong, fmt.Sprintf("%s %s is not what Halo’s document allows: %v\n%.2000s", r.Method, r.URL.Path, err, hidden(r, body)))
		}
	}
}

// hidden is a body for a test's log: that of a token call has a secret in it.
func hidden(r *http.Request, body []byte) string {
	if strings.HasPrefix(strings.ToLower(r.URL.Path), "/auth/") {
		return "(a body with a secret)"
	}
	return string(body)
}
