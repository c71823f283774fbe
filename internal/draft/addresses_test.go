package draft

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAddressesInASlackMessage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   string
		want []string
	}{
		{"", nil},
		{"no address here, just @jane and acme.com", nil},
		{"Mail from jane@acme.com", []string{"jane@acme.com"}},
		{"Mail from <mailto:jane@acme.com|jane@acme.com>, cc <mailto:bob@initech.de|Bob>.", []string{"jane@acme.com", "bob@initech.de"}},
		{"<mailto:jane%2Bx@ACME.com?subject=Hi|write to Jane>", []string{"jane+x@acme.com"}},
		{"a@x.com b@x.com A@X.com a@x.com", []string{"a@x.com", "b@x.com"}},
		{"Jane Doe &lt;jane@acme.com&gt; &amp; Bob &lt;bob@initech.de&gt;", []string{"jane@acme.com", "bob@initech.de"}},
		{"<jane@acme.com>", []string{"jane@acme.com"}},
		{"(jane@acme.com), [bob@initech.de]; “eve@hooli.xyz”! x@y.org?", []string{"jane@acme.com", "bob@initech.de", "eve@hooli.xyz", "x@y.org"}},
		{"Ask jane@acme.com. Or bob@initech.de... or 'eve@hooli.xyz'", []string{"jane@acme.com", "bob@initech.de", "eve@hooli.xyz"}},
		{"*jane@acme.com* ~bob@initech.de~ `eve@hooli.xyz`", []string{"jane@acme.com", "bob@initech.de", "eve@hooli.xyz"}},
		{"From:jane@acme.com\nTo: o'brien@acme.ie", []string{"jane@acme.com", "o'brien@acme.ie"}},
		{"jörg@bücher.de", []string{"jörg@bücher.de"}},
		{"<@U123> <#C1|a@b> <!subteam^S1|team@acme.com>", nil},
		{"<https://user@acme.com/x?m=a@b.com> <https://acme.com|jane@acme.com>", []string{"jane@acme.com"}},
		{"root@localhost jane@10.0.0.1 jane@acme_corp.com jane@@acme.com @acme.com jane@", nil},
		{"{\"email\":\"jane@acme.com\"}", []string{"jane@acme.com"}},
		{"\xffjane@acme.com\xff", []string{"jane@acme.com"}},
	} {
		if diff := cmp.Diff(tt.want, Addresses(tt.in)); diff != "" {
			t.Errorf("%q: %s", tt.in, diff)
		}
	}
}

func TestAnAddressIsAsLongAsMailAllows(t *testing.T) {
	t.Parallel()
	label := strings.Repeat("a", 63)
	host := strings.Repeat(label+".", 3) + label // 255 characters
	for _, tt := range []struct {
		local, host string
		ok          bool
	}{
		{strings.Repeat("j", 64), host, true},
		{strings.Repeat("j", 65), host, false},
		{"j", host + ".com", false},
	} {
		if address := tt.local + "@" + tt.host; (ParseAlert(address).Email == address) != tt.ok {
			t.Errorf("%d characters before the @ and %d after it are taken for %q", len(tt.local), len(tt.host), ParseAlert(address).Email)
		}
	}
}

func FuzzAddresses(f *testing.F) {
	f.Add("Mail from <mailto:jane@acme.com|jane@acme.com>, bob@initech.de.")
	f.Add("&lt;a+b@c.de&gt; 'x@y.zz' <https://a@b.cc|d@e.ff>")
	f.Add("ü@ß.de <mailto:%ff@a.bc>")
	f.Fuzz(func(t *testing.T, s string) {
		for _, address := range Addresses(s) {
			if got := ParseAlert(address); got.Email != address {
				t.Errorf("Addresses(%q) holds %q, which as an alert is %q", s, address, got.Email)
			}
		}
	})
}
