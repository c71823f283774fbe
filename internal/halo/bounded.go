package halo

import (
	"errors"
	"io"
)

// Limits on what is read of an answer, whatever Halo sends. A client has some 470 properties, and
// a logo that may be large.
const (
	maxAnswer = 128 << 20 // of bytes, unpacked
	maxString = 64 << 10  // of bytes in one string; what is beyond it is left out
	maxValue  = 2 << 20   // of bytes in one client or row, after that
	maxDepth  = 100
)

var (
	errTooLarge = errors.New("the answer is too large")
	errNotJSON  = errors.New("the answer is not JSON")
	errNoList   = errors.New("the answer holds no list")
	errNotOne   = errors.New("the answer does not hold one client")
)

// bounded reads an answer and cuts its long strings. Beyond its limits, that of the whole answer
// and that of the value being read, it returns an error: an early end could be taken for a whole
// answer.
type bounded struct {
	r     io.Reader
	total int // still allowed
	value int // still allowed for the value in hand

	inside  bool // a string
	kept    int  // bytes of it
	escape  int  // bytes of an escape sequence that are still to come
	skipped bool // whether the escape sequence is left out
}

func (b *bounded) Read(p []byte) (int, error) {
	for {
		if b.total <= 0 || b.value <= 0 {
			return 0, errTooLarge
		}
		n, err := b.r.Read(p[:min(len(p), b.total)])
		b.total -= n
		n = b.shorten(p[:n])
		b.value -= n
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// shorten leaves out, in place, what is too long in strings; what is left is JSON if p was.
func (b *bounded) shorten(p []byte) int {
	n := 0
	for _, c := range p {
		keep := true
		switch {
		case !b.inside:
			b.inside, b.kept = c == '"', 0
		case b.escape > 0:
			b.escape--
			if b.escape == 0 && c == 'u' {
				b.escape = -4
			}
			keep = !b.skipped
		case b.escape < 0:
			b.escape++
			keep = !b.skipped
		case c == '"':
			b.inside = false
		default:
			keep = b.kept < maxString
			if c == '\\' {
				b.escape, b.skipped = 1, !keep
			}
		}
		if keep {
			p[n] = c
			n++
			b.kept++
		}
	}
	return n
}
