package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"halobot/internal/halo"
)

func TestSeveralConnectionsHaveVariablesOfTheirOwn(t *testing.T) {
	t.Parallel()
	c, problems := load(t, Halo,
		"HALO_CONNECTIONS=prod, uat-2",
		"HALO_PROD_URL=https://acme.halopsa.com", "HALO_PROD_CLIENT_ID=p", "HALO_PROD_CLIENT_SECRET=p-secret",
		"HALO_UAT_2_URL=uat.acme.com/api/", "HALO_UAT_2_CLIENT_ID=u", "HALO_UAT_2_CLIENT_SECRET=u-secret",
		"HALO_UAT_2_SCOPE=all", "HALO_UAT_2_TENANT=acmeuat", "HALO_UAT_2_TOPLEVEL_ID=3", "HALO_UAT_2_CATCH_ALL_CLIENTS=9",
		"HALO_REQUESTS_PER_MINUTE=30",
	)
	if problems != nil || c.Warnings != nil {
		t.Fatalf("problems = %q, warnings = %q", problems, c.Warnings)
	}
	want := []halo.Settings{
		{Name: "prod", URL: "https://acme.halopsa.com", ClientID: "p", ClientSecret: "p-secret",
			Scope: "read:customers edit:customers", RequestsPerMinute: 30, VarPrefix: "HALO_PROD_"},
		{Name: "uat-2", URL: "https://uat.acme.com", ClientID: "u", ClientSecret: "u-secret",
			Scope: "all", Tenant: "acmeuat", TopLevelID: 3, CatchAll: []int{9}, RequestsPerMinute: 30, VarPrefix: "HALO_UAT_2_"},
	}
	if diff := cmp.Diff(want, c.Halo); diff != "" {
		t.Errorf("connections differ (-want +got):\n%s", diff)
	}
}

// What a Halo mails by itself makes nobody a client.
func TestEachHalosOwnHostIsTheMSPs(t *testing.T) {
	t.Parallel()
	c, problems := load(t, Mail|Halo, "OWN_DOMAINS=msp.example", "HALO_CONNECTIONS=prod,desk,local",
		"HALO_PROD_URL=https://acme.halopsa.com/api", "HALO_PROD_CLIENT_ID=p", "HALO_PROD_CLIENT_SECRET=p-secret",
		"HALO_DESK_URL=https://psa.msp.example", "HALO_DESK_CLIENT_ID=d", "HALO_DESK_CLIENT_SECRET=d-secret",
		"HALO_LOCAL_URL=http://127.0.0.1:8080", "HALO_LOCAL_CLIENT_ID=l", "HALO_LOCAL_CLIENT_SECRET=l-secret",
	)
	if problems != nil {
		t.Fatal(problems)
	}
	if diff := cmp.Diff([]string{"msp.example", "acme.halopsa.com"}, c.Mail.OwnDomains); diff != "" {
		t.Errorf("own domains differ (-want +got):\n%s", diff)
	}
}

func TestEachConnectionsMissingVariablesAreNamed(t *testing.T) {
	t.Parallel()
	_, problems := load(t, Halo, "HALO_CONNECTIONS=prod,uat", "HALO_PROD_URL=https://acme.halopsa.com", "HALO_UAT_CLIENT_ID=u")
	var names []string
	for _, p := range problems {
		name, _, _ := strings.Cut(p, " ")
		names = append(names, name)
	}
	want := []string{"HALO_PROD_CLIENT_ID", "HALO_PROD_CLIENT_SECRET", "HALO_UAT_URL", "HALO_UAT_CLIENT_SECRET"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("variables with problems differ (-want +got):\n%s", diff)
	}
}

func TestConnectionNamesThatCannotBeToldApartAreRefused(t *testing.T) {
	t.Parallel()
	for names, want := range map[string]string{
		"prod,prod": "HALO_CONNECTIONS names prod twice.",
		"a-b,a_b":   "HALO_CONNECTIONS names a-b and a_b, which would share the variable HALO_A_B_URL. Rename one.",
		"a_auth,a":  "HALO_CONNECTIONS names a_auth and a, which would share the variable HALO_A_AUTH_URL. Rename one.",
		"prod,Uat":  "HALO_CONNECTIONS must be a comma-separated list of names made of a-z, 0-9, _ and - (at most 40 characters); entry 2 is not one.",
		"prod uat":  "HALO_CONNECTIONS must be a comma-separated list of names made of a-z, 0-9, _ and - (at most 40 characters); entry 1 is not one.",
		",":         "HALO_CONNECTIONS names no connection. Write prod,uat, say, or leave it out for a single connection.",
	} {
		t.Run(names, func(t *testing.T) {
			t.Parallel()
			_, problems := load(t, Halo, "HALO_CONNECTIONS="+names)
			if diff := cmp.Diff([]string{want}, problems); diff != "" {
				t.Errorf("problems differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatIsSetButNotReadIsWarnedOf(t *testing.T) {
	t.Parallel()
	prod := []string{"HALO_PROD_URL=https://acme.halopsa.com", "HALO_PROD_CLIENT_ID=p", "HALO_PROD_CLIENT_SECRET=secret"}
	for _, tc := range []struct {
		name string
		env  []string
		want []string
	}{
		{"a connection that is not named", with(complete, "HALO_UAT_URL=x"), []string{"HALO_UAT_URL is not read: HALO_CONNECTIONS names no connection uat."}},
		{"a single connection beside several", with(prod, "HALO_CONNECTIONS=prod", "HALO_TENANT=acme"), []string{"HALO_TENANT is not read, since HALO_CONNECTIONS is set: each connection has its own, like HALO_PROD_TENANT."}},
		{"Halo over plain http", with(complete, "HALO_URL=http://halo.acme.lan"), []string{"HALO_URL is not https: the client secret and every client cross the network readable."}},
		{"Slack over plain http", with(complete, "SLACK_API_URL=http://slack.acme.lan/api/"), []string{"SLACK_API_URL is not https: Slack's tokens cross the network readable."}},
		{"Halo on this machine", with(complete, "HALO_URL=http://127.0.0.1:8080"), nil},
		{"another program's variable", with(complete, "SLACK_WEBHOOK_URL=x", "HALO_THEME=dark", "PATH=/bin"), nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, problems := load(t, Halo|BotToken, with(complete[:2], tc.env...)...)
			if problems != nil {
				t.Errorf("problems = %q", problems)
			}
			if diff := cmp.Diff(tc.want, c.Warnings); diff != "" {
				t.Errorf("warnings differ (-want +got):\n%s", diff)
			}
		})
	}
}
