package text

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNamesThatMayBeTakenForTheSame(t *testing.T) {
	t.Parallel()
	for _, c := range cases3(t, "testdata/names.tsv") {
		if a, b := Key(c[0]), Key(c[1]); (a == b) != (c[2] == "same") {
			t.Errorf("%q and %q are to be %s: their keys are %q and %q", c[0], c[1], c[2], a, b)
		}
	}
}

// cases3 reads a table of three columns in which \uXXXX stands for that character.
func cases3(t *testing.T, file string) (all [][3]string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		columns := strings.Split(lines.Text(), "\t")
		if strings.HasPrefix(lines.Text(), "#") || len(columns) != 3 {
			continue
		}
		var c [3]string
		for i := range c {
			if c[i], err = strconv.Unquote(`"` + strings.ReplaceAll(columns[i], `"`, `\"`) + `"`); err != nil {
				t.Fatalf("%q: %v", columns[i], err)
			}
		}
		all = append(all, c)
	}
	if err := lines.Err(); err != nil || len(all) == 0 {
		t.Fatalf("%s: %d cases, %v", file, len(all), err)
	}
	return all
}

func TestMoreNamesThatMayBeTakenForTheSame(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"Acme Ltd", "Acme Ltd\u200e", true},
		{"Acme Ltd", "ACME  ltd ", true},
		{"Acme Ltd", "Acme\u2028Ltd", true},
		{"Acme Ltd", "Acme\u2800Ltd", true},
		{"Acme", "\x00Ac\x07me\x7f", true},
		{"Acme", "A\ufe0fc\u180eme\ufffc", true},
		{"Acme", "Ac\U000e0041\U000e0042me", true},
		{"Acme", "\u3164Acme\uffa0\u115f", true},
		{"Straße AG", "STRASSE ag", true},
		{"Café", "cafe\u0301", true},
		{"ΣΊΣΥΦΟΣ", "σίσυφος", true},
		{"ガス", "ｶﾞｽ", true},
		{"Ａcme ＆ Co．", "acme & co.", true},
		{"ﬁsh", "FISH", true},
		{"O′Neil's", "O`Neil´s", true},
		{"«Krone»", "「Krone」", true},
		{"‹Krone›", "'Krone'", true},
		{"A − B", "A ― B", true},
		{"Wait…", "Wait...", true},
		{"می\u200cخواهم", "میخواهم", true},
		{"❤\ufe0f Charity", "❤ Charity", true},
		{"葛\U000e0100城", "葛城", true},
		{"👩\u200d🚒 Co", "👩🚒 Co", true},

		{"Acme", "Acme.", false},
		{"Cafe", "Café", false},
		{"Acme\u0605", "Acme", false},
		{"\u06ddAcme", "Acme", false},
		{"A-B", "AB", false},
		{"A - B", "A-B", false},
		{"Murphy's", "Murphys", false},
		{"\"A\"", "'A'", false},
		{"H²O", "H2O", false},
		{"Acme 1", "Acme ①", false},
		{"Аcme", "Acme", false}, // Cyrillic А
	} {
		if a, b := Key(tt.a), Key(tt.b); (a == b) != tt.same {
			t.Errorf("%q and %q: same is to be %v, the keys are %q and %q", tt.a, tt.b, tt.same, a, b)
		}
	}
}

func TestWhatIsKeptAndShown(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, line string }{
		{"  Acme\u00a0 Rockets\r\nLtd\t", "Acme Rockets Ltd"},
		{"Acme\u200e", "Acme"},
		{"\u202eemcA\u202c", "emcA"},
		{"Müller – “Ｆisch” …", "Müller – “Ｆisch” …"},
		{"می\u200cخواهم", "می\u200cخواهم"},
		{"👩\u200d🚒 ❤\ufe0f 🏳\ufe0f\u200d🌈", "👩\u200d🚒 ❤\ufe0f 🏳\ufe0f\u200d🌈"},
		{"葛\U000e0100城", "葛\U000e0100城"},
		{"Acme\ufe0f", "Acme"},
		{"Acme \u200d\u200c", "Acme"},
		{"\u200dAcme", "Acme"},
		{"A\u200d\u200d\u200dB", "A\u200dB"},
		{"a\xff\xfeb", "a\uFFFDb"},
		{"\x1b[31mred\x1b[0m", "[31mred[0m"},
		{"\u0601", "\u0601"},
		{"", ""},
		{" \t\u00a0\n", ""},
		{"\u200b\u200c\u200d\u2060\ufeff\u00ad\u061c\u200f\u2066\u2069\u034f\u115f\u17b4\u180b\u3164\ufe0f\uffa0\u2800\ufffc\U000e0001\U000e0100\U0001d173", ""},
	} {
		if got := Line(tt.in); got != tt.line {
			t.Errorf("Line(%q) = %q, want %q", tt.in, got, tt.line)
		}
	}
	if got, want := Lines(" a\r\n\tb\u200b\u2028c\rd\x00 \n\n"), " a\n\tb\nc\nd \n\n"; got != want {
		t.Errorf("Lines: %q, want %q", got, want)
	}
}

func TestCutting(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in         string
		n          int
		cut, short string
	}{
		{"Acme", 4, "Acme", "Acme"},
		{"Acme Ltd", 6, "Acme L", "Acme…"},
		{"Acme Ltd", 5, "Acme", "Acme…"},
		{"üüü", 2, "üü", "ü…"},
		{"ae\u0301x", 2, "a", "a…"},
		{"a👩\u200d🚒b", 3, "a👩", "a👩…"},
		{"a👩\u200d🚒b", 4, "a👩\u200d🚒", "a👩…"},
		{"می\u200cخواهم", 3, "می", "می…"},
		{"e\u0301\u0301\u0301\u0301", 3, "e\u0301\u0301", "e\u0301…"},
		{"\u0301\u0301\u0301", 2, "\u0301\u0301", "\u0301…"},
		{"Acme", 0, "", ""},
	} {
		if got := Cut(tt.in, tt.n); got != tt.cut {
			t.Errorf("Cut(%q, %d) = %q, want %q", tt.in, tt.n, got, tt.cut)
		}
		if got := Short(tt.in, tt.n); got != tt.short {
			t.Errorf("Short(%q, %d) = %q, want %q", tt.in, tt.n, got, tt.short)
		}
	}
}

func TestCuttingInTheMiddle(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   string
		n    int
		want string
	}{
		{"Acme", 4, "Acme"},
		{"abcdefghij", 9, "abcd…ghij"},
		{"abcdefghij", 5, "ab…ij"},
		{"abcdefghij", 4, "ab…j"},
		{"abcdefghij", 1, "…"},
		{"abcdefghij", 0, ""},
		{"abcde\u0301f", 5, "ab…f"},
		{"abcd\u200d🚒", 5, "ab…🚒"},
		{"abcd\u200cم", 5, "ab…م"},
		{"abcde\u0301\u0301", 5, "ab…"},
		{"a\u0301bcdef", 3, "a…f"},
	} {
		if got := Middle(tt.in, tt.n); got != tt.want {
			t.Errorf("Middle(%q, %d) = %q, want %q", tt.in, tt.n, got, tt.want)
		}
	}
}

func TestSentences(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"not allowed":              "not allowed.",
		" Not\n allowed. ":         "Not allowed.",
		"He said “no!”":            "He said “no!”",
		"Is it (there)":            "Is it (there).",
		"\u200b":                   "",
		strings.Repeat("long ", 9): "long long long long long lon…",
	} {
		if got := Sentence(in, 29); got != want {
			t.Errorf("Sentence(%q) = %q, want %q", in, got, want)
		}
	}
}

// FuzzShownKeptCompared holds that what is shown, kept and compared never disagree on whether
// two names look the same.
func FuzzShownKeptCompared(f *testing.F) {
	for _, s := range []string{"Straße  AG", "ΐ\u0345ǅ", "ꮑᏁ", "A\u200d\ufe0f\u200cB", "❤\u200b\ufe0f", "ｶﾞ\u3000…", "\u2800\u200d", "´`\u1fef\u037e", "İ", "\xff"} {
		f.Add(s, 5)
	}
	f.Fuzz(func(t *testing.T, s string, n int) {
		line, key := Line(s), Key(s)
		if again := Line(line); again != line {
			t.Errorf("Line(%q) = %q, and of that %q", s, line, again)
		}
		if again := Key(key); again != key {
			t.Errorf("Key(%q) = %q, and of that %q", s, key, again)
		}
		if of := Key(line); of != key {
			t.Errorf("Key(%q) = %q, but of what is shown %q", s, key, of)
		}
		if of := Key(Lines(s)); of != key {
			t.Errorf("Key(%q) = %q, but of its lines %q", s, key, of)
		}
		if (line == "") != (key == "") {
			t.Errorf("%q shows %q and is compared as %q", s, line, key)
		}
		if lines := Lines(s); Lines(lines) != lines {
			t.Errorf("Lines(%q) = %q, and of that %q", s, lines, Lines(lines))
		}
		// Whatever is strewn in that cannot be seen, it stays the same name.
		strewn := strings.Join(strings.Split(s, ""), "\u200e")
		if utf8.ValidString(s) && Key(strewn) != key {
			t.Errorf("Key(%q) = %q, but with marks in it %q", s, key, Key(strewn))
		}
		if n %= 50; n > 0 && utf8.ValidString(s) {
			cut := Cut(line, n)
			if utf8.RuneCountInString(cut) > n || !utf8.ValidString(cut) || Cut(cut, n) != cut || !strings.HasPrefix(line, cut) {
				t.Errorf("Cut(%q, %d) = %q", line, n, cut)
			}
			if short := Short(line, n); utf8.RuneCountInString(short) > n || !utf8.ValidString(short) {
				t.Errorf("Short(%q, %d) = %q", line, n, short)
			}
		}
	})
}

func TestWordsThatCanBeTakenForOthers(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"аpple", "аррӏе", "раураӏ", "gооgle", "αpple", "ωοω", "ɡoogle", "ıcloud", "micrοsoft", "ѕсоре", "գoogle", "вanк", "ｏａсе",
		"appleяблоко", "ﷴacme", "aא", "oօ", "ᴀcme", "ɐcme",
	} {
		if !Mixed(s) && !LikeLatin(s) {
			t.Errorf("%q is taken for what it is", s)
		}
	}
	for _, s := range []string{
		"", "apple", "bücher", "ærø", "žluťoučký", "việtnam", "почта", "москва", "ελλάδα", "яблоко24", "日本語", "トヨタmotor",
		"ソニー銀行", "한국어", "漢字abc", "שלום", "سلام", "می\u200cخواهم", "ไทย", "հայաստան", "3m", "a-b", "łódź", "ångström", "ñandú",
		"aɏa", "aḀa", "aỿa", // the ends of what is written
	} {
		if Mixed(s) || LikeLatin(s) {
			t.Errorf("%q is taken for another word", s)
		}
	}
}
