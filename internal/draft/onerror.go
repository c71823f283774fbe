package draft

import "strings"

// OnError is what becomes of a request, and of its alert, when there is no client in the end.
type OnError string

// The five words of a mail-automation action's error handling.
const (
	Exception OnError = "exception"
	Bounce    OnError = "bounce"
	Continue  OnError = "continue"
	Stop      OnError = "stop"
	StopAll   OnError = "stop_all"
)

// ParseOnError reads one of the five words, case and surrounding space aside.
func ParseOnError(s string) (OnError, bool) {
	switch word := OnError(strings.ToLower(strings.TrimSpace(s))); word {
	case Exception, Bounce, Continue, Stop, StopAll:
		return word, true
	}
	return "", false
}
