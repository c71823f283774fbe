package halo

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestHalosOwnWordsAreDugOutOfEveryShape(t *testing.T) {
	t.Parallel()
	const js = "application/json; charset=utf-8"
	long := strings.Repeat("é", 500)
	for name, c := range map[string]struct{ contentType, body, want string }{
		"a JSON string":               {js, `"An Outcome must be entered"`, "An Outcome must be entered"},
		"a string encoded twice":      {js, `"{\"Message\":\"Record not found\"}"`, "Record not found"},
		"Message":                     {js, `{"Message":"Date Invoiced is mandatory"}`, "Date Invoiced is mandatory"},
		"lower case":                  {js, `{"message":"Date Invoiced is mandatory"}`, "Date Invoiced is mandatory"},
		"a .NET exception":            {js, `{"ClassName":"System.Exception","Message":"Bad","StackTraceString":"at Halo.X()"}`, "Bad"},
		"a .NET HTTP error":           {js, `{"Message":"An error has occurred.","ExceptionMessage":"No such top level","ExceptionType":"E"}`, "No such top level"},
		"error":                       {js, `{"error":"invalid_client"}`, "invalid_client"},
		"error_description":           {js, `{"error":"invalid_scope","error_description":"Not granted"}`, "Not granted"},
		"an error in an object":       {js, `{"error":{"code":3,"message":"Nested"}}`, "Nested"},
		"resultCode and errorMessage": {js, `{"resultCode":"1","errorMessage":"CODE:APP03/2 Please select"}`, "CODE:APP03/2 Please select"},
		"a field's path":              {js, `{"[0].id":["Could not convert string to integer"]}`, "[0].id: Could not convert string to integer"},
		"two fields, two problems":    {js, `{"body.name":["Too long","Not allowed"],"body.id":"No"}`, "body.id: No; body.name: Too long; Not allowed"},
		"problem details":             {js, `{"title":"Validation failed.","status":400,"errors":{"$[0].name":["Required"]}}`, "Validation failed. $[0].name: Required"},
		"model state":                 {js, `{"Message":"The request is invalid.","ModelState":{"x":["y"]}}`, "The request is invalid. x: y"},
		"an array":                    {js, `["One","Two"]`, "One; Two"},
		"null beside a sentence":      {js, `{"errorMessage":null,"Message":"Said"}`, "Said"},
		"plain text":                  {"text/plain", "Record not found\r\n", "Record not found"},
		"text without a type":         {"", "Record not found", "Record not found"},
		"several lines":               {js, `"One\n  two\ttwo\u0000"`, "One two two"},
		"a stack trace":               {js, `"It broke.\r\n   at Halo.Api.Post()\r\n   at X"`, "It broke."},
		"markup in a sentence":        {js, `"<b>Bold</b> claim &amp; more &lt;script&gt;x"`, "Bold claim & more x"},
		"joiners":                     {js, `"👩\u200d🚒"`, "👩\u200d🚒"},
		"marks of direction":          {js, `"ab\u202Ecd\u200B"`, "abcd"},
		"a page":                      {"text/html", "<html><body>Oops</body></html>", ""},
		"a page that says JSON":       {js, "\n <!DOCTYPE html><p>Oops", ""},
		"JSON that says HTML":         {"text/html", `{"Message":"Said"}`, ""},
		"half of JSON":                {js, `{"Message":"Sa`, ""},
		"nothing":                     {js, "", ""},
		"an empty object":             {js, `{}`, ""},
		"null":                        {js, `{"Message":null}`, ""},
		"numbers only":                {js, `{"a":1,"b":true}`, ""},
		"no text at all":              {"application/octet-stream", "\xff\xfe\x00\x01", ""},
		"too deep":                    {js, strings.Repeat("[", 50) + `"x"` + strings.Repeat("]", 50), ""},
		"very long":                   {js, `"` + long + `"`, long},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := wordsOf(c.contentType, []byte(c.body), strings.Clone); got != c.want {
				t.Errorf("wordsOf(%q) = %q, want %q", c.body, got, c.want)
			}
		})
	}
}

func TestASecretGoesBeforeWhatLooksLikeMarkupInIt(t *testing.T) {
	t.Parallel()
	c := New(Settings{URL: "acme.halopsa.com", ClientSecret: `a <b> "c" &d`}, nil, nil)
	for _, body := range []string{
		`"said a <b> \"c\" &d"`, `{"Message":"said a \u003cb\u003e \"c\" \u0026d"}`, `"said a &lt;b&gt; &quot;c&quot; &amp;d"`, `said a <b> "c" &d`,
	} {
		if got := c.words("", []byte(body)); got != "said [hidden]" {
			t.Errorf("words(%s) = %q", body, got)
		}
	}
}

func TestWordsAreCutByCharacters(t *testing.T) {
	t.Parallel()
	c := connect(t, "acme.halopsa.com")
	got := c.words("", []byte(strings.Repeat("é", 500)))
	if n := utf8.RuneCountInString(got); n != maxWords || !utf8.ValidString(got) {
		t.Errorf("the words have %d characters (valid: %t), want %d", n, utf8.ValidString(got), maxWords)
	}
}

func FuzzWords(f *testing.F) {
	for _, seed := range []string{`"x"`, `{"Message":"<b>"}`, `{"a":["b"]}`, "<p>", "&lt;x&gt;", "\xff", `"\u202e"`, "[[1,\"x\"]]"} {
		f.Add("application/json", seed)
	}
	c := New(Settings{URL: "acme.halopsa.com", ClientSecret: testSecret}, nil, nil)
	f.Fuzz(func(t *testing.T, contentType, body string) {
		got := c.words(contentType, []byte(body))
		switch {
		case utf8.RuneCountInString(got) > maxWords:
			t.Errorf("%q is longer than %d characters", got, maxWords)
		case !utf8.ValidString(got), strings.ContainsAny(got, "\n\r\x00"):
			t.Errorf("%q is not one line of text", got)
		case markup.MatchString(got):
			t.Errorf("%q holds markup", got)
		}
	})
}
