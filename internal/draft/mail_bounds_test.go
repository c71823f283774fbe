package draft

import (
	"bufio"
	"fmt"
	"strings"
	"testing"
)

// What strangers send is kept within bounds: up to each of them, and not beyond.
func TestWhatIsKeptOfAMailIsBounded(t *testing.T) {
	t.Parallel()
	each := func(n int, line string) string {
		var all strings.Builder
		for i := range n {
			fmt.Fprintf(&all, line, i)
		}
		return all.String()
	}
	read := func(fields string) (header, Mail) {
		t.Helper()
		h, _, err := readHeader(bufio.NewReader(strings.NewReader(fields+"\nHi")), mailField)
		if err != nil {
			t.Fatal(err)
		}
		m, err := ReadMail(strings.NewReader("From: ines@faro-azulejos.pt\n" + fields + "\nHi"))
		if err != nil {
			t.Fatal(err)
		}
		return h, m
	}
	const many = 2 * maxFound
	alike, replies := read(each(many, "Reply-To: x%d@y.example\n"))
	_, results := read(each(many, "Authentication-Results: mx%d.msp.example; none\n"))
	full, _ := read("Subject: " + strings.Repeat("x", maxLine-100) + "\n " + strings.Repeat("x", 100) + "\n " + strings.Repeat("x", 99) + "\n")
	long, _ := read("Subject: " + strings.Repeat("x", 2*maxLine) + "\n")
	mails, parts := plainText+"\nx", plainText+"\nx"
	for i := range many {
		mails = "From: x@y.example\nContent-Type: message/rfc822\n\n" + mails
		parts = fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%[1]d-\n\n--b%[1]d-\n%[2]s\nx\n--b%[1]d-\n%[3]s\n--b%[1]d---\n", i, plainText, parts)
	}
	bodyOf := func(part string) (b body) {
		in := bufio.NewReader(strings.NewReader(part))
		h, _, err := readHeader(in, mailField)
		if err != nil {
			t.Fatal(err)
		}
		b.read(h, in, 0, new(int))
		return b
	}
	whole := strings.Repeat(" ", maxMailboxes/2-2) + "ines@faro.example"
	whole += strings.Repeat(" ", maxMailboxes-len(whole))
	const first, last = "a@faro.example,", ",b@faro.example"
	ends := first + strings.Repeat(" ", maxMailboxes+1-len(first+last)) + last
	for _, tt := range []struct {
		what      string
		got, want int
	}{
		{"bytes of an address in the middle of a list", len(mailboxes(whole)[0].address), len("ines@faro.example")},
		{"mailboxes at the ends of a list too long by one", len(mailboxes(ends)), 2},
		{"mails in mails", len(bodyOf(mails).forwarded), maxDepth + 1},
		{"parts in parts", len(bodyOf(parts).plain), maxDepth},
		{"parts", len(bodyOf("Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 2*maxParts) + "--b--").plain), maxParts - 1},
		{"heads of forwarded mails", len(forwardedSenders(each(many, "From: x%d@y.example\nSubject: y\n"))), maxFound},
		{"lines above quotations", len(quotedSenders(each(many, "x%d@y.example wrote:\n"))), maxFound},
		{"mailboxes", len(mailboxes(each(many, "x%d@y.example, "))), maxFound},
		{"a form's addresses", len(formSenders("Name: x\n" + each(many, "E-mail: x%d@y.example\n"))), maxFound},
		{"senders", len(replies.Senders), maxFound},
		{"fields of a name", len(alike), maxAlike},
		{"results", len(results.Results), maxResults},
		{"bytes of a field", len(full.get("subject")), maxField},
		{"bytes of a line", len(long.get("subject")), maxLine - len("Subject: ")},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %d are kept, want %d", tt.what, tt.got, tt.want)
		}
	}
}
