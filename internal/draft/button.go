package draft

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// ParseAlert reads a button's value: a bare address or a JSON object. It never
// fails: what cannot be used is left out.
//
// An address may be written as a mail's header or as a Slack link, and may bring the
// sender's name along. A ticket's id may be a number. Slack's entities are undone and
// encoded words decoded; control characters become spaces, and only notes keep their
// lines; what is too long is cut. Keys that an alert does not have go into Other where
// their value is a string, a number or a boolean.
//
// Flows that are made by hand write it in their own way: the sender as from or sender, as
// Microsoft Graph has them, keys in other letters, null and undefined as text, quotes and line
// breaks that break the JSON, the end cut off, the whole inside another object or as a web form
// sends it. Each value is then what stands next to its key, never what happens to stand somewhere. Of a value that is no object, the first address in it
// is taken.
func ParseAlert(value string) Alert {
	value = strings.TrimSpace(strings.ToValidUTF8(value, "\uFFFD"))
	object, ok := parseObject(value)
	if !ok {
		if object = salvage(value); object == nil {
			object = query(value)
		}
		if object == nil {
			return Alert{Email: present(value)}.tidy()
		}
	}
	return alertOf(object, 0)
}

// alertOf is the alert that an object says. One that names no sender may wrap the one that does.
func alertOf(object map[string]any, depth int) Alert {
	object = withFields(object)
	a := Alert{Other: make(map[string]string)}
	texts := make(map[string]freeText)
	for _, t := range a.texts() {
		texts[plainKey(t.key)] = t
	}
	// Capitals sort first, so that a key of just the right letters comes last, and wins.
	for _, key := range slices.Sorted(maps.Keys(object)) {
		value := object[key]
		if nested, ok := value.(map[string]any); ok && key == "other" {
			for key, value := range nested {
				if s, ok := scalar(value); ok {
					a.Other[key] = s
				}
			}
			continue
		}
		s, ok := scalar(value)
		_, isString := value.(string)
		_, isNumber := value.(json.Number)
		known := plainKey(key)
		switch t, isText := texts[known]; {
		case isText && (isString || isNumber && t.key == "ticket_id"):
			if s = present(s); s != "" {
				*t.value = s
			}
		case isText:
		case known == "onerror":
			if isString {
				a.OnError = OnError(s)
			}
		case known == "verified":
			a.Verified = parseVerdict(s)
		case ok:
			a.Other[key] = present(s)
		}
	}
	a.sender(object)
	a.ticket(object)
	a = a.tidy()
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if inner, ok := first(object[key]).(map[string]any); ok && a.Email == "" && depth < 3 && !recipients[plainKey(key)] {
			if found := alertOf(inner, depth+1); found.Email != "" {
				for i, t := range found.texts() {
					if outer := a.texts()[i].value; *outer == "" {
						*outer = *t.value
					}
				}
			}
		}
	}
	return a
}

// recipients are keys of people who did not write.
var recipients = setOf("to", "torecipients", "recipient", "recipients", "cc", "ccrecipients", "bcc", "bccrecipients", "replyto", "deliveredto",
	"assignee", "assignedto", "agent", "owner", "technician", "team", "channel", "user", "postedby", "updatedby", "createdby", "other")

// first is the first of a list, or what is none.
func first(value any) any {
	if list, ok := value.([]any); ok && len(list) > 0 {
		return list[0]
	}
	return value
}

// query reads what a web form sends: email=jane%40acme.com&ticket_id=881.
func query(s string) map[string]any {
	values, err := url.ParseQuery(s)
	if err != nil || strings.ContainsAny(s, " <\n") {
		return nil
	}
	object := make(map[string]any)
	for key, value := range values {
		object[key] = value[0]
	}
	if !slices.ContainsFunc(slices.Collect(maps.Keys(object)), func(key string) bool { return slices.Contains(senderKeys, plainKey(key)) }) {
		return nil
	}
	return object
}

// senderKeys are where flows put the sender, the likeliest first; the keys are plain ones.
var senderKeys = []string{"email", "emailaddress", "mail", "from", "fromemail", "fromaddress", "fromfull", "sender", "senderemail", "senderaddress",
	"senderemailaddress", "reportedby", "useremail"}

// nameKeys are where they put the sender's name. The last is Halo's own, of a ticket's user.
var nameKeys = []string{"sendername", "fromname", "senderdisplayname", "fromdisplayname", "fullname", "displayname", "username"}

// generalUser is whom Halo has for those who have no user.
const generalUser = "general user"

// withFields is an object with the fields of a mail's header, which Gmail and Outlook give as a list of
// names and values, as keys of its own. Its own keys win, in whatever letters they are, where they say
// anything; else the first field does.
func withFields(object map[string]any) map[string]any {
	all, said := maps.Clone(object), make(map[string]bool)
	for key, value := range object {
		s, isString := value.(string)
		plain := plainKey(key)
		said[plain] = said[plain] || value != nil && (!isString || present(s) != "")
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		list, _ := object[key].([]any)
		if plain := plainKey(key); plain != "headers" && plain != "internetmessageheaders" {
			continue
		}
		for _, field := range list {
			of, _ := field.(map[string]any)
			name, value := nameAndValue(of)
			if name = strings.ToLower(name); !said[name] && (name == "from" || name == "subject") {
				all[name], said[name] = value, true
			}
		}
	}
	return all
}

func nameAndValue(of map[string]any) (name string, value any) {
	for _, key := range slices.Sorted(maps.Keys(of)) {
		switch plainKey(key) {
		case "name":
			name, _ = of[key].(string)
		case "value":
			value = of[key]
		}
	}
	return name, value
}

// ticket takes the ticket from where a flow has put it, where the alert's own key lacks it: a key like
// it, or, in a ticket as Halo has it, its id and its summary.
func (a *Alert) ticket(object map[string]any) {
	plain := make(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(object)) {
		plain[plainKey(key)] = object[key]
	}
	keys := []string{"ticket", "ticketnumber", "ticketno", "ticketref"}
	if _, halos := plain["reportedby"]; halos || plain["useremail"] != nil {
		keys = append(keys, "id")
		if s, ok := plain["summary"].(string); ok && a.Subject == "" {
			a.Subject = present(s)
		}
	}
	for _, key := range keys {
		if s, ok := scalar(plain[key]); ok && a.TicketID == "" {
			a.TicketID = present(s)
		}
	}
}

// sender takes the sender from wherever a flow has put it, where the alert's own keys lack it.
func (a *Alert) sender(object map[string]any) {
	plain := make(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(object)) {
		plain[plainKey(key)] = object[key]
	}
	if _, address := parseSender(a.Email); address == "" {
		a.Email = ""
	}
	for _, key := range senderKeys {
		name, address := person(plain[key])
		if a.Email == "" {
			a.Email = address
		}
		if a.SenderName == "" && address != "" && strings.EqualFold(address, a.Email) {
			a.SenderName = name
		}
	}
	for _, key := range nameKeys {
		if name, ok := plain[key].(string); ok && a.SenderName == "" && !strings.EqualFold(name, generalUser) {
			a.SenderName = present(name)
		}
	}
}

// person reads somebody as mail services write them: as text, {"name", "address"}, Microsoft
// Graph's {"emailAddress": {…}}, or the first of a list.
func person(value any) (name, address string) {
	switch v := value.(type) {
	case string:
		return parseSender(present(v))
	case []any:
		if len(v) > 0 {
			return person(v[0])
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			switch plainKey(key) {
			case "emailaddress", "address", "email", "mail", "value":
				if n, found := person(v[key]); found != "" && address == "" {
					address = found
					if name == "" {
						name = n
					}
				}
			case "name", "displayname", "fullname":
				if s, ok := v[key].(string); ok && present(s) != "" {
					name = s
				}
			}
		}
	}
	return name, address
}

// plainKey is a key without what people write differently.
func plainKey(key string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(key))
}

// present is s, unless a flow's null or undefined was made text.
func present(s string) string {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "null", "undefined", "none", "nil", "nan", "[object object]", "{}", "[]", `""`, "undefined@undefined", "null@null":
		return ""
	}
	return s
}

// parseObject decodes a JSON object, also one that a flow has put into a JSON string or a list.
func parseObject(s string) (map[string]any, bool) {
	for range 3 {
		var inner string
		if !strings.HasPrefix(s, `"`) || json.Unmarshal([]byte(s), &inner) != nil {
			break
		}
		s = strings.TrimSpace(inner)
	}
	var value any
	dec := json.NewDecoder(strings.NewReader(s))
	dec.UseNumber()
	if err := dec.Decode(&value); err != nil {
		return nil, false
	}
	if list, ok := value.([]any); ok && len(list) > 0 {
		value = list[0]
	}
	object, ok := value.(map[string]any)
	return object, ok
}
