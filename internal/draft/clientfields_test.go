package draft_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"halobot/internal/draft"
)

func TestClientFieldsKeepTheirJSONTypes(t *testing.T) {
	t.Parallel()
	fields, err := draft.ParseClientFields(`{
		"customertype": 1, "percent": 1.50, "big": 12345678901234567890, "is_vip": true, "accountmanager": null,
		"colour": "{{#email}}red{{/email}}", "phone": "{{phone}}",
		"customfields": [{"name": "CFSource", "value": "Slack: {{subject}}"}, {"name": "CFEmpty", "value": ""}]
	}`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := fields.Render(draft.Context{Alert: draft.Alert{Email: "jane@acme.com", Subject: `a "b" & <c>`}})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"accountmanager":null,"big":12345678901234567890,"colour":"red",` +
		`"customertype":1,"customfields":[{"name":"CFSource","value":"Slack: a \"b\" \u0026 \u003cc\u003e"},{"name":"CFEmpty","value":""}],"is_vip":true,"percent":1.50}`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("rendered (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"accountmanager", "big", "colour", "customertype", "customfields", "is_vip", "percent", "phone"}, fields.Names()); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	var none *draft.ClientFields
	if got, err := none.Render(draft.Context{}); len(got) != 0 || err != nil || none.Names() != nil {
		t.Errorf("without any fields: %v, %v", got, err)
	}
}

func TestClientFieldsThatCannotBeSentAreRefused(t *testing.T) {
	t.Parallel()
	for object, want := range map[string]string{
		``:                                 `must be a JSON object`,
		`null`:                             `must be a JSON object`,
		`[{"customertype":1}]`:             `must be a JSON object`,
		`{"customertype":1`:                `must be a JSON object`,
		`{"customertype":1} {}`:            `must be one JSON object`,
		`{"customertype":1}x`:              `must be one JSON object`,
		`{"id":5}`:                         `may not hold "id"`,
		`{"ID":5}`:                         `may not hold "ID"`,
		`{"TopLevel_ID":5}`:                `may not hold "TopLevel_ID"`,
		`{"notes":"x"}`:                    `may not hold "notes"`,
		`{"a":"{{#email}}"}`:               `cannot be used: its a `,
		`{"a":[1,{"b":"{{sender.nil}}"}]}`: `cannot be used: its a[1].b `,
	} {
		_, err := draft.ParseClientFields(object)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s…", object, err, want)
		}
	}
}

func TestFilingsAreReadInAnyOrder(t *testing.T) {
	t.Parallel()
	for s, want := range map[string][]draft.Filing{
		"":                          nil,
		" , ":                       nil,
		"user":                      {draft.FileUser},
		"Domain, ticket,USER,user ": {draft.FileUser, draft.FileTicket, draft.FileDomain},
	} {
		if got, ok := draft.ParseFilings(s); !ok || !cmp.Equal(got, want) {
			t.Errorf("%q: %v, %v", s, got, ok)
		}
	}
	for _, s := range []string{"users", "ask", "user;ticket"} {
		if got, ok := draft.ParseFilings(s); ok {
			t.Errorf("%q is taken for %v", s, got)
		}
	}
}
