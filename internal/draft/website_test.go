package draft

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// accepted holds what people paste, and what is stored of it.
var accepted = []struct{ in, want string }{
	{"acme.com", "acme.com"},
	{"https://www.Acme.com/about?x=1", "acme.com"},
	{"WWW.ACME.CO.UK", "acme.co.uk"},
	{"jane@acme.com", "acme.com"},
	{"acme.com.", "acme.com"},
	{"<jane@acme.com> Jane Doe", "acme.com"},
	{strings.Repeat("a", 63) + ".com", strings.Repeat("a", 63) + ".com"},
	{"http://acme.com:8080", "acme.com"},
	{"acme.com:8080/x", "acme.com"},
	{"acme.com:", "acme.com"},
	{"bücher.de", "xn--bcher-kva.de"},
	{"BÜCHER.de", "xn--bcher-kva.de"},
	{"bu\u0308cher.de", "xn--bcher-kva.de"},
	{"xn--bcher-kva.de", "xn--bcher-kva.de"},
	{"straße.de", "xn--strae-oqa.de"},
	{"例え。jp", "xn--r8jz45g.jp"},
	{"support.acme.com", "support.acme.com"},
	{"https://www.www.acme.com", "acme.com"},
	{"www.com", "www.com"},
	{"www.co.uk", "www.co.uk"},
	{"https://www.com.au/", "www.com.au"},
	{"www2.acme.com", "www2.acme.com"},
	{"  acme.com\u00a0\n", "acme.com"},
	{"\ufeffacme.com\u200b", "acme.com"},
	{"HTTPS://ACME.COM#top", "acme.com"},
	{"https:acme.com", "acme.com"},
	{"//acme.com/x", "acme.com"},
	{`http:\\acme.com\x`, "acme.com"},
	{"https://user:secret@acme.com/", "acme.com"},
	{"https://acme.com/@jane", "acme.com"},
	{"acme.com?mail=a@b.c", "acme.com"},
	{"<http://www.acme.com/|www.acme.com>", "acme.com"},
	{"example.com", "example.com"},
	{"acme.example", "acme.example"},
	{"mailto:jane@acme.com", "acme.com"},
	{"MAILTO:jane@acme.com?subject=Hello", "acme.com"},
	{"@acme.com", "acme.com"},
	{".acme.com", "acme.com"},
	{"*.acme.com", "acme.com"},
	{"“acme.com”", "acme.com"},
	{"‘www.acme.com’,", "acme.com"},
	{"«acme.com»", "acme.com"},
	{"「acme.com」", "acme.com"},
	{"`acme.com`", "acme.com"},
	{"*acme.com*", "acme.com"},
	{"(acme.com)", "acme.com"},
	{"[acme.com]", "acme.com"},
	{"<acme.com>", "acme.com"},
	{"<https://acme.com>", "acme.com"},
	{"<mailto:jane@acme.com|jane@acme.com>", "acme.com"},
	{"acme.com!", "acme.com"},
	{"acme.com…", "acme.com"},
	{"acme.com);", "acme.com"},
	{"https://acme.com/a,b.com", "acme.com"},
	{"https://web.archive.org/web/2020/https://acme.com", "web.archive.org"},
	{"http://https://acme.com", "acme.com"},
	{"ac\u00adme.com", "acme.com"},
	{"acme\u200d.com", "acme.com"},
	{"acme.com\ufe0f", "acme.com"},
	{"acme.com\U000e0041", "acme.com"},
	{"acme\u2011rockets.com", "acme-rockets.com"},
	{"acme–rockets.com", "acme-rockets.com"},
	{"ｈｔｔｐｓ：／／ａｃｍｅ．ｃｏｍ／ｘ", "acme.com"},
	{"jo＠acme．com", "acme.com"},
	{"نامه\u200cای.com", "xn--mgba3gch31f060k.com"},
	{"paral·lel.cat", "xn--parallel-koa.cat"},
	{"почта.рф", "xn--80a1acny.xn--p1ai"},
	{"acme.wordpress.com", "acme.wordpress.com"},
	{"acme.sharepoint.com", "acme.sharepoint.com"},
	{"acme.xn--vermgensberatung-pwb", "acme.xn--vermgensberatung-pwb"},
	{"acme.москва", "acme.xn--80adxhks"},
	{"docusign.com", "docusign.com"},
	{"salesforce.com", "salesforce.com"},
	{"acme.example.org", "acme.example.org"},
	{"3m.com", "3m.com"},
	{"163.example", "163.example"},
	{"a--b.de", "a--b.de"},
	{"acme.onmicrosoft.com", "acme.onmicrosoft.com"},
	{"acme.github.io", "acme.github.io"},
	{"notgmail.com", "notgmail.com"},
	{"https://acme.com/" + strings.Repeat("x", 300), "acme.com"},
}

func TestWebsiteBecomesItsBareHost(t *testing.T) {
	t.Parallel()
	for _, tt := range accepted {
		got, err := ParseWebsite(tt.in)
		if err != nil || got != tt.want {
			t.Errorf("ParseWebsite(%q) = %q, %v; want %q", tt.in, got, err, tt.want)
		}
		if key := HostKey(tt.in); key != tt.want {
			t.Errorf("HostKey(%q) = %q, want %q", tt.in, key, tt.want)
		}
	}
}

// The sentences are here in full, to be read together.
func TestRefusedWebsiteSaysWhatToDo(t *testing.T) {
	t.Parallel()
	label := strings.Repeat("a", 60) + "."
	for _, tt := range []struct {
		want string // %s is what is shown of the input
		in   []struct{ typed, shown string }
	}{
		{"Type the company's domain, like acme.com.", pairs("", "", " \t", "", "\u200e\u200b", "")},
		{"One website only. Type the main one, like acme.com, or leave it empty.", pairs(
			"acme.com,acme.de", "", "acme.com; acme.de", "", "acme.com acme.de", "", "acme.com and acme.de", "",
			"acme.com & acme.de", "", "acme.com\nacme.de", "", "acme.com|acme.de", "", "https://acme.com/ https://acme.de/", "",
			"https://acme.com/,https://acme.de/", "", "(acme.com), <acme.de>", "", "jo@acme.com; jo@acme.de", "", "acme.com / acme.de", "")},
		{"A web address has no spaces. Type it as acme.com, or leave it empty.", pairs(
			"acme com", "", "acme.com and more", "", "acme rockets.com", "", "see acme.com", "")},
		{"“%s” is an IP address. Type the company's domain, like acme.com.", pairs(
			"192.168.1.10", "192.168.1.10", "http://192.168.1.10:8080/x", "192.168.1.10", "１.２.３.４", "1.2.3.4", "127.1", "127.1", "1.0", "1.0",
			"0x7f.0x1", "0x7f.0x1", "2130706433", "2130706433", "http://[2001:db8::1]:80/", "[2001:db8::1]",
			"2001:db8::1", "2001:db8::1", "fe80::1", "fe80::1", "::1", "::1", "[::1]", "[::1]", "(10.0.0.7)", "10.0.0.7")},
		{"“%s” is only an ending. Type the company's own domain, like acme.%[1]s.", pairs(
			"co.uk", "co.uk", "com.br", "com.br", "github.io", "github.io", "onmicrosoft.com", "onmicrosoft.com", "wordpress.com", "wordpress.com")},
		{"“%s:” does not begin a web address. Type it as acme.com, or leave it empty.", pairs(
			"ftp://acme.com", "ftp", "javascript:alert(1)", "javascript", "data:text/html,x", "data", "file:///c:/acme.com", "file", "tel:+4420", "tel")},
		{"“%s” is not a web address that exists. Type it as acme.com, or leave it empty.", pairs(
			"acme", "acme", "https://acme/x", "acme", "http://", "http://", "jane@", "jane@", "localhost", "localhost", "LOCALHOST:8080", "LOCALHOST",
			"acme.localhost", "acme.localhost", "acme_corp.com", "acme_corp.com", "-acme.com", "-acme.com", "acme-.com", "acme-.com",
			"acme..com", "acme..com", "acme.com:http", "acme.com:http", "b%C3%BCcher.de", "b%C3%BCcher.de", "xn--a.com", "xn--a.com",
			strings.Repeat("a", 64)+".com", strings.Repeat("a", 40)+"…",
			"s.a", "s.a", "S.p.A.", "S.p.A", "n.a", "n.a", "acme.con", "acme.con", "acme.cmo", "acme.cmo", "acme.comm", "acme.comm", "report.pdf", "report.pdf",
			"invoice.xlsx", "invoice.xlsx", "photo.JPG", "photo.JPG", "node.js", "node.js", "Dr.Oetker", "Dr.Oetker", "St.Mary", "St.Mary",
			"acme.local", "acme.local", "dc1.acme.internal", "dc1.acme.internal", "acme.corp", "acme.corp", "acme.lan", "acme.lan",
			"acme.home", "acme.home", "acme.invalid", "acme.invalid", "acme.test", "acme.test", "acme.localdomain", "acme.localdomain",
			"router.home.arpa", "router.home.arpa", "acme.onion", "acme.onion", "acme.intranet", "acme.intranet", "acme.alt", "acme.alt",
			"ac☎me.com", "ac☎me.com", "❤.ws", "❤.ws", "xn--qei.ws", "xn--qei.ws", "acme™.com", "", "ac©me.com", "ac©me.com", "😀.com", "😀.com", "a+b.com", "a+b.com")},
		{"Anybody can have an address at %s, so this client would take in the mail of strangers. Leave the website empty, or type the company's own domain.", pairs(
			"gmail.com", "gmail.com", "jane.doe@GMail.com", "GMail.com", "https://mail.yahoo.co.uk/inbox", "mail.yahoo.co.uk",
			"internode.on.net", "internode.on.net", "x@privaterelay.appleid.com", "privaterelay.appleid.com", "pp.inet.fi", "pp.inet.fi")},
		{"Many companies share %s, so this client would take in the mail of strangers. Leave the website empty, or type the company's own domain.", pairs(
			"nhs.net", "nhs.net", "docusign.net", "docusign.net", "eumail.docusign.net", "eumail.docusign.net", "https://linktr.ee/acme", "linktr.ee",
			"https://www.facebook.com/acme", "www.facebook.com", "m.facebook.com", "m.facebook.com", "https://sites.google.com/view/acme", "sites.google.com",
			"noreply@email.teams.microsoft.com", "email.teams.microsoft.com", "googlegroups.com", "googlegroups.com", "u123.ct.sendgrid.net", "u123.ct.sendgrid.net",
			"zoom.us", "zoom.us", "jo@acme.cjsm.net", "acme.cjsm.net", "https://x.com/acme", "x.com")},
		{"This domain has 252 characters, and Halo takes 250. Check it, or leave the website empty.", pairs(strings.Repeat(label, 4)+"abcd.com", "")},
	} {
		for _, in := range tt.in {
			got, err := ParseWebsite(in.typed)
			want := tt.want
			if strings.Contains(want, "%") {
				want = fmt.Sprintf(want, in.shown)
			}
			switch {
			case err == nil && in.typed == "acme™.com":
				// ™ is written TM, as browsers have it.
				if got != "acmetm.com" {
					t.Errorf("ParseWebsite(%q) = %q", in.typed, got)
				}
			case err == nil:
				t.Errorf("ParseWebsite(%q) = %q, want it refused", in.typed, got)
			case err.Error() != want:
				t.Errorf("ParseWebsite(%q):\n got %s\nwant %s", in.typed, err, want)
			}
		}
	}
}

func pairs(words ...string) (all []struct{ typed, shown string }) {
	for i := 0; i < len(words); i += 2 {
		all = append(all, struct{ typed, shown string }{words[i], words[i+1]})
	}
	return all
}

func TestWhatIsTypedAsAWebsite(t *testing.T) {
	t.Parallel()
	for _, c := range table(t, "testdata/websites.tsv", 2) {
		got, err := ParseWebsite(c[0])
		if err != nil {
			got = "REFUSED"
		}
		if got != c[1] {
			t.Errorf("ParseWebsite(%q) = %q (%v), want %q", c[0], got, err, c[1])
		}
	}
}

// table reads a table of n columns in which \uXXXX stands for that character and \n for a line
// break.
func table(t *testing.T, file string, n int) (rows [][]string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		columns := strings.Split(lines.Text(), "\t")
		if strings.HasPrefix(lines.Text(), "#") || len(columns) != n {
			continue
		}
		for i, column := range columns {
			if columns[i], err = strconv.Unquote(`"` + strings.ReplaceAll(column, `"`, `\"`) + `"`); err != nil {
				t.Fatalf("%q: %v", column, err)
			}
		}
		rows = append(rows, columns)
	}
	if err := lines.Err(); err != nil || len(rows) == 0 {
		t.Fatalf("%s: %d rows, %v", file, len(rows), err)
	}
	return rows
}

func TestWebsiteOfExactly250CharactersIsAccepted(t *testing.T) {
	t.Parallel()
	host := strings.Repeat(strings.Repeat("a", 60)+".", 4) + "ab.com"
	if got, err := ParseWebsite(host); err != nil || got != host || len(host) != MaxWebsite {
		t.Errorf("%d characters: %q, %v", len(host), got, err)
	}
}

func TestHostKeyReadsWhatHaloHasStored(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"n/a", ""},
		{"none", ""},
		{"-", ""},
		{"...", ""},
		{"tbc (ask Jane)", ""},
		{"https://", ""},
		{"HTTP://WWW.ACME.COM/", "acme.com"},
		{"https://acme.com, https://acme.de", "acme.com"},
		{"Acme Ltd; www.acme.com", "acme.com"},
		{"see (acme.com).", "acme.com"},
		{"info@acme.com", "acme.com"},
		{"gmail.com", "gmail.com"},
		{"old_site.acme.com", "old_site.acme.com"},
		{"bücher.de", "xn--bcher-kva.de"},
		{"\xff\xfe", ""},
	} {
		if got := HostKey(tt.in); got != tt.want {
			t.Errorf("HostKey(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestRegistrableDomain(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{"mail.initech.co.uk", "initech.co.uk"},
		{"initech.co.uk", "initech.co.uk"},
		{"a.b.c.acme.com", "acme.com"},
		{"sub.acme.example", "acme.example"},
		{"mail.bücher.de", "xn--bcher-kva.de"},
		{"desk.acme.github.io", "acme.github.io"},
		{"acme.onmicrosoft.com", "acme.onmicrosoft.com"},
		{"bob@mail.acme.com", "acme.com"},
		{"co.uk", ""},
		{"com", ""},
		{"localhost", ""},
		{"10.0.0.1", ""},
		{"", ""},
		{"no host at all", ""},
	} {
		if got := RegistrableDomain(tt.in); got != tt.want {
			t.Errorf("RegistrableDomain(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestFreeMail(t *testing.T) {
	t.Parallel()
	for _, domain := range strings.Fields(`gmail.com googlemail.com GMAIL.COM outlook.com outlook.de hotmail.com
		hotmail.co.uk live.com msn.com yahoo.com yahoo.co.uk yahoo.de gmx.de gmx.net web.de icloud.com me.com mac.com
		proton.me protonmail.com tutanota.com aol.com yandex.ru mail.ru qq.com 163.com t-online.de orange.fr
		btinternet.com comcast.net libero.it mail.com mailinator.com in.gmail.com`) {
		if !IsFreeMail(domain) {
			t.Errorf("%s is not known as free mail", domain)
		}
	}
	for _, domain := range []string{"", "acme.com", "notgmail.com", "gmail.com.acme.com", "com", "microsoft.com",
		"google.com", "bt.com", "facebook.com", "alibaba.com", "acme.onmicrosoft.com", "example.com"} {
		if IsFreeMail(domain) {
			t.Errorf("%q is taken for free mail", domain)
		}
	}
}

func TestTheSameWebsiteTwiceIsOne(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"acme-tin.com www.acme-tin.com": "acme-tin.com", "acme-tin.com / https://acme-tin.com/de": "acme-tin.com", "• acme-tin.com": "acme-tin.com",
		"acme-tin.com tin": "", "acme-tin.com UK": "", "tin acme-tin.com": "", "acme-tin.com acme-tin.de": "",
	} {
		if got, err := ParseWebsite(typed); got != want || (err == nil) != (want != "") {
			t.Errorf("ParseWebsite(%q) is %q, %v; want %q", typed, got, err, want)
		}
	}
}

func TestListsHoldDomainsThatAMailCanComeFrom(t *testing.T) {
	t.Parallel()
	for name, list := range map[string]struct {
		domains map[string]bool
		atLeast int
	}{"freemail.txt": {freeMail(), 500}, "shared.txt": {shared(), 300}, "tenants.txt": {tenants(), 15}} {
		if n := len(list.domains); n < list.atLeast {
			t.Errorf("%s: only %d domains", name, n)
		}
		for domain := range list.domains {
			if host, ok := bareHost(domain); !ok || host != domain || !exists(host) {
				t.Errorf("%s: %q is no domain as hosts are compared with", name, domain)
			}
			if name != "tenants.txt" && tenants()[domain] || name == "shared.txt" && freeMail()[domain] {
				t.Errorf("%s: %q is on another list too", name, domain)
			}
		}
	}
}

func TestWhoseADomainIs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in      string
		nobody  Nobody
		company string
	}{
		{"acme.com", "", "acme.com"},
		{"jo@mail.initech.co.uk", "", "initech.co.uk"},
		{"acme.onmicrosoft.com", "", "acme.onmicrosoft.com"},
		{"x@support.acme.zendesk.com", "", "acme.zendesk.com"},
		{"gmail.com", FreeMail, ""},
		{"jo@i.softbank.jp", FreeMail, ""},
		{"someone@softbank.jp", "", "softbank.jp"},
		{"jo@privaterelay.appleid.com", FreeMail, ""},
		{"internode.on.net", FreeMail, ""},
		{"on.net", "", "on.net"},
		{"dse@docusign.net", Shared, ""},
		{"x@mail.zoom.us", Shared, ""},
		{"acme.nhs.net", Shared, ""},
		{"jo@acme.local", Unroutable, ""},
		{"ups@rack1.internal", Unroutable, ""},
		{"root@localhost.localdomain", Unroutable, ""},
		{"acme.con", Unroutable, ""},
		{"jane@foo-.acme.com", Unroutable, ""},
		{"jane@-foo.acme.com", Unroutable, ""},
		{"jane@acme-.com", Unroutable, ""},
		{"jane@xn--a.com", Unroutable, ""},
		{"jane@xn--a.acme.com", Unroutable, ""},
		{"jane@my_host.acme.com", "", "acme.com"},
		{"jane@_dmarc.acme.com", "", "acme.com"},
		{"jane@te--st.com", "", "te--st.com"},
		{"co.uk", Ending, ""},
		{"zendesk.com", Ending, ""},
		{"10.0.0.1", NoDomain, ""},
		{"root@localhost", NoDomain, ""},
		{"", NoDomain, ""},
	} {
		if got := NobodyOf(tt.in); got != tt.nobody {
			t.Errorf("NobodyOf(%q) = %q, want %q", tt.in, got, tt.nobody)
		}
		if got := Company(tt.in); got != tt.company {
			t.Errorf("Company(%q) = %q, want %q", tt.in, got, tt.company)
		}
	}
}

func TestHostsOfAFieldThatHoldsSeveral(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		"globex.com; globex-group.com":             {"globex.com", "globex-group.com"},
		"https://www.globex.com/x, info@globex.de": {"globex.com", "globex.de"},
		"http://globex.com http://www.globex.com":  {"globex.com"},
		"Globex | globex.com | globex.de (old)":    {"globex.com", "globex.de"},
		"https://globex.com/,https://globex.de/":   {"globex.com", "globex.de"},
		"https://globex.com/a;b.com?c=d.com,e.com": {"globex.com"},
		"":         nil,
		"none yet": nil,
	} {
		if got := Hosts(in); !slices.Equal(got, want) {
			t.Errorf("Hosts(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCompanyName(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{"acme-rockets.co.uk", "Acme Rockets"},
		{"mail.acme-rockets.co.uk", "Acme Rockets"},
		{"initech.de", "Initech"},
		{"xn--bcher-kva.de", "Bücher"},
		{"österreich-möbel.at", "Österreich Möbel"},
		{"jane@acme.com", "Acme"},
		{"3m.com", "3m"},
		{"a--b.de", "A B"},
		{"acme.onmicrosoft.com", "Acme"},
		{"gmail.com", ""},
		{"mail.web.de", ""},
		{"co.uk", ""},
		{"", ""},
		{"no domain", ""},
	} {
		if got := CompanyName(tt.in); got != tt.want {
			t.Errorf("CompanyName(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestInternationalDomainsAreShownAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ host, shown, typed, name string }{
		{"acme.com", "acme.com", "acme.com", "Acme"},
		{"xn--bcher-kva.de", "bücher.de", "bücher.de", "Bücher"},
		{"bücher.de", "bücher.de", "bücher.de", "Bücher"},
		{"mail.xn--80a1acny.xn--p1ai", "mail.почта.рф", "mail.почта.рф", "Почта"},
		{"xn--pple-43d.com", "аpple.com (xn--pple-43d.com)", "xn--pple-43d.com", ""},
		{"xn--80ak6aa92e.com", "аррӏе.com (xn--80ak6aa92e.com)", "xn--80ak6aa92e.com", ""},
		{"ресурс.ru", "ресурс.ru", "ресурс.ru", "Ресурс"},
		{"сахар.рф", "сахар.рф", "сахар.рф", "Сахар"},
		{"ресурс.com", "ресурс.com (xn--e1avbdbk.com)", "ресурс.com", ""},
		{"аpple.ru", "аpple.ru (xn--pple-43d.ru)", "аpple.ru", ""},
		{"аpple.com", "аpple.com (xn--pple-43d.com)", "аpple.com", ""},
		{"acme-xn--x.com", "acme-xn--x.com", "acme-xn--x.com", "Acme Xn X"},
		{"xn--a.com", "xn--a.com", "xn--a.com", ""},
		{"not a host", "not a host", "not a host", ""},
		{"", "", "", ""},
	} {
		if got := ShownHost(tt.host); got != tt.shown {
			t.Errorf("ShownHost(%q) = %q, want %q", tt.host, got, tt.shown)
		}
		if got := TypedHost(tt.host); got != tt.typed {
			t.Errorf("TypedHost(%q) = %q, want %q", tt.host, got, tt.typed)
		}
		if got := CompanyName(tt.host); got != tt.name {
			t.Errorf("CompanyName(%q) = %q, want %q", tt.host, got, tt.name)
		}
	}
	if got := ShownAddress("jo@xn--pple-43d.com"); got != "jo@аpple.com (xn--pple-43d.com)" {
		t.Errorf("ShownAddress: %q", got)
	}
}

func FuzzParseWebsite(f *testing.F) {
	for _, tt := range accepted {
		f.Add(tt.in)
	}
	for _, s := range []string{"co.uk", "[::1]", "www.www.", "xn--", "\xff.com", "a@b@c.d", "ß.de", "İ.com", "١.com", "0.0..", ".www.w.w", "www..w", "www._.w"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key := HostKey(s)
		if again := HostKey(key); again != key {
			t.Errorf("HostKey(%q) = %q, and of that %q", s, key, again)
		}
		RegistrableDomain(s)
		if name := CompanyName(s); !utf8.ValidString(name) {
			t.Errorf("CompanyName(%q) = %q", s, name)
		}
		host, err := ParseWebsite(s)
		if err != nil {
			if host != "" || !utf8.ValidString(err.Error()) {
				t.Errorf("ParseWebsite(%q) = %q, %q", s, host, err)
			}
			return
		}
		if again, err := ParseWebsite(host); err != nil || again != host {
			t.Errorf("ParseWebsite(%q) = %q, and of that %q, %v", s, host, again, err)
		}
		if again, err := ParseWebsite(TypedHost(host)); err != nil || again != host {
			t.Errorf("ParseWebsite(%q) = %q, but as it is typed, %q, it is %q, %v", s, host, TypedHost(host), again, err)
		}
		if key != host {
			t.Errorf("HostKey(%q) = %q, but its website is %q", s, key, host)
		}
		if len(host) > MaxWebsite || !strings.Contains(host, ".") || IsFreeMail(host) || RegistrableDomain(host) == "" || NobodyOf(host) != "" || len(Hosts(host)) != 1 {
			t.Errorf("ParseWebsite(%q) = %q", s, host)
		}
	})
}
