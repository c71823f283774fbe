package onboarding_test

import (
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
	s := bottest.New(t, bottest.Options{Halo: localhalo.Options{Clients: tenantOf(50_000)}})
	s.Ask(localslack.Tess, localslack.Desk, localslack.Values{"Client name": "Acme Ltd", "Website": "customer-17.example"})
	s.AwaitView(localslack.Tess, "Already in Halo", "Customer 17 of", "(#17)")
	if peak := memory(s, "VmHWM"); peak > 400 {
		t.Errorf("the bot took %.0f MiB at most, want less than 400", peak)
	} else {
		t.Logf("measured: with 50,000 clients the bot took %.0f MiB at most", peak)
	}
}
