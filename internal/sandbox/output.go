package sandbox

import (
	"slices"
	"strings"
	"time"
)

// Line is one line that the program wrote, on either of its outputs.
type Line struct {
	Seq  int // counts up from 1 over all runs
	Run  int // counts up from 1
	At   time.Time
	Text string
}

// linesKept bounds the memory that output takes; a longer line is cut.
const (
	linesKept  = 5000
	lineLength = 16 << 10
)

// Lines are the lines kept with a Seq above after, oldest first.
func (p *Process) Lines(after int) []Line {
	p.mu.Lock()
	defer p.mu.Unlock()
	i, _ := slices.BinarySearchFunc(p.lines, after+1, func(l Line, seq int) int { return l.Seq - seq })
	return slices.Clone(p.lines[i:])
}

// Output is what the latest run wrote, as far as it is kept.
func (p *Process) Output() string {
	p.mu.Lock()
	from := 0
	if p.run != nil {
		from = p.run.from
	}
	p.mu.Unlock()
	var b strings.Builder
	for _, l := range p.Lines(from) {
		b.WriteString(l.Text)
		b.WriteByte('\n')
	}
	return b.String()
}

// lineWriter cuts a run's output into lines. Only the copying goroutine of exec.Cmd, and
// then flush, use it.
type lineWriter struct {
	process *Process
	run     int
	rest    []byte
}

func (w *lineWriter) Write(b []byte) (int, error) {
	n := len(b)
	for {
		i := slices.Index(b, '\n')
		if i < 0 {
			break
		}
		w.rest = append(w.rest, b[:i]...)
		w.emit()
		b = b[i+1:]
	}
	w.rest = append(w.rest, b...)
	if len(w.rest) > lineLength {
		w.emit()
	}
	return n, nil
}

func (w *lineWriter) flush() {
	if len(w.rest) > 0 {
		w.emit()
	}
}

func (w *lineWriter) emit() {
	text := strings.ToValidUTF8(string(w.rest[:min(len(w.rest), lineLength)]), "�")
	w.rest = w.rest[:0]
	p := w.process
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seq++
	if len(p.lines) >= 2*linesKept {
		p.lines = slices.Clone(p.lines[linesKept:])
	}
	p.lines = append(p.lines, Line{Seq: p.seq, Run: w.run, At: time.Now(), Text: strings.TrimSuffix(text, "\r")})
	p.wake()
}
