package localhalo

import (
	"net"
	"net/http"
	"strconv"
)

const jsonType = "application/json; charset=utf-8"

// answer is what goes back, or does not.
type answer struct {
	status      int
	header      http.Header
	contentType string
	body        []byte
	shown       []byte // the body for the traffic log, where that is shorter or keeps a secret
	end         end
	fault       string
	stored      []int // clients that the request made
}

// end is how the connection fares.
type end int

const (
	endWell  end = iota
	endReset     // broken without a byte of answer
	endHalf      // broken in the middle of the body
	endHang      // kept open without an answer until the caller gives up
)

func empty(status int) *answer { return &answer{status: status} }

func jsonAnswer(status int, v any) *answer {
	return &answer{status: status, contentType: jsonType, body: object(v)}
}

// sentence is a refusal in words, as a JSON string.
func sentence(status int, text string) *answer { return jsonAnswer(status, text) }

// bindingError is what Halo's binder says of a field: the path, and a list of sentences.
func bindingError(path, text string) *answer {
	return jsonAnswer(http.StatusBadRequest, map[string][]string{path: {text}})
}

// send writes the answer, or ends the connection without it.
func (a *answer) send(w http.ResponseWriter, in *request, done <-chan struct{}) {
	switch a.end {
	case endHang:
		select {
		case <-in.Context().Done():
		case <-done:
		}
		cut(w, nil)
		return
	case endReset:
		cut(w, nil)
		return
	case endHalf:
		head := "HTTP/1.1 " + strconv.Itoa(a.status) + " " + http.StatusText(a.status) +
			"\r\nContent-Type: " + a.contentType + "\r\nContent-Length: " + strconv.Itoa(len(a.body)) + "\r\n\r\n"
		cut(w, append([]byte(head), a.body[:len(a.body)/2]...))
		return
	}
	for key, values := range a.header {
		w.Header()[key] = values
	}
	if a.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	if a.contentType != "" {
		w.Header().Set("Content-Type", a.contentType)
	}
	w.WriteHeader(a.status)
	w.Write(a.body)
}

// cut writes last, then breaks the connection: with a reset when nothing was to be written.
func cut(w http.ResponseWriter, last []byte) {
	conn, buf, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // a server that cannot hijack breaks the connection so
	}
	if len(last) > 0 {
		buf.Write(last)
		buf.Flush()
	} else if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}
