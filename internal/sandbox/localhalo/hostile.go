package localhalo

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
)

// Bomb answers a list with that many empty rows under that name, packed: a million of them are
// some ten kilobytes on the wire.
func Bomb(name string, rows int) Effect {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write([]byte(`{"record_count":1,"` + name + `":[{}`))
	const batch = 10_000
	for rows--; rows > 0; rows -= batch {
		w.Write([]byte(strings.Repeat(",{}", min(rows, batch))))
	}
	w.Write([]byte("]}"))
	w.Close() // bytes.Buffer takes everything
	return Effect{
		Name: "packed rows", Skip: true, Status: http.StatusOK, ContentType: jsonType, Body: packed.String(),
		Header: http.Header{"Content-Encoding": {"gzip"}},
	}
}

// Blocked answers 403 with a page of HTML, as a proxy before Halo does, not Halo.
func Blocked() Effect {
	return Effect{
		Name: "blocked by a proxy", Skip: true, Status: http.StatusForbidden, ContentType: "text/html; charset=UTF-8",
		Body: "<!DOCTYPE html><html><head><title>Attention Required!</title></head>" +
			"<body><h1>Sorry, you have been blocked</h1><p>You are unable to access this site.</p></body></html>",
	}
}

// EchoSecret is a token endpoint that repeats the secret in its complaint, with characters that
// nobody sees in the midst of it.
func (s *Server) EchoSecret() Effect {
	secret := []rune(s.opts.ClientSecret)
	half := len(secret) / 2
	torn := string(secret[:half]) + "\u200b" + string(secret[half:])
	return Effect{
		Name: "secret echoed", Skip: true, Status: http.StatusBadRequest, ContentType: jsonType,
		Body: string(object(map[string]string{"error": "invalid_client", "error_description": "The secret " + torn + " is wrong."})),
	}
}
