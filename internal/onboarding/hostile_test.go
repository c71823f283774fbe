package onboarding_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

func TestPackedRowsNeitherEndTheBotNorFillItsMemory(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("unpacks millions of rows")
	}
	s := bottest.New(t, bottest.Options{Bots: -1, Env: map[string]string{"HALO_SETTLE_TIME": "1s"}})
	const bombs = 3 // the first read, what is tried again, and the looks of the create
	s.Halo.Inject(localhalo.On(localhalo.KindList), bombs, localhalo.Bomb("clients", 2_000_000))
	s.Start(0)
	form := s.Form(localslack.Tess, localslack.Desk, "Acme Ltd acme.com")
	s.Submit(localslack.Tess, form.ID, nil)
	s.AwaitView(localslack.Tess, "Created", "Acme Ltd")
	if n := s.Halo.Count(localhalo.KindList); n <= bombs {
		t.Fatalf("%d lists were read, want the bombs to be among them", n)
	}
	if peak := memory(s, "VmHWM"); peak > 400 {
		t.Errorf("the bot took %.0f MiB at most, want less than 400", peak)
	} else {
		t.Logf("measured: the bot took %.0f MiB at most", peak)
	}
	if s.Bots[0].Runs() != 1 {
		t.Errorf("the bot ran %d times", s.Bots[0].Runs())
	}
}

func TestFiftyThousandClientsWork(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("reads 50,000 clients")
	}
	const clients = 50_000
	s := bottest.New(t, bottest.Options{Halo: localhalo.Options{Clients: tenantOf(clients)}})
	s.Ask(localslack.Tess, localslack.Desk, localslack.Values{"Client name": "Acme Ltd", "Website": "customer-17.example"})
	awaitWhole(s, clients)
	s.AwaitView(localslack.Tess, "Already in Halo", "Customer 17 of", "(#17)")
	if peak := memory(s, "VmHWM"); peak > 400 {
		t.Errorf("the bot took %.0f MiB at most, want less than 400", peak)
	} else {
		t.Logf("measured: with 50,000 clients the bot took %.0f MiB at most", peak)
	}
}

// TestSeveralHostileHalosShareTheMemory has five Halos list as many clients as the bot takes of each, on
// as large pages as it takes, in an order that makes it read them all before each create.
func TestSeveralHostileHalosShareTheMemory(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("reads hundreds of thousands of clients")
	}
	const halos, pages, rows = 5, 2, 17_000
	var lists, writes atomic.Int64
	url := hostileHalo(t, &writes, func(w http.ResponseWriter, r *http.Request) {
		lists.Add(1)
		page, _ := strconv.Atoi(r.URL.Query().Get("page_no"))
		out := bufio.NewWriter(w)
		fmt.Fprintf(out, `{"record_count":%d,"clients":[{}`, pages*rows) //nolint:errcheck // the bot may be gone
		for i := range rows {
			if id := page*rows - i; page <= pages {
				fmt.Fprintf(out, `,{"id":%d,"name":"Acme %d %0180d","website":"customer-%d.example"}`, id, id, id, id) //nolint:errcheck // as above
			}
		}
		io.WriteString(out, "]}") //nolint:errcheck // as above
		out.Flush()               //nolint:errcheck // as above
	})
	env := map[string]string{}
	var names []string
	for i := range halos {
		name := fmt.Sprintf("h%d", i)
		names = append(names, name)
		prefix := "HALO_" + strings.ToUpper(name) + "_"
		env[prefix+"URL"], env[prefix+"CLIENT_ID"], env[prefix+"CLIENT_SECRET"] = url+"/"+name, "bot", "secret"
	}
	env["HALO_CONNECTIONS"] = strings.Join(names, ",")
	s := bottest.New(t, bottest.Options{Env: env})
	const creates = 2 * halos
	for i, user := range people(s, creates) {
		s.Ask(user, localslack.Desk, localslack.Values{"Client name": fmt.Sprintf("Acme %d", i), "Halo connection": names[i%halos]})
	}
	awaitCount(s, "creates", &writes, creates)
	if n := lists.Load(); n < halos*pages*2 {
		t.Errorf("%d lists were read, want each Halo's clients to be read twice at least", n)
	}
	if peak := memory(s, "VmHWM"); peak > 400 {
		t.Errorf("the bot took %.0f MiB at most, want less than 400", peak)
	} else {
		t.Logf("measured: after %d lists of %d clients the bot took %.0f MiB at most", lists.Load(), rows, peak)
	}
	if s.Bots[0].Runs() != 1 {
		t.Errorf("the bot ran %d times", s.Bots[0].Runs())
	}
}

// TestManyCreatesAtOnceShareTheMemory has forty creates look at the same time, in a Halo that was
// empty at first and then answers every list with 50,000 clients that were never seen before.
func TestManyCreatesAtOnceShareTheMemory(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("unpacks millions of rows")
	}
	const rows = 50_000
	var lists, writes atomic.Int64
	url := hostileHalo(t, &writes, func(w http.ResponseWriter, _ *http.Request) {
		n := int(lists.Add(1))
		if n == 1 {
			io.WriteString(w, `{"record_count":0,"clients":[]}`) //nolint:errcheck // the bot may be gone
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		zip := gzip.NewWriter(w)
		io.WriteString(zip, `{"record_count":1000000000,"clients":[{}`) //nolint:errcheck // as above
		for last, id := 2_000_000_000-rows*n, rows; id > 0; id-- {
			fmt.Fprintf(zip, `,{"id":%d,"name":"Acme %d %090d","website":""}`, last+id, id, id) //nolint:errcheck // as above
		}
		io.WriteString(zip, "]}") //nolint:errcheck // as above
		zip.Close()               //nolint:errcheck // as above
	})
	s := bottest.New(t, bottest.Options{Env: map[string]string{"HALO_URL": url}})
	awaitCount(s, "lists, of which the first is empty", &lists, 1)
	crowd := people(s, 40)
	for i, user := range crowd {
		s.Ask(user, localslack.Desk, localslack.Values{"Client name": fmt.Sprintf("Acme %d", i)})
	}
	awaitCount(s, "lists", &lists, 11)
	if peak := memory(s, "VmHWM"); peak > 400 {
		t.Errorf("the bot took %.0f MiB at most, want less than 400", peak)
	} else {
		t.Logf("measured: after %d lists of %d clients the bot took %.0f MiB at most", lists.Load(), rows, peak)
	}
	if writes.Load() > 0 || s.Bots[0].Runs() != 1 {
		t.Errorf("%d writes, %d runs of the bot", writes.Load(), s.Bots[0].Runs())
	}
}

// awaitCount waits until a hostile Halo has been asked so often, which changes nothing in Slack.
func awaitCount(s *bottest.Stage, of string, n *atomic.Int64, least int64) {
	s.Helper()
	await(s, fmt.Sprint(least, " ", of), func(context.Context) bool { return n.Load() >= least }, func() any { return n.Load() })
}

// hostileHalo gives tokens, counts and refuses writes, and has lists answered by list.
func hostileHalo(t *testing.T, writes *atomic.Int64, list http.HandlerFunc) (url string) {
	t.Helper()
	halo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasSuffix(r.URL.Path, "/token"):
			io.WriteString(w, `{"access_token":"a token"}`) //nolint:errcheck // the bot may be gone
		case r.Method == http.MethodPost:
			writes.Add(1)
			http.Error(w, "", http.StatusBadRequest)
		case strings.HasSuffix(r.URL.Path, "/api/Client"):
			list(w, r)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(halo.Close)
	t.Cleanup(halo.CloseClientConnections)
	return halo.URL
}
