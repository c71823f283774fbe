package onboarding_test

import (
	"fmt"
	"strings"
	"testing"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// TestWhateverHaloIgnoresNothingIsMadeTwice runs what makes duplicates, through the bot, against
// tenants whose lists are not what was asked for: a client added by hand after the whole list was
// read, and a create whose answer is lost, and whose bot dies, while others are imported.
func TestWhateverHaloIgnoresNothingIsMadeTwice(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("reads long lists")
	}
	for _, lists := range []localhalo.Lists{
		{Ignores: []string{"order"}}, {Ignores: []string{"search_name_only"}}, {Ignores: []string{"include_website"}},
		{Ignores: []string{"includenotes"}}, {PageCap: 40}, {Ignores: []string{"order", "search_name_only"}, PageCap: 40, NoCount: true},
	} {
		name := fmt.Sprint(strings.Join(lists.Ignores, " and "), " at most ", lists.PageCap)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := bottest.New(t, bottest.Options{
				Halo: localhalo.Options{Clients: localhalo.Seeded(700), FirstID: 5000, Lists: lists},
				Env:  map[string]string{"HALO_SETTLE_TIME": "1s"},
			})
			whole := func() bool {
				return len(s.Halo.Calls(func(c localhalo.Call) bool {
					return c.Kind == localhalo.KindList && c.Query.Get("page_no") == "8"
				})) > 0
			}
			if err := s.Halo.Wait(t.Context(), whole); err != nil {
				t.Fatal(err)
			}
			s.Halo.Add(localhalo.Client{Name: "Added by hand", Website: "https://www.by-hand.example"})
			form := s.Form(localslack.Tess, localslack.Desk, "Other by-hand.example")
			s.Submit(localslack.Tess, form.ID, nil)
			s.AwaitView(localslack.Tess, "Already in Halo", "Added by hand")

			form = s.Form(localslack.Tess, localslack.Desk, "Acme Ltd acme.com")
			ref := reference(s, form)
			s.Halo.Inject(creating, 1, localhalo.StoreThenReset())
			s.Submit(localslack.Tess, form.ID, nil)
			if err := s.Halo.Wait(t.Context(), func() bool { return s.Halo.Count(localhalo.KindCreate) > 0 }); err != nil {
				t.Fatal(err)
			}
			for i := range 150 {
				s.Halo.Add(localhalo.Client{Name: fmt.Sprint("Imported ", i)})
			}
			s.Kill(0) // the next one knows of the POST by its mark alone
			s.Start(0)
			s.AwaitView(localslack.Tess, "Created", "Acme Ltd")
			onlyCarrier(s, ref)
			if n := s.Halo.Count(localhalo.KindCreate); n != 1 {
				t.Errorf("%d POSTs, want 1", n)
			}
		})
	}
}
