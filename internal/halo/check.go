package halo

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"halobot/internal/text"
)

// CheckLine is one thing that was checked, for an administrator.
type CheckLine struct {
	Name   string `json:"name"` // token, clients, clock, catch-all
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`        // what was seen
	Fix    string `json:"fix,omitempty"` // what to do about it
}

// maxSkew is how far the clocks may be apart before it is said: deadlines and the ages of
// tokens are reckoned here.
const maxSkew = time.Minute

// Check tries the connection: a new token and its scope, a read of the clients, the clock, the
// catch-all clients. It changes nothing in Halo. What depends on a part that failed is left out.
func (c *Connection) Check(ctx context.Context) []CheckLine {
	t, err := c.tokens.fetch(ctx)
	if err != nil {
		return []CheckLine{{Name: "token", Detail: err.Error(), Fix: fmt.Sprintf("Check %s, %s, %s and %s.",
			c.variable("URL"), c.variable("CLIENT_ID"), c.variable("CLIENT_SECRET"), c.variable("SCOPE"))}}
	}
	lines := []CheckLine{c.checkScope(text.Short(tidy(t.scope, c.clean), maxWords))}
	read, clock := c.checkRead(ctx)
	lines = append(lines, read)
	if clock != nil {
		lines = append(lines, *clock)
	}
	if read.OK {
		lines = append(lines, c.checkCatchAll(ctx)...)
	}
	return lines
}

// checkScope compares what was granted with what was asked for. An edit scope includes the
// reading, as it does for tickets on a live Halo.
func (c *Connection) checkScope(granted string) CheckLine {
	line := CheckLine{Name: "token", OK: true}
	if granted == "" {
		line.Detail = "Halo gave a token and did not say for which scope. Whether its agent may create clients shows when one is created."
		return line
	}
	has := strings.Fields(granted)
	var missing []string
	for _, want := range strings.Fields(c.settings.Scope) {
		edit := "edit:" + strings.TrimPrefix(want, "read:")
		if !slices.Contains(has, want) && !slices.Contains(has, "all") && !slices.Contains(has, edit) {
			missing = append(missing, want)
		}
	}
	if len(missing) > 0 && !slices.Contains(missing, "all") {
		line.OK = false
		line.Detail = fmt.Sprintf("Halo granted %q, without %s.", granted, strings.Join(missing, ", "))
		line.Fix = fmt.Sprintf("Give the API application that permission, under %s.", haloAPIPage)
		return line
	}
	line.Detail = fmt.Sprintf("Halo granted %q. Whether its agent may create clients shows when one is created.", granted)
	return line
}

// checkRead reads one client of the list and compares the clocks.
func (c *Connection) checkRead(ctx context.Context) (read CheckLine, clock *CheckLine) {
	var rows []area
	var total int
	var date, now time.Time
	q := call{endpoint: "client_list", path: "Client", query: list{size: 1}.query(1), fare: fare{urgency: forCreate}}
	err := c.do(ctx, q, func(r *http.Response) (err error) {
		now = time.Now()
		date, _ = http.ParseTime(r.Header.Get("Date"))
		rows, total, err = readList[area](r, "clients")
		return err
	})
	read = CheckLine{Name: "clients", OK: err == nil}
	switch {
	case err != nil:
		read.Detail = err.Error()
		read.Fix = fmt.Sprintf(`Give the API application read:customers and edit:customers, and its agent the Client access level "Read and Modify" with the use of all customers (%s).`, haloAPIPage)
		if status(err) == 0 {
			read.Fix = fmt.Sprintf("Check %s, and that this machine reaches it.", c.variable("URL"))
		}
	case len(rows) == 0:
		read.Detail = "The bot may read clients and sees none."
		read.Fix = "Right for an empty Halo. Otherwise let the API application's agent use all customers."
	case !rows[0].Website.said:
		read.Detail = "The bot may read clients, but Halo lists them without their websites: it can compare names only."
	default:
		read.Detail = fmt.Sprintf("The bot may read clients (%d).", max(total, len(rows)))
	}
	if date.IsZero() {
		return read, nil
	}
	skew := date.Sub(now).Round(time.Second)
	clock = &CheckLine{Name: "clock", OK: skew.Abs() <= maxSkew, Detail: fmt.Sprintf("This machine's clock and Halo's are %s apart.", skew.Abs())}
	if !clock.OK {
		clock.Fix = "Set this machine's clock by NTP."
	}
	return read, clock
}

// checkCatchAll reads the clients that unknown senders are said to be filed under.
func (c *Connection) checkCatchAll(ctx context.Context) []CheckLine {
	var lines []CheckLine
	for _, id := range c.settings.CatchAll {
		client, err := c.Client(ctx, id)
		line := CheckLine{Name: "catch-all", OK: err == nil, Detail: fmt.Sprintf("Client #%d is %s.", id, client.Name)}
		if err != nil {
			line.Detail = err.Error()
			line.Fix = fmt.Sprintf("Check %s.", c.variable("CATCH_ALL_CLIENTS"))
		}
		lines = append(lines, line)
	}
	return lines
}
