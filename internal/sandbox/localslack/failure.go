package localslack

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"strconv"
	"time"

	"halobot/internal/sandbox/blockkit"
)

// failure is an answer with ok:false.
type failure struct {
	code       string
	status     int // HTTP; 200 for nearly all
	retryAfter time.Duration
	more       map[string]any
}

func (f *failure) Error() string { return f.code }

// answer is the failure as HTTP: without a code, a bare status as from a proxy in between.
func (f *failure) answer() (int, http.Header, any) {
	header := http.Header{}
	if f.retryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(int(math.Ceil(f.retryAfter.Seconds()))))
	}
	if f.code == "" {
		return f.status, header, http.StatusText(f.status)
	}
	body := map[string]any{"ok": false, "error": f.code}
	maps.Copy(body, f.more)
	return f.status, header, body
}

func fail(code string) *failure { return &failure{code: code, status: http.StatusOK} }

// invalid reports Block Kit problems: for views the code is invalid_arguments, for messages
// invalid_blocks; the details are the same.
func invalid(code string, problems []blockkit.Problem) *failure {
	errors := make([]string, len(problems))
	for i, p := range problems {
		errors[i] = p.String()
	}
	f := fail(code)
	f.more = map[string]any{
		"errors":            errors,
		"response_metadata": map[string]any{"messages": blockkit.Metadata(problems)},
	}
	return f
}

func invalidArguments(message, pointer string) *failure {
	if pointer != "" {
		message = fmt.Sprintf("%s [json-pointer:%s]", message, pointer)
	}
	f := fail("invalid_arguments")
	f.more = map[string]any{"response_metadata": map[string]any{"messages": []string{"[ERROR] " + message}}}
	return f
}

// rateLimited is HTTP 429 with Retry-After (docs.slack.dev/apis/web-api/rate-limits).
func rateLimited(after time.Duration) *failure {
	return &failure{code: "ratelimited", status: http.StatusTooManyRequests, retryAfter: after}
}

func missingScope(needed, provided string) *failure {
	f := fail("missing_scope")
	f.more = map[string]any{"needed": needed, "provided": provided}
	return f
}
