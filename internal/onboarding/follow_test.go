package onboarding

import (
	"slices"
	"testing"
	"time"
)

func TestKeysThatFollow(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ key, word, want string }{
		{"k", Anyway, "k-anyway"},
		{"k-anyway", Anyway, "k-anyway2"},
		{"k", Look, "k-look"},
		{"k-look", Look, "k-look2"},
		{"k-look9", Look, "k-look10"},
		{"k-look2", Again, "k-again"},
		{"k-again", Again, "k-again2"},
		{"k-again2-look3", Again, "k-again3"},
		{"k-looking", Look, "k-looking-look"},
		{"T1-C1-17.4", Again, "T1-C1-17.4-again"},
	} {
		if got := Follow(tt.key, tt.word); got != tt.want {
			t.Errorf("Follow(%q, %q) = %q, want %q", tt.key, tt.word, got, tt.want)
		}
	}
}

func TestWhatKeysFollow(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"": "", "k": "", "k-looking": "", "T1-C1-17.4": "", "k-anyway1": "",
		"k-anyway": "k", "k-anyway2": "k-anyway", "k-anyway3": "k-anyway2", "k-look": "k", "k-again2-look": "k-again2", "k-again10": "k-again9",
	} {
		if got := Followed(key); got != want {
			t.Errorf("Followed(%q) = %q, want %q", key, got, want)
		}
	}
}

func TestAnAnswerInOneWayIsJoinedByThoseInOthers(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]struct {
		first, second string // their keys
		ended         Outcome
		joined        bool
	}{
		"the question's, by another beside it":             {acme().Key, Follow(acme().Key, Anyway), Used, true},
		"the question's in hand, by another beside it":     {acme().Key, Follow(acme().Key, Anyway), "", true},
		"another beside it, by the question's":             {Follow(acme().Key, Anyway), acme().Key, Created, true},
		"another beside that, by the question's":           {Follow(Follow(acme().Key, Anyway), Anyway), acme().Key, Created, true},
		"one that was refused, by nobody":                  {Follow(acme().Key, Anyway), acme().Key, Refused, false},
		"one that put the question, by nobody":             {acme().Key, Follow(acme().Key, Anyway), Exists, false},
		"one that was never confirmed, by what follows it": {acme().Key, Follow(acme().Key, Again), Unconfirmed, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t)
			ask := func(key, person string) Receipt {
				r := acme()
				r.Key, r.By.ID = key, person
				return submit(t, c.Service, r)
			}
			asked := []string{k.first}
			for key := Followed(k.first); key != ""; key = Followed(key) {
				asked = append(asked, key)
			}
			for i, key := range slices.Backward(asked) {
				ask(key, "U1")
				if id := int64(len(asked) - i); i > 0 {
					c.ends(id, Exists, 2*time.Minute)
				} else if k.ended != "" {
					c.ends(id, k.ended, time.Minute)
				}
			}
			if r := ask(k.second, "U2"); r.Joined != k.joined || r.Joined && r.Request.Key != k.first {
				t.Errorf("joined: %t, the request with %s", r.Joined, r.Request.Key)
			}
		})
	}
}
