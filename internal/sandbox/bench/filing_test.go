package bench

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

const everything = "user,ticket,domain"

// startFiling starts a bot that may file, and offers to as filing says.
func startFiling(tb testing.TB, filing string) *system {
	tb.Helper()
	const unknown = 1
	return startBots(tb, bottest.Options{
		Halo: localhalo.Options{
			Granted:  []string{"read:customers", "edit:customers", "edit:tickets"},
			CatchAll: unknown, Clients: []localhalo.Client{{ID: unknown, Name: "Unknown"}}, IntakeMakesNoUsers: true,
		},
		Env: map[string]string{
			"HALO_FILING": filing, "HALO_CATCH_ALL_CLIENTS": strconv.Itoa(unknown),
			"HALO_SCOPE": "read:customers edit:customers edit:tickets",
		},
	})
}

// asks are the calls to Halo so far.
func (s *system) asks() (n int) {
	for _, kind := range []localhalo.Kind{
		localhalo.KindList, localhalo.KindGet, localhalo.KindCreate, localhalo.KindUsers, localhalo.KindUser, localhalo.KindUserCreate,
		localhalo.KindUserUpdate, localhalo.KindSites, localhalo.KindSite, localhalo.KindSiteUpdate, localhalo.KindTicket, localhalo.KindTicketUpdate,
	} {
		n += s.Halo.Count(kind)
	}
	return n
}

// steps runs n workflow steps, atOnce of them at a time, each for a company and with a ticket of its
// own, and returns what they took and how many calls to Halo.
func (s *system) steps(atOnce, n int, filing string) (l load, asks int) {
	s.Helper()
	inputs := make([]map[string]any, n)
	for i := range inputs {
		s.made++
		company := fmt.Sprintf("step%06d", s.made)
		ticket := s.Halo.Receive(localhalo.Mail{Name: "Jane Doe", Address: "jane@" + company + ".example", Subject: "Printer"})
		inputs[i] = map[string]any{
			"name": company, "website": company + ".example", "filing": filing,
			"sender_email": "jane@" + company + ".example", "sender_name": "Jane Doe", "ticket_id": strconv.Itoa(ticket.ID),
		}
	}
	var next atomic.Int64
	before, began, asked := s.cpu(), time.Now(), s.asks()
	var workers errgroup.Group
	for range atOnce {
		workers.Go(func() error {
			for i := next.Add(1) - 1; int(i) < n; i = next.Add(1) - 1 {
				if err := s.step(inputs[i]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := workers.Wait(); err != nil {
		s.Fatal(err)
	}
	return load{took: time.Since(began), cpu: s.cpu() - before}, s.asks() - asked
}

// step runs one, and returns when it has ended with all that it asked for.
func (s *system) step(inputs map[string]any) error {
	ctx, cancel := context.WithTimeout(s.Context(), jobPatience)
	defer cancel()
	_, x, err := s.Slack.RunStep("create_halo_client", inputs)
	if err != nil {
		return err
	}
	var ended *localslack.Execution
	err = s.Slack.Wait(ctx, func(now *localslack.Snapshot) bool {
		ended = now.Execution(x.ID)
		return ended.Done
	})
	if err == nil && (ended.Error != "" || ended.Outputs["error"] != "") {
		err = fmt.Errorf("a step ended with %+v", ended)
	}
	return err
}

// TestFilingCostsACreateNothing counts what Halo is asked: for a client alone it is the same whether
// filing is offered or off, and what is filed costs its own calls: four of the user (two looks, the
// main site, the POST), three each of the ticket and the domain (read, write, read).
func TestFilingCostsACreateNothing(t *testing.T) {
	t.Parallel()
	const n, most = 4, 10
	alone := map[string]int{}
	for _, filing := range []string{"off", everything} {
		s := startFiling(t, filing)
		s.load(1, 1)
		before := s.asks()
		s.load(2, n)
		alone[filing] = s.asks() - before
		if filing == "off" {
			continue
		}
		_, bare := s.steps(2, n, "")
		_, all := s.steps(2, n, everything)
		if more := all - bare; more <= 0 || more >= (most+1)*n { // the bot reads the newest clients now and then
			t.Errorf("%d steps asked Halo %d times, and %d times with everything filed: %d more, want at most %d for each", n, bare, all, more, most)
		}
	}
	if more := alone[everything] - alone["off"]; max(more, -more) >= n {
		t.Errorf("%d creates asked Halo %d times with filing off and %d times with it on", n, alone["off"], alone[everything])
	}
}

// BenchmarkFiling is what filing costs. The whole jobs of technicians, who file nothing, on a bot that
// does not offer it and on one that does: their ratios are to be 1. And workflow steps that file
// nothing and everything, in turns on one bot: the processor time of a call to Halo is to be no more
// with filing than without.
func BenchmarkFiling(b *testing.B) {
	const atOnce, jobs = 8, 120
	off, on := startFiling(b, "off"), startFiling(b, everything)
	for _, s := range []*system{off, on} {
		s.load(atOnce, 2*atOnce)
		s.steps(atOnce, atOnce, everything)
	}
	without, with, alone, filed := figures{}, figures{}, figures{}, figures{}
	for range *rounds {
		without.add(off.load(atOnce, jobs))
		with.add(on.load(atOnce, jobs))
		for filing, f := range map[string]figures{"": alone, everything: filed} {
			l, asks := on.steps(atOnce, jobs, filing)
			f.put("cpu-ms/job", milliseconds(l.cpu)/jobs)
			f.put("calls/job", float64(asks)/jobs)
			f.put("cpu-ms/call", milliseconds(l.cpu)/float64(asks))
			f.put("jobs/s", jobs/l.took.Seconds())
		}
	}
	metrics := map[string]float64{}
	t := newTable("nothing filed", "off", "offered", "ratio")
	for _, name := range []string{"modal-p50-ms", "ack-p50-ms", "message-p50-ms", "cpu-ms/job"} {
		r := relate(with, without, name, ratio)
		t.row(name, without.median(name), with.median(name), r)
		metrics["off-"+name+"-ratio"] = r
	}
	t.print()
	t = newTable("steps", "nothing filed", "everything", "ratio")
	for _, name := range []string{"calls/job", "cpu-ms/job", "cpu-ms/call", "jobs/s"} {
		r := relate(filed, alone, name, ratio)
		t.row(name, alone.median(name), filed.median(name), r)
		metrics["filed-"+name+"-ratio"] = r
	}
	t.print()
	report(b, metrics)
}
