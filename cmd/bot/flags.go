package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Values of flags whose own types say in words what they take; kong puts the flag's name before
// it.
type (
	rowLimit    int // 0 = all
	portNumber  int // 0 = any free one
	tenantCount int
	patience    time.Duration // 0 = without end
)

// UnmarshalText reads what people type.
func (n *rowLimit) UnmarshalText(text []byte) error {
	return readWhole(n, text, 1, 1_000_000, "all")
}

// UnmarshalText reads what people type.
func (n *portNumber) UnmarshalText(text []byte) error {
	return readWhole(n, text, 1, 65535, "any free port")
}

// UnmarshalText reads what people type.
func (n *tenantCount) UnmarshalText(text []byte) error { return readWhole(n, text, 1, 2, "") }

// UnmarshalText reads what people type.
func (p *patience) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(strings.TrimSpace(string(text)))
	if err != nil || d <= 0 {
		return fmt.Errorf("must be a length of time with its unit, like 30s or 5m, not %q", text)
	}
	*p = patience(d)
	return nil
}

// readWhole reads a whole number within bounds, which the error names; 0 too, where that has a
// meaning of its own.
func readWhole[N ~int](to *N, text []byte, least, most int, zero string) error {
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if isZero := err == nil && n == 0 && zero != ""; !isZero && (err != nil || n < least || n > most) {
		if zero != "" {
			zero = ", or 0 for " + zero
		}
		return fmt.Errorf("must be a whole number from %d to %d%s, not %q", least, most, zero, text)
	}
	*to = N(n)
	return nil
}

var negative = regexp.MustCompile(`^-[0-9]`)

// joinNegative writes a number below zero to the flag before it, so that it is refused as what
// it is: kong takes it for a flag of its own. What follows -- is no flag's.
func joinNegative(args []string) []string {
	var joined []string
	for i, arg := range args {
		if arg == "--" {
			return append(joined, args[i:]...)
		}
		last := len(joined) - 1
		if last >= 0 && negative.MatchString(arg) && strings.HasPrefix(joined[last], "--") && !strings.Contains(joined[last], "=") {
			joined[last] += "=" + arg
			continue
		}
		joined = append(joined, arg)
	}
	return joined
}
