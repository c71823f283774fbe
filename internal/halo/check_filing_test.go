package halo

import (
	"fmt"
	"testing"

	"halobot/internal/draft"
	"halobot/internal/sandbox/localhalo"
)

func TestCheckSaysWhetherTicketsCanBeMovedAndHowToGrantIt(t *testing.T) {
	t.Parallel()
	const scope = "read:customers edit:customers edit:tickets"
	for name, k := range map[string]struct {
		scope    string
		catchAll []int
		prepare  func(*localhalo.Server, localhalo.Ticket)
		off      bool
		is       string // under ask; what is not fine is wrong where HALO_FILING names ticket
		says     []string
	}{
		"all is well":  {scope, []int{12}, nil, false, "fine", []string{"can move tickets", "#1, on client #12"}},
		"no scope":     {DefaultScope, []int{12}, nil, false, "advice", []string{"does not allow it to move tickets", haloAPIPage, `HALO_SCOPE="read:customers edit:customers edit:tickets"`}},
		"no catch-all": {scope, nil, nil, false, "advice", []string{"not offered", "HALO_CATCH_ALL_CLIENTS"}},
		"neither":      {DefaultScope, nil, nil, false, "advice", []string{"does not allow it to move tickets", "not offered", "HALO_CATCH_ALL_CLIENTS"}},
		"locked until it is moved": {scope, []int{12}, func(s *localhalo.Server, k localhalo.Ticket) {
			s.ChangeTicket(k.ID, func(k *localhalo.Ticket) { k.Locked = true })
		}, false, "fine", []string{"can move tickets"}},
		"switched off":    {DefaultScope, nil, nil, true, "fine", []string{"HALO_FILING=off"}},
		"none to look at": {scope, []int{30}, nil, false, "fine", []string{"No ticket is open"}},
		"not allowed to read": {scope, []int{12}, func(s *localhalo.Server, _ localhalo.Ticket) {
			s.Inject(localhalo.On(localhalo.KindTickets), 0, localhalo.Forbid())
		}, false, "advice", []string{"may not read tickets", "edit:tickets", "agent"}},
		"not allowed to change": {scope, []int{12}, func(s *localhalo.Server, k localhalo.Ticket) {
			s.ChangeTicket(k.ID, func(k *localhalo.Ticket) { k.ReadOnly = true })
		}, false, "advice", []string{"change ticket #1", "agent"}},
	} {
		for _, ticked := range [][]draft.Filing{nil, {draft.FileUser}, {draft.FileTicket}} {
			t.Run(fmt.Sprint(name, ticked), func(t *testing.T) {
				t.Parallel()
				c, s := tenant(t, localhalo.Options{
					Clients: []localhalo.Client{{ID: 12, Name: "Unknown"}, {ID: 30, Name: "Globex"}}, CatchAll: 12,
					Granted: []string{"read:customers", "edit:customers", "edit:tickets"},
				}, func(s *Settings) { s.Scope, s.CatchAll, s.Filing, s.NoFiling = k.scope, k.catchAll, ticked, k.off })
				ticket := s.Receive(localhalo.Mail{Address: "jane@acme.com"})
				if k.prepare != nil {
					k.prepare(s, ticket)
				}
				is := k.is
				if is == "advice" && len(ticked) > 0 && ticked[0] == draft.FileTicket {
					is = "wrong"
				}
				var filing []Finding
				for _, f := range c.Check(soon(t)) {
					if f.Name == "filing" {
						filing = append(filing, f)
					}
				}
				wantIn(t, "the check", fmt.Sprint(told(filing)), append(k.says, "filing "+is)...)
				for _, call := range s.Calls(nil) {
					if call.Method != "GET" && call.Kind != localhalo.KindToken {
						t.Errorf("the check made a %s of %s", call.Method, call.Path)
					}
				}
			})
		}
	}
}
