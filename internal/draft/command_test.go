package draft

import (
	"strings"
	"testing"
	"unicode/utf8"

	"halobot/internal/text"
)

func TestWhatIsTypedAfterTheCommand(t *testing.T) {
	t.Parallel()
	for _, c := range table(t, "testdata/commands.tsv", 3)[1:] { // below its head
		if got := ParseCommand(c[0]).Draft; got.Name != c[1] || got.Website != c[2] {
			t.Errorf("ParseCommand(%q): name %q and website %q, want %q and %q", c[0], got.Name, got.Website, c[1], c[2])
		}
	}
}

func TestMoreThatIsTypedAfterTheCommand(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ typed, name, website, left string }{
		{"", "", "", ""},
		{" \u200b ", "", "", ""},
		{"Acme", "Acme", "", ""},
		{"Acme Ltd acme.com", "Acme Ltd", "acme.com", ""},
		{"Acme, acme.com", "Acme", "acme.com", ""},
		{"Acme jane@mail.acme.com", "Acme", "acme.com", ""},
		{"Acme mail.acme.com", "Acme", "mail.acme.com", ""},
		{"Acme,acme.com", "Acme", "acme.com", ""},
		{"Acme;acme.com;", "Acme", "acme.com", ""},
		{"Acme | acme.com", "Acme", "acme.com", ""},
		{"Acme|acme.com", "Acme", "acme.com", ""},
		{"Acme: acme.com", "Acme", "acme.com", ""},
		{"Acme - acme.com", "Acme", "acme.com", ""},
		{"Acme — https://www.acme.com/about", "Acme", "acme.com", ""},
		{"Acme -> acme.com", "Acme", "acme.com", ""},
		{"Acme [acme.com]", "Acme", "acme.com", ""},
		{"Acme ( acme.com )", "Acme", "acme.com", ""},
		{"Acme &lt;acme.com&gt;", "Acme", "acme.com", ""},
		{"Acme {acme.com}.", "Acme", "acme.com", ""},
		{"acme.com Acme", "Acme", "acme.com", ""},
		{"acme.com, Acme Ltd", "Acme Ltd", "acme.com", ""},
		{"acme.com – Acme Ltd", "Acme Ltd", "acme.com", ""},
		{"(acme.com) Acme Ltd", "Acme Ltd", "acme.com", ""},
		{"Acme (acme.com) Ltd", "Acme Ltd", "acme.com", ""},
		{"Acme acme.com, London", "Acme acme.com, London", "", ""},
		{"Acme www.acme.com London", "Acme London", "acme.com", ""},
		{"Acme jo@acme.com London", "Acme London", "acme.com", ""},
		{`"Acme Ltd" acme.com`, "Acme Ltd", "acme.com", ""},
		{`acme.com "Acme Ltd"`, "Acme Ltd", "acme.com", ""},
		{"«Acme» acme.com", "Acme", "acme.com", ""},
		{"„Acme“, acme.com", "Acme", "acme.com", ""},
		{`"Grand" Hotel`, `"Grand" Hotel`, "", ""},
		{`"A" & "B"`, `"A" & "B"`, "", ""},
		{"Rock 'n' Roll", "Rock 'n' Roll", "", ""},
		{"Müller Bücher bücher.de", "Müller Bücher", "xn--bcher-kva.de", ""},
		{"bücher.de", "Bücher", "xn--bcher-kva.de", ""},
		{"jo@acme-rockets.com", "Acme Rockets", "acme-rockets.com", ""},
		{"<mailto:jo@acme-rockets.com|jo@acme-rockets.com>", "Acme Rockets", "acme-rockets.com", ""},
		{"Acme <https://acme.com/x?a=1&amp;b=2>", "Acme", "acme.com", ""},
		{"<http://acme.com|acme.com> Acme", "Acme", "acme.com", ""},
		{"Acme <@U123|tess> acme.com", "Acme", "acme.com", ""},
		{"Acme <#C123|general>", "Acme", "", ""},
		{"Acme < acme.com", "Acme <", "acme.com", ""},
		{"&lt;http://acme.com|acme.com&gt;", "Acme", "acme.com", ""},
		{"Booking.com booking.com", "Booking.com", "booking.com", ""},
		{"Booking.com", "Booking", "booking.com", ""},
		{"ACME.COM", "Acme", "acme.com", ""},
		{"Acme.Com", "Acme", "acme.com", ""},
		{"Acme Acme.De", "Acme", "acme.de", ""},
		{"Acme acme.com acme.de", "Acme", "acme.com acme.de", ""},
		{"acme.com, acme.de", "Acme", "acme.com acme.de", ""},
		{"ac\u200bme.com\u200e", "Acme", "acme.com", ""},
		{"Acme\t\tacme.com\r\n", "Acme", "acme.com", ""},
		{"Ａｃｍｅ　ａｃｍｅ．ｃｏｍ", "Ａｃｍｅ", "acme.com", ""},

		// Nobody's own.
		{"Carol carol@gmail.com", "Carol", "", "gmail.com"},
		{"carol@gmail.com", "", "", "gmail.com"},
		{"Carol (gmail.com)", "Carol", "", "gmail.com"},
		{"carol@gmail.com Carol", "Carol", "", "gmail.com"},
		{"Surgery gwen@nhs.net", "Surgery", "", "nhs.net"},
		{"Acme https://linktr.ee/acme", "Acme", "", "linktr.ee"},
		{"Acme jo@acme.local", "Acme", "", "acme.local"},
		{"Acme carol@gmail.com acme.com", "Acme", "acme.com", "gmail.com"},

		// Names that look like websites.
		{"Acme S.A.", "Acme S.A.", "", ""},
		{"Acme S.à r.l.", "Acme S.à r.l.", "", ""},
		{"Fiat S.p.A.", "Fiat S.p.A.", "", ""},
		{"Dr.Oetker", "Dr.Oetker", "", ""},
		{"Praxis Dr.med. Müller", "Praxis Dr.med. Müller", "", ""},
		{"Müller, Dr.med.", "Müller, Dr.med.", "", ""},
		{"Müller Dipl.Ing.", "Müller Dipl.Ing.", "", ""},
		{"Acme Co.Ltd", "Acme Co.Ltd", "", ""},
		{"Acme co.ltd.", "Acme co.ltd.", "", ""},
		{"Acme Pvt.Ltd.", "Acme Pvt.Ltd.", "", ""},
		{"Acme Pte.Ltd acme.sg", "Acme Pte.Ltd", "acme.sg", ""},
		{"Müller GmbH & Co.KG", "Müller GmbH & Co.KG", "", ""},
		{"Müller GmbH&Co.KG", "Müller GmbH&Co.KG", "", ""},
		{"Müller.GmbH", "Müller.GmbH", "", ""},
		{"Acme.Inc", "Acme.Inc", "", ""},
		{"Acme.LLC", "Acme.LLC", "", ""},
		{"acme.ltd", "Acme", "acme.ltd", ""},
		{"Mr.Green", "Mr.Green", "", ""},
		{"St.Mary", "St.Mary", "", ""},
		{"Toys R.US", "Toys R.US", "", ""},
		{"Nova d.o.o.", "Nova d.o.o.", "", ""},
		{"Nova Sp. z o.o.", "Nova Sp. z o.o.", "", ""},
		{"Nova N.V.", "Nova N.V.", "", ""},
		{"Studio 2.0", "Studio 2.0", "", ""},
		{"Acme v1.2.3.4", "Acme v1.2.3.4", "", ""},
		{"Acme report.pdf", "Acme report.pdf", "", ""},
		{"Acme acme.con", "Acme acme.con", "", ""},
		{"AT&T", "AT&T", "", ""},
		{"AT&amp;amp;T", "AT&amp;T", "", ""},
		{"North&central", "North&central", "", ""},
		{"A&copy;B", "A&copy;B", "", ""},
		{"help desk", "help desk", "", ""},
	} {
		got := ParseCommand(tt.typed)
		if got.Draft.Name != tt.name || got.Draft.Website != tt.website || got.Left != tt.left || got.Help {
			t.Errorf("ParseCommand(%q): name %q, website %q, left %q; want %q, %q, %q", tt.typed, got.Draft.Name, got.Draft.Website, got.Left, tt.name, tt.website, tt.left)
		}
	}
}

func TestHelpIsAskedForInSeveralWays(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{"help", " HELP ", "?", "--help", "-h", "help\u200b"} {
		if got := ParseCommand(typed); !got.Help || got.Draft != (Draft{}) {
			t.Errorf("ParseCommand(%q) = %+v", typed, got)
		}
	}
}

func FuzzParseCommand(f *testing.F) {
	for _, s := range []string{"Acme, acme.com", "\"A\" (b.com)", "<mailto:a@b.com|x>", "a.com b.de|c.fr", "&lt;<<|>", "S.A.", "Co.KG", "“", "\"\"", "\xff.com @", "((", "x@gmail.com y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := ParseCommand(s)
		d := got.Draft
		if text.Line(d.Name) != d.Name || utf8.RuneCountInString(d.Name) > MaxName || !utf8.ValidString(d.Name) {
			t.Errorf("ParseCommand(%q): name %q", s, d.Name)
		}
		for host := range strings.FieldsSeq(d.Website) {
			if again, err := ParseWebsite(host); err != nil || again != host {
				t.Errorf("ParseCommand(%q): website %q, and of that %q, %v", s, host, again, err)
			}
		}
		if got.Left != "" && NobodyOf(got.Left) == "" {
			t.Errorf("ParseCommand(%q): %q is left, and somebody's", s, got.Left)
		}
		if got.Help && d != (Draft{}) {
			t.Errorf("ParseCommand(%q) = %+v", s, got)
		}
	})
}
