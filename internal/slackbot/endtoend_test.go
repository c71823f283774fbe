package slackbot_test

import (
	"testing"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localslack"
)

func TestACommandCreatesAClientAndSaysSoInTheChannel(t *testing.T) {
	t.Parallel()
	s := bottest.New(t, bottest.Options{})
	view := s.Form(localslack.Tess, localslack.Desk, "Acme Ltd acme.com")
	s.Submit(localslack.Tess, view.ID, localslack.Values{"Trading name": "Acme", "Notes": "VIP"})
	client := s.AwaitClients(s.Halo, "Acme Ltd", 1)[0]
	s.AwaitMessage(localslack.Desk, "Acme Ltd", "acme.com")
	s.AwaitView(localslack.Tess, "Created", "Acme Ltd")
	if client.Website != "acme.com" || client.TradingName != "Acme" {
		t.Errorf("client = %+v", client)
	}
}
