package onboarding_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// whole matches the pages of the directory's read of all clients: the oldest come first.
func whole(c localhalo.Call) bool {
	return c.Kind == localhalo.KindList && c.Query.Get("orderdesc") == "false"
}

// awaitWhole waits until all of so many clients were read, however long that takes.
func awaitWhole(s *bottest.Stage, clients int) {
	s.Helper()
	if err := s.Halo.Wait(s.Context(), func() bool {
		pages := s.Halo.Calls(whole)
		return len(pages) >= clients/100 && pages[len(pages)-1].Done
	}); err != nil {
		s.Fatal(err)
	}
}

// tenantOf makes n clients, as a tenant of many years has them.
func tenantOf(n int) []localhalo.Client {
	clients := make([]localhalo.Client, n)
	for i := range clients {
		clients[i] = localhalo.Client{
			Name:    fmt.Sprintf("Customer %d of the Northern Districts Ltd", i+1),
			Website: fmt.Sprintf("https://www.customer-%d.example/", i+1),
			Notes:   strings.Repeat("What was agreed on the telephone. ", 20),
		}
	}
	return clients
}

func TestTwentyThousandClientsFitIntoLittleMemory(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("reads 20,000 clients")
	}
	const clients = 20_000
	s := bottest.New(t, bottest.Options{Halo: localhalo.Options{Clients: tenantOf(clients)}})
	before := memory(s, "VmRSS")
	awaitWhole(s, clients)
	// Only the directory knows that the oldest client has this website.
	s.Ask(localslack.Tess, localslack.Desk, localslack.Values{"Client name": "Acme Ltd", "Website": "customer-1.example"})
	s.AwaitView(localslack.Tess, "Already in Halo", "Customer 1 of", "(#1)")
	after, peak := memory(s, "VmRSS"), memory(s, "VmHWM")
	t.Logf("measured: with %d clients the bot holds %.0f MiB (%.0f when it began to read them, %.0f at most)",
		clients, after, before, peak)
	if peak > 150 {
		t.Errorf("the bot took %.0f MiB for %d clients, want 150 at most", peak, clients)
	}
}

// memory reads one of the figures that Linux keeps of the bot's process, in MiB.
func memory(s *bottest.Stage, figure string) float64 {
	s.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.Bots[0].Pid()))
	if err != nil {
		s.Skip("there is no /proc to read the bot's memory from")
	}
	found := regexp.MustCompile(figure + `:\s*(\d+) kB`).FindSubmatch(status)
	if found == nil {
		s.Fatalf("no %s in %s", figure, status)
	}
	kib, err := strconv.Atoi(string(found[1]))
	if err != nil {
		s.Fatal(err)
	}
	return float64(kib) / 1024
}

func TestADirectoryThatCannotBeReadAnewStaysInUse(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("restarts a process")
	}
	s := bottest.New(t, bottest.Options{Halo: localhalo.Options{Clients: tenantOf(1000)}})
	s.Ask(localslack.Tess, localslack.Desk, localslack.Values{"Client name": "Acme Ltd"})
	s.AwaitView(localslack.Tess, "Created", "Acme Ltd")
	await(s, "the list to be kept", func(context.Context) bool {
		return stored(s, `SELECT count(*) > 0 FROM halobot_directory`)
	}, func() any { return nil })
	s.Halo.Inject(whole, 0, localhalo.Unavailable())
	s.Restart(0)
	closeModals(s, localslack.Tess)
	s.Ask(localslack.Tess, localslack.Desk, localslack.Values{"Client name": "Other Ltd", "Website": "customer-1.example"})
	s.AwaitView(localslack.Tess, "Already in Halo", "Customer 1 of", "(#1)")
	ctx, cancel := s.Patience()
	defer cancel()
	if err := s.Bots[0].WaitFor(ctx, "the last one stays in use"); err != nil {
		t.Error(err)
	}
}

func TestNoMinuteSeesMoreCallsThanTheCeiling(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes more than a minute")
	}
	const ceiling = 60
	s := bottest.New(t, bottest.Options{
		Halo: localhalo.Options{Clients: tenantOf(300)},
		Env:  map[string]string{"HALO_REQUESTS_PER_MINUTE": strconv.Itoa(ceiling)},
	})
	crowd := people(s, 30)
	for i, user := range crowd {
		s.Ask(user, localslack.Desk, localslack.Values{"Client name": fmt.Sprintf("Acme %d", i)})
	}
	calls := func() []localhalo.Call {
		return s.Halo.Calls(func(c localhalo.Call) bool {
			return c.Kind != localhalo.KindToken && c.Kind != localhalo.KindAuthInfo
		})
	}
	// Each wait has a minute's patience, and this is to last longer.
	for _, span := range []time.Duration{time.Second, 40 * time.Second, time.Minute} {
		s.AwaitHalo(fmt.Sprintf("calls over %v", span), s.Halo, func() bool {
			seen := calls()
			return len(seen) > 0 && seen[len(seen)-1].At.Sub(seen[0].At) > span
		})
	}
	seen := calls()
	most := 0
	for i, first := range seen {
		n := 0
		for _, c := range seen[i:] {
			if c.At.Sub(first.At) < time.Minute {
				n++
			}
		}
		most = max(most, n)
	}
	t.Logf("measured: at most %d calls in a minute, %d clients made", most, s.Halo.Count(localhalo.KindCreate))
	if most > ceiling {
		t.Errorf("%d calls in a minute, want %d at most", most, ceiling)
	}
	if most < ceiling/2 {
		t.Errorf("%d calls in a minute with much to do: the ceiling of %d is not made use of", most, ceiling)
	}
}
