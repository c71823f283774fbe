package draft

import (
	"bufio"
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
)

// body is what is read of a mail's body: for a forwarded head, and for whether it is a report
// of a mail server.
type body struct {
	plain, html []string
	forwarded   []header // of the mails that are attached
	charset     string   // of the first text
	report      bool     // it holds a delivery status or a disposition notification
}

// Bounds of a body.
const (
	maxText  = 1 << 20 // bytes of a text
	maxParts = 100
	maxDepth = 8 // of mails in mails and parts in parts
)

// read takes a mail's body, or a part of one, apart.
func (b *body) read(h header, r io.Reader, depth int, parts *int) {
	if *parts++; depth > maxDepth || *parts > maxParts {
		return
	}
	kind, params := contentType(h.get("content-type"))
	if _, at := contentType(h.get("content-disposition")); hasEnding(params["name"], ".eml") || hasEnding(at["filename"], ".eml") {
		kind = "message/rfc822" // Apple Mail and others attach mails as files
	}
	attached := strings.HasPrefix(strings.ToLower(h.get("content-disposition")), "attachment")
	switch {
	case kind == "multipart/report" && params["report-type"] != "" && params["report-type"] != "feedback-report",
		kind == "message/delivery-status", kind == "message/global-delivery-status", kind == "message/disposition-notification":
		b.report = b.report || depth <= 1
	}
	if strings.HasPrefix(kind, "multipart/") {
		whole, _ := io.ReadAll(r)
		if b.readParts(whole, params["boundary"], depth, parts) {
			return
		}
		kind, r = "text/plain", bytes.NewReader(whole)
	}
	page := strings.HasPrefix(kind, "text/") && strings.Contains(kind, "htm")
	switch {
	case kind == "message/rfc822" || kind == "message/global":
		inner := bufio.NewReader(decodeTransfer(h, r))
		head, any, err := readHeader(inner, mailField)
		if err != nil || !any {
			return
		}
		b.forwarded = append(b.forwarded, head)
		report := b.report
		b.read(head, inner, depth+1, parts)
		b.report = report // a bounce that somebody attached makes no bounce
	case attached:
	case strings.HasPrefix(kind, "text/") && !otherTexts[kind]:
		raw, _ := io.ReadAll(io.LimitReader(decodeTransfer(h, r), maxText))
		if b.charset == "" {
			b.charset = params["charset"]
		}
		text := toUTF8(string(raw), params["charset"])
		if !page {
			b.plain = append(b.plain, text)
			break
		}
		if params["charset"] == "" {
			if enc, _, _ := charset.DetermineEncoding(raw[:min(len(raw), 1024)], ""); enc != nil {
				if decoded, err := enc.NewDecoder().String(string(raw)); err == nil {
					text = decoded
				}
			}
		}
		b.html = append(b.html, htmlText(text))
	}
}

// readParts reads the parts of a body; found is false where the boundary is not in it, or empty.
func (b *body) readParts(whole []byte, boundary string, depth int, parts *int) (found bool) {
	for all := multipart.NewReader(bytes.NewReader(whole), boundary); ; found = true {
		part, err := all.NextRawPart()
		if err != nil {
			return found
		}
		var ph header
		for _, name := range []string{"Content-Type", "Content-Transfer-Encoding", "Content-Disposition"} {
			ph = append(ph, struct{ name, value string }{strings.ToLower(name), part.Header.Get(name)})
		}
		b.read(ph, part, depth+1, parts)
	}
}

// otherTexts are in a form of their own. Of what is not known, a text is a plain one (RFC 2046 section 4.1.4).
var otherTexts = setOf("text/calendar", "text/x-vcalendar", "text/vcard", "text/x-vcard", "text/directory", "text/csv", "text/rfc822-headers")

func hasEnding(name, ending string) bool { return strings.HasSuffix(strings.ToLower(name), ending) }

// contentType takes a Content-Type apart, also one that mime.ParseMediaType gives up. One that
// names no type with a subtype is of a plain text (RFC 2045 section 5.2).
func contentType(s string) (kind string, params map[string]string) {
	kind, params, err := mime.ParseMediaType(s)
	if err != nil {
		kind, params = strings.ToLower(s), make(map[string]string)
		keys := parameter.FindAllStringSubmatchIndex(s, -1)
		for n, k := range keys { // the value is all up to the next key
			end := len(s)
			if n+1 < len(keys) {
				end = keys[n+1][0]
			}
			params[strings.ToLower(s[k[2]:k[3]])] = brokenParameter(s[k[1]:end])
		}
	}
	if kind = mediaType.FindString(kind); kind == "" {
		kind = "text/plain"
	}
	for _, key := range []string{"charset", "report-type"} {
		params[key], _, _ = strings.Cut(strings.ToLower(strings.ReplaceAll(params[key], ",", " ")), " ")
	}
	return kind, params
}

var (
	mediaType = regexp.MustCompile(`^[\w.+-]+/[\w.+-]+`)
	parameter = regexp.MustCompile(`(?:^|[\s;,])([A-Za-z][\w*-]*)\s*=`)
)

func brokenParameter(value string) string {
	value = strings.TrimSpace(value)
	if inside, ok := strings.CutPrefix(value, `"`); ok && strings.Contains(inside, `"`) {
		value, _, _ = strings.Cut(inside, `"`)
		return value
	}
	value, _, _ = strings.Cut(value, ";")
	return strings.Trim(value, `", `)
}

// decodeTransfer undoes a Content-Transfer-Encoding.
func decodeTransfer(h header, r io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(h.get("content-transfer-encoding"))) {
	case "base64":
		raw, _ := io.ReadAll(io.LimitReader(r, 4*maxText))
		return strings.NewReader(decodeBase64(string(raw)))
	case "quoted-printable":
		return quotedprintable.NewReader(r)
	}
	return r
}

// blocks are the elements of HTML that stand on lines of their own.
var blocks = setOf("address", "article", "blockquote", "body", "br", "center", "dd", "div", "dl", "dt", "fieldset",
	"footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul")

func setOf(words ...string) map[string]bool {
	set := make(map[string]bool)
	for _, w := range words {
		set[w] = true
	}
	return set
}

// isHidden reports an element that a page does not show: with what mailers put before a text, and what
// somebody hides there.
func isHidden(t html.Token) bool {
	return closed[t.Data] && slices.ContainsFunc(t.Attr, func(a html.Attribute) bool {
		style := strings.ReplaceAll(strings.ToLower(a.Val), " ", "")
		return a.Key == "hidden" || a.Key == "style" && (strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden"))
	})
}

// closed are elements that end where their end tag says so.
var closed = setOf("a", "article", "center", "div", "font", "section", "span", "table")

// htmlText is what a page shows, line by line. A link to an address shows the address, too.
func htmlText(page string) string { return pageText(page, true) }

// pageText hides what is not shown, unless a broken page then ends within it.
func pageText(page string, hide bool) string {
	var out strings.Builder
	var address string // that the open link leads to
	var hidden string  // the element whose text is not shown,
	nested := 0        // and how many of the same stand open within it
	shown := 0         // where the link's text begins
	preformatted := false
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		kind := z.Next()
		if kind == html.ErrorToken && closed[hidden] {
			return pageText(page, false)
		}
		if kind == html.ErrorToken {
			return out.String()
		}
		token := z.Token()
		switch {
		case hidden != "":
			switch {
			case token.Data != hidden:
			case kind == html.StartTagToken:
				nested++
			case kind == html.EndTagToken && nested > 0:
				nested--
			case kind == html.EndTagToken:
				hidden = ""
			}
		case kind == html.TextToken && preformatted:
			out.WriteString(token.Data)
		case kind == html.TextToken:
			out.WriteString(strings.NewReplacer("\r", " ", "\n", " ").Replace(token.Data))
		case kind == html.StartTagToken && (token.Data == "style" || token.Data == "script" || token.Data == "title" || hide && isHidden(token)):
			hidden, nested = token.Data, 0
		case kind != html.StartTagToken && kind != html.EndTagToken && kind != html.SelfClosingTagToken:
		case blocks[token.Data]:
			out.WriteByte('\n')
			if token.Data == "pre" {
				preformatted = kind == html.StartTagToken
			}
		case token.Data == "a" && kind == html.EndTagToken:
			if address != "" && !strings.Contains(strings.ToLower(out.String()[shown:]), strings.ToLower(address)) {
				out.WriteString(" <" + address + ">")
			}
			address = ""
		case token.Data == "a":
			address, shown = "", out.Len()
			for _, a := range token.Attr {
				if to, ok := fromMailto(a.Val); ok && a.Key == "href" {
					address = to
				}
			}
		}
	}
}
