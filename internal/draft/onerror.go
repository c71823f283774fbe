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

var betweenWords = strings.NewReplacer(" ", "_", "-", "_")

// ParseOnError reads one of the five words, case and surrounding space aside; "Stop All" is stop_all.
func ParseOnError(s string) (OnError, bool) {
	switch word := OnError(betweenWords.Replace(strings.ToLower(strings.TrimSpace(s)))); word {
	case Exception, Bounce, Continue, Stop, StopAll:
		return word, true
	}
	return "", false
}
