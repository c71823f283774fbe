package halo

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"halobot/internal/draft"
	"halobot/internal/sandbox/localhalo"
)

// zipped packs what write writes.
func zipped(write func(w io.Writer)) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	write(w)
	w.Close() //nolint:errcheck // bytes.Buffer takes everything
	return b.Bytes()
}

// hostile are answers that are made to hurt, for every call but the token's.
var hostile = map[string]func() []byte{
	"ten million empty rows": func() []byte {
		return zipped(func(w io.Writer) {
			io.WriteString(w, `{"record_count":1,"clients":[{}`) //nolint:errcheck // it is in memory
			for range 1000 {
				io.WriteString(w, strings.Repeat(",{}", 10_000)) //nolint:errcheck // as above
			}
			io.WriteString(w, "]}") //nolint:errcheck // as above
		})
	},
	"a million clients at once": func() []byte {
		return zipped(func(w io.Writer) {
			io.WriteString(w, `{"clients":[{"id":1}`) //nolint:errcheck // as above
			for id := range 1_000_000 {
				fmt.Fprintf(w, `,{"id":%d,"name":"%s"}`, id+2, strings.Repeat("x", 60)) //nolint:errcheck // as above
			}
			io.WriteString(w, "]}") //nolint:errcheck // as above
		})
	},
	"names of half a megabyte": func() []byte {
		return zipped(func(w io.Writer) {
			io.WriteString(w, `{"clients":[{"id":1,"name":"A","website":""}`) //nolint:errcheck // as above
			name := strings.Repeat("n", 500_000)
			for id := range 200 {
				fmt.Fprintf(w, `,{"id":%d,"name":"%s","website":"%s","ref":"%s","notes":"%s"}`, id+2, name, name, name, name) //nolint:errcheck // as above
			}
			io.WriteString(w, "]}") //nolint:errcheck // as above
		})
	},
	"one string without an end": func() []byte {
		return zipped(func(w io.Writer) {
			io.WriteString(w, `{"clients":[{"id":1,"name":"`) //nolint:errcheck // as above
			for range 300 {
				io.WriteString(w, strings.Repeat("x", 1<<20)) //nolint:errcheck // as above
			}
		})
	},
	"one number without an end": func() []byte {
		return zipped(func(w io.Writer) {
			io.WriteString(w, `{"clients":[{"id":`) //nolint:errcheck // as above
			for range 300 {
				io.WriteString(w, strings.Repeat("1", 1<<20)) //nolint:errcheck // as above
			}
		})
	},
	"a hundred million brackets": func() []byte {
		return zipped(func(w io.Writer) {
			io.WriteString(w, `{"columns":`) //nolint:errcheck // as above
			for range 100 {
				io.WriteString(w, strings.Repeat("[", 1<<20)) //nolint:errcheck // as above
			}
		})
	},
	"a row of a million properties": func() []byte {
		return zipped(func(w io.Writer) {
			io.WriteString(w, `{"id":1,"clients":[{"id":1`) //nolint:errcheck // as above
			for i := range 1_000_000 {
				fmt.Fprintf(w, `,"p%d":{"a":[]}`, i) //nolint:errcheck // as above
			}
			io.WriteString(w, "}]}") //nolint:errcheck // as above
		})
	},
	"white space": func() []byte {
		return zipped(func(w io.Writer) {
			io.WriteString(w, `{"clients":[{"id":1}`) //nolint:errcheck // as above
			for range 300 {
				io.WriteString(w, strings.Repeat(" ", 1<<20)) //nolint:errcheck // as above
			}
		})
	},
}

// TestAHostileHaloTakesLittleMemory runs the calls against each hostile answer in a process of
// its own, and reads what that took at most.
func TestAHostileHaloTakesLittleMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("only Linux says what a process took")
	}
	for name, body := range hostile {
		t.Run(name, func(t *testing.T) {
			packed := body()
			s := fake(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("Content-Encoding", "gzip")
				w.Write(packed) //nolint:errcheck // the bot may have had enough
			})
			took, said := victim(t, s)
			t.Logf("%d KB on the wire, %d MiB at most; %s", len(packed)>>10, took, said)
			if took > 200 {
				t.Errorf("it took %d MiB", took)
			}
			if strings.Contains(said, "<nil>") {
				t.Errorf("a call believed it: %s", said)
			}
		})
	}
}

// TestALongListTakesLittleMemory reads lists that a tenant may have, or that have no end.
func TestALongListTakesLittleMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("only Linux says what a process took")
	}
	for _, k := range []struct {
		clients int
		said    string
	}{{50_000, "look <nil>"}, {200_000, "look <nil>"}, {10_000_000, "more than the bot can compare"}} {
		t.Run(fmt.Sprint(k.clients), func(t *testing.T) {
			s := fake(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				io.WriteString(w, listed(r, k.clients)) //nolint:errcheck // the bot may have had enough
			})
			took, said := victim(t, s)
			t.Logf("%d clients, %d MiB at most; %s", k.clients, took, said)
			if took > 300 || !strings.Contains(said, k.said) {
				t.Errorf("it took %d MiB and said %q, want %q", took, said, k.said)
			}
		})
	}
}

const victimOf = "HALO_TEST_VICTIM_OF"

// victim runs TestVictim against s in a process of its own.
func victim(t *testing.T, s *httptest.Server) (mib int, said string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestVictim$", "-test.v")
	cmd.Env = append(os.Environ(), victimOf+"="+s.URL)
	out, err := cmd.CombinedOutput()
	found := regexp.MustCompile(`took (\d+) MiB: (.*)`).FindSubmatch(out)
	if err != nil || found == nil {
		t.Fatalf("%v: %s", err, out)
	}
	mib, err = strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return mib, string(found[2])
}

// TestVictim makes one call of each kind; see victim.
func TestVictim(t *testing.T) {
	address := os.Getenv(victimOf)
	if address == "" {
		t.Skip("is run by other tests")
	}
	c := New(Settings{URL: address, ClientID: "a", ClientSecret: testSecret}, client(t), nil)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	_, looked := c.Look(ctx, nil, Wanted{Draft: draft.Draft{Name: "New", Website: "acme.com"}, Key: "k"})
	_, got := c.Client(ctx, 1)
	_, created := c.Create(ctx, nil, acme())
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	peak := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	kb, err := strconv.Atoi(string(peak[1]))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("took %d MiB: look %v / get %v / create %v\n", kb>>10, looked, got, created)
}

func TestASecretIsHiddenAlsoInPieces(t *testing.T) {
	t.Parallel()
	c := New(Settings{URL: "https://acme.halopsa.com", ClientSecret: testSecret}, nil, nil)
	for _, between := range []string{"", "\u200b", "\u200d", "\u2060", "\u00ad", "\u202e", "\ufe0f", "&#8203;", "<b></b>", "<!-- -->", "\\u200b"} {
		torn := testSecret[:5] + between + testSecret[5:]
		for contentType, body := range map[string]string{
			"text/plain":       "The secret " + torn + " is wrong.",
			"application/json": `{"Message":"The secret ` + torn + ` is wrong."}`,
		} {
			if contentType == "text/plain" && between == "\\u200b" {
				continue
			}
			if words := c.words(contentType, []byte(body)); strings.Contains(words, testSecret[5:]) || !strings.Contains(words, "is wrong") {
				t.Errorf("%q in %s: %q", between, contentType, words)
			}
		}
	}
}

func TestATokenEndpointThatEchoesTheSecret(t *testing.T) {
	t.Parallel()
	c, s := tenant(t, localhalo.Options{})
	s.Inject(localhalo.On(localhalo.KindToken), 1, s.EchoSecret())
	_, err := c.Client(soon(t), 1)
	if failed := failure(t, err); strings.Contains(failed.Message, testSecret[8:]) || !failed.Configuration {
		t.Errorf("%+v", failed)
	}
}

func TestAProxysPageIsNotBlamedOnPermissions(t *testing.T) {
	t.Parallel()
	c, s := tenant(t, localhalo.Options{})
	s.Inject(localhalo.On(localhalo.KindCreate), 1, localhalo.Blocked())
	_, err := c.Create(soon(t), nil, acme())
	failed := failure(t, err)
	wantIn(t, "the message", failed.Message, "proxy", "403")
	if failed.Outcome != Refused || strings.Contains(failed.Message, "edit:customers") {
		t.Errorf("%+v", failed)
	}
}

func TestTokensAreNotFetchedFromAnotherDomain(t *testing.T) {
	t.Parallel()
	for authURL, trusted := range map[string]bool{
		"https://auth.acme.example/auth":       true,
		"https://acme.example/auth":            true,
		"https://evil.example/auth":            false,
		"https://acme.example.evil.com/auth":   false,
		"https://acme.halopsa.com/auth":        true,
		"https://auth.haloitsm.com":            true,
		"https://auth.haloservicedesk.com":     true,
		"https://halopsa.com.evil.example":     false,
		"https://nothalopsa.com/auth":          false,
		"https://192.0.2.1/auth":               false,
		"https://halo.acme.example:8443/token": true,
	} {
		var asked []string
		c := New(Settings{URL: "https://halo.acme.example", ClientID: "a", ClientSecret: testSecret}, &http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
			switch {
			case r.URL.Path == "/api/authinfo":
				return made(r, 200, "application/json", `{"auth_url":"`+authURL+`"}`), nil
			case strings.HasSuffix(r.URL.Path, "/token"):
				asked = append(asked, r.URL.Hostname())
				return made(r, 200, "application/json", `{"access_token":"x"}`), nil
			}
			return made(r, 200, "application/json", `{"id":1,"name":"A"}`), nil
		})}, nil)
		_, err := c.Client(soon(t), 1)
		if trusted != (err == nil) {
			t.Errorf("%s: %v", authURL, err)
		}
		if !trusted {
			wantIn(t, "the message", failure(t, err).Message, "HALO_AUTH_URL")
			if len(asked) > 0 {
				t.Errorf("%s: the secret went to %v", authURL, asked)
			}
		}
	}
}

func TestAMandatoryFieldIsSaidToBeOne(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]bool{
		"Customer Type is mandatory": true, "Please select a valid Account Manager": true, "A site must be entered": true,
		"An account manager has to be chosen before this can be saved": true,
		"The name is too long": false, "Record not found": false,
	} {
		c, s := tenant(t, localhalo.Options{})
		for _, status := range []int{400, 500} {
			s.Inject(localhalo.On(localhalo.KindCreate), 1, localhalo.Refuse(status, localhalo.Message, words))
			_, err := c.Create(soon(t), nil, acme())
			failed := failure(t, err)
			if failed.Mandatory != want || strings.Contains(failed.Message, "HALO_CLIENT_FIELDS") != want || failed.Words != words {
				t.Errorf("%q: %+v", words, failed)
			}
		}
	}
}

func TestHalosLimitIsToldInItsWords(t *testing.T) {
	t.Parallel()
	const words = "Rate Limit Reached - 300 Requests per rolling 5 minute window"
	c := connect(t, fake(t, reply(429, "text/plain", words)).URL)
	_, err := c.Create(soon(t), nil, acme())
	failed := failure(t, err)
	wantIn(t, "the message", failed.Message, "rate limit", words)
	if failed.Outcome != NotDone || failed.Words != words {
		t.Errorf("%+v", failed)
	}
}
