package draft

import "testing"

func TestAUserIsCalledAsTheyCallThemselves(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ display, email, want string }{
		{"Jane Doe", "j@acme.com", "Jane Doe"},
		{`"Jane  Doe"`, "j@acme.com", "Jane Doe"},
		{"'Jane Doe' via Support", "j@acme.com", "Jane Doe"},
		{"Doe, Jane", "j@acme.com", "Doe, Jane"},
		{"", "jane.doe@acme.com", "Jane Doe"},
		{"jane.doe@acme.com", "jane.doe@acme.com", "Jane Doe"},
		{"1234", "info+sales@acme.com", "Info"},
		{"", "émile_zola@acme.com", "Émile Zola"},
		{"\u202eenaJ", "j@acme.com", "enaJ"},
		{"", "...@acme.com", "..."},
	} {
		if got := PersonName(c.display, c.email); got != c.want {
			t.Errorf("PersonName(%q, %q) = %q, want %q", c.display, c.email, got, c.want)
		}
	}
}
