package draft

import (
	"bufio"
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
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
	switch {
	case strings.HasPrefix(kind, "multipart/") && params["boundary"] != "":
		whole, _ := io.ReadAll(r)
		all := multipart.NewReader(bytes.NewReader(whole), params["boundary"])
		for {
			part, err := all.NextRawPart()
			if err != nil {
				break
			}
			var ph header
			for _, name := range []string{"Content-Type", "Content-Transfer-Encoding", "Content-Disposition"} {
				ph = append(ph, struct{ name, value string }{strings.ToLower(name), part.Header.Get(name)})
			}
			b.read(ph, part, depth+1, parts)
		}
		if *parts == 1 { // its boundary is not in it
			b.plain = append(b.plain, toUTF8(string(whole[:min(len(whole), maxText)]), ""))
		}
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
	case kind == "text/html", kind == "text/plain", kind == "":
		raw, _ := io.ReadAll(io.LimitReader(decodeTransfer(h, r), maxText))
		if b.charset == "" {
			b.charset = params["charset"]
		}
		if kind != "text/html" {
			b.plain = append(b.plain, toUTF8(string(raw), params["charset"]))
			break
		}
		page := toUTF8(string(raw), params["charset"])
		if params["charset"] == "" {
			if enc, _, _ := charset.DetermineEncoding(raw[:min(len(raw), 1024)], ""); enc != nil {
				if decoded, err := enc.NewDecoder().String(string(raw)); err == nil {
					page = decoded
				}
			}
		}
		b.html = append(b.html, htmlText(page))
	}
}

func hasEnding(name, ending string) bool { return strings.HasSuffix(strings.ToLower(name), ending) }

// contentType takes a Content-Type apart, also one that mime.ParseMediaType gives up.
func contentType(s string) (kind string, params map[string]string) {
	kind, params, err := mime.ParseMediaType(s)
	if err != nil {
		parts := strings.Split(s, ";")
		kind, params = strings.ToLower(strings.TrimSpace(parts[0])), make(map[string]string)
		for _, p := range parts[1:] {
			key, value, _ := strings.Cut(p, "=")
			params[strings.ToLower(strings.TrimSpace(key))] = strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	for _, key := range []string{"charset", "report-type"} {
		params[key] = strings.ToLower(params[key])
	}
	return kind, params
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
