package halo

import (
	"strings"
	"testing"
)

func TestNormaliseURLTakesWhatPeoplePaste(t *testing.T) {
	t.Parallel()
	const want = "https://acme.halopsa.com"
	for pasted, want := range map[string]string{
		"https://acme.halopsa.com":                        want,
		"https://acme.halopsa.com/":                       want,
		"acme.halopsa.com":                                want,
		" ACME.HaloPSA.com ":                              want,
		"https://acme.halopsa.com/api":                    want,
		"https://acme.halopsa.com/API/":                   want,
		"https://acme.halopsa.com/auth":                   want,
		"https://acme.halopsa.com/auth/token":             want,
		"https://acme.halopsa.com//api//":                 want,
		"acme.halopsa.com/api/":                           want,
		"https://acme.halopsa.com/api/swagger/v2":         want,
		"https://acme.halopsa.com/customers?clientid=12":  want,
		"https://acme.halopsa.com/ticket?id=3&x=y#z":      want,
		`"https://acme.halopsa.com/api"`:                  want,
		"<https://acme.halopsa.com>":                      want,
		"http://localhost:8080/api":                       "http://localhost:8080",
		"localhost:8080":                                  "https://localhost:8080",
		"https://desk.acme.com/halo/api":                  "https://desk.acme.com/halo",
		"https://acme.haloitsm.com:8443/":                 "https://acme.haloitsm.com:8443",
		"https://acme.halopsa.com/auth/token?tenant=acme": want,
	} {
		got, err := NormaliseURL(pasted)
		if err != nil || got != want {
			t.Errorf("NormaliseURL(%q) = %q, %v; want %q", pasted, got, err, want)
		}
		if again, err := NormaliseURL(got); err != nil || again != got {
			t.Errorf("NormaliseURL(%q) = %q, %v; want itself", got, again, err)
		}
	}
}

func TestNormaliseURLRefusesWhatIsNoAddress(t *testing.T) {
	t.Parallel()
	for _, pasted := range []string{
		"", " ", "https://", "ftp://acme.halopsa.com", "https://user:hunter2@acme.halopsa.com", "https://ac me.com", "a.com,b.com", "https://a%zz", "https:///api",
	} {
		got, err := NormaliseURL(pasted)
		if err == nil {
			t.Errorf("NormaliseURL(%q) = %q, want an error", pasted, got)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("NormaliseURL(%q) repeats the password: %v", pasted, err)
		}
	}
}

func TestTheAuthorisationServerKeepsItsPath(t *testing.T) {
	t.Parallel()
	for pasted, want := range map[string]string{
		"https://acme.halopsa.com/auth":                      "https://acme.halopsa.com/auth",
		"acme.halopsa.com/auth/":                             "https://acme.halopsa.com/auth",
		"https://acme.halopsa.com/auth/token":                "https://acme.halopsa.com/auth",
		"https://acme.halopsa.com/auth/Token/":               "https://acme.halopsa.com/auth",
		"https://login.acme.com":                             "https://login.acme.com",
		"https://acme.halopsa.com/auth/token?tenant=a%20b":   "https://acme.halopsa.com/auth?tenant=a+b",
		"https://acme.halopsa.com/auth?client_secret=hidden": "https://acme.halopsa.com/auth",
	} {
		if got, err := NormaliseAuthURL(pasted); err != nil || got != want {
			t.Errorf("NormaliseAuthURL(%q) = %q, %v; want %q", pasted, got, err, want)
		}
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	c := connect(t, "acme.halopsa.com/api/")
	if got, want := c.ClientURL(12), "https://acme.halopsa.com/customers?clientid=12"; got != want {
		t.Errorf("ClientURL(12) = %q, want %q", got, want)
	}
	for id, want := range map[string]string{
		"0042":                    "https://acme.halopsa.com/ticket?id=0042",
		"7":                       "https://acme.halopsa.com/ticket?id=7",
		"":                        "",
		"12a":                     "",
		"1&x=1":                   "",
		"-1":                      "",
		"१२":                      "",
		"12\n":                    "",
		"99999999999999999999999": "",
	} {
		if got := c.TicketURL(id); got != want {
			t.Errorf("TicketURL(%q) = %q, want %q", id, got, want)
		}
	}
}
