package draft

import (
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
	{"acme.test", "acme.test"},
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
	for _, tt := range []struct{ in, want string }{
		{"", "Type the company's domain, like acme.com."},
		{" \t", "Type the company's domain, like acme.com."},
		{"acme com", "A website has no spaces. Type only the domain, like acme.com."},
		{"acme.com and more", "A website has no spaces. Type only the domain, like acme.com."},
		{"acme", "“acme” has no dot. Type the whole domain, like acme.com."},
		{"https://acme/x", "“acme” has no dot. Type the whole domain, like acme.com."},
		{"http://", "“http://” holds no domain. Type only the domain, like acme.com."},
		{"jane@", "“jane@” holds no domain. Type only the domain, like acme.com."},
		{"192.168.1.10", "“192.168.1.10” is an IP address. Type the company's domain, like acme.com."},
		{"http://192.168.1.10:8080/x", "“192.168.1.10” is an IP address. Type the company's domain, like acme.com."},
		{"１.２.３.４", "“１.２.３.４” is an IP address. Type the company's domain, like acme.com."},
		{"127.1", "“127.1” is an IP address. Type the company's domain, like acme.com."},
		{"0x7f.0x1", "“0x7f.0x1” is an IP address. Type the company's domain, like acme.com."},
		{"2130706433", "“2130706433” is an IP address. Type the company's domain, like acme.com."},
		{"http://[2001:db8::1]:80/", "“[2001:db8::1]” is an IP address. Type the company's domain, like acme.com."},
		{"2001:db8::1", "“2001:db8::1” is an IP address. Type the company's domain, like acme.com."},
		{"fe80::1", "“fe80::1” is an IP address. Type the company's domain, like acme.com."},
		{"::1", "“::1” is an IP address. Type the company's domain, like acme.com."},
		{"localhost", "“localhost” only means the computer itself. Type the company's domain, like acme.com."},
		{"LOCALHOST:8080", "“LOCALHOST” only means the computer itself. Type the company's domain, like acme.com."},
		{"acme.localhost", "“acme.localhost” only means the computer itself. Type the company's domain, like acme.com."},
		{"co.uk", "“co.uk” is only an ending. Type the company's own domain, like acme.co.uk."},
		{"github.io", "“github.io” is only an ending. Type the company's own domain, like acme.github.io."},
		{"onmicrosoft.com", "“onmicrosoft.com” is only an ending. Type the company's own domain, like acme.onmicrosoft.com."},
		{"ftp://acme.com", "“ftp:” does not begin a web address. Type only the domain, like acme.com."},
		{"mailto:jane@acme.com", "“mailto:” does not begin a web address. Type only the domain, like acme.com."},
		{"javascript:alert(1)", "“javascript:” does not begin a web address. Type only the domain, like acme.com."},
		{"acme_corp.com", "“acme_corp.com” is no domain: between the dots are 1 to 63 letters, digits or inner hyphens. Check it, or leave the website empty."},
		{"-acme.com", "“-acme.com” is no domain: between the dots are 1 to 63 letters, digits or inner hyphens. Check it, or leave the website empty."},
		{"acme-.com", "“acme-.com” is no domain: between the dots are 1 to 63 letters, digits or inner hyphens. Check it, or leave the website empty."},
		{"acme..com", "“acme..com” is no domain: between the dots are 1 to 63 letters, digits or inner hyphens. Check it, or leave the website empty."},
		{".acme.com", "“.acme.com” is no domain: between the dots are 1 to 63 letters, digits or inner hyphens. Check it, or leave the website empty."},
		{"acme.com:http", "“acme.com:http” is no domain: between the dots are 1 to 63 letters, digits or inner hyphens. Check it, or leave the website empty."},
		{"acme.com,acme.de", "“acme.com,acme.de” is no domain: between the dots are 1 to 63 letters, digits or inner hyphens. Check it, or leave the website empty."},
		{"b%C3%BCcher.de", "“b%C3%BCcher.de” is no domain: between the dots are 1 to 63 letters, digits or inner hyphens. Check it, or leave the website empty."},
		{"xn--a.com", "“xn--a.com” is no domain: between the dots are 1 to 63 letters, digits or inner hyphens. Check it, or leave the website empty."},
		{strings.Repeat("a", 64) + ".com", "“" + strings.Repeat("a", 40) + "…” is no domain: between the dots are 1 to 63 letters, digits or inner hyphens. Check it, or leave the website empty."},
		{strings.Repeat(label, 4) + "abcd.com", "This domain has 252 characters, and Halo takes 250. Check it, or leave the website empty."},
		{"gmail.com", "Anybody can have an address at gmail.com, so this client would take in the mail of strangers. Leave the website empty, or type the company's own domain."},
		{"jane.doe@GMail.com", "Anybody can have an address at GMail.com, so this client would take in the mail of strangers. Leave the website empty, or type the company's own domain."},
		{"https://mail.yahoo.co.uk/inbox", "Anybody can have an address at mail.yahoo.co.uk, so this client would take in the mail of strangers. Leave the website empty, or type the company's own domain."},
	} {
		got, err := ParseWebsite(tt.in)
		if err == nil {
			t.Errorf("ParseWebsite(%q) = %q, want it refused", tt.in, got)
		} else if err.Error() != tt.want {
			t.Errorf("ParseWebsite(%q):\n got %s\nwant %s", tt.in, err, tt.want)
		}
	}
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
		{"acme.test", "acme.test"},
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

func TestFreeMailListHoldsDomainsThatAMailCanComeFrom(t *testing.T) {
	t.Parallel()
	if n := len(freeMail()); n < 500 {
		t.Fatalf("only %d domains", n)
	}
	for domain := range freeMail() {
		if host, ok := bareHost(domain); !ok || host != domain || publicSuffix(host) == host {
			t.Errorf("%q is no domain as IsFreeMail compares them", domain)
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
		if key != host {
			t.Errorf("HostKey(%q) = %q, but its website is %q", s, key, host)
		}
		if len(host) > MaxWebsite || !strings.Contains(host, ".") || IsFreeMail(host) || RegistrableDomain(host) == "" {
			t.Errorf("ParseWebsite(%q) = %q", s, host)
		}
	})
}
