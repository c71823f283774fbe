package config

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"halobot/internal/draft"
	"halobot/internal/halo"
)

// OnlyConnection is the name of the connection when HALO_CONNECTIONS names none.
const OnlyConnection = "halo"

// field is one variable of a Halo connection; with HALO_CONNECTIONS, its name has the
// connection's in it: HALO_PROD_URL.
type field struct {
	suffix string
	setting
	read func(s *halo.Settings, value string) (wrong string)
}

const (
	whereURL    = "Use the address at which you open Halo, or copy Resource Server from Halo › Configuration › Integrations › HaloPSA API."
	whereClient = "Copy it from Halo › Configuration › Integrations › HaloPSA API › View Applications › your application (Client ID and Secret, Services)."
	whereSecret = "Halo shows it once, when the application is made; make a new one at Configuration › Integrations › HaloPSA API › View Applications › your application."
	whereID     = "The number is at the end of its address when you open it in Halo."
)

var connectionFields = []field{
	{"URL", setting{required: true, where: whereURL}, func(s *halo.Settings, v string) string {
		return readAddress(&s.URL, v, halo.NormaliseURL)
	}},
	{"CLIENT_ID", setting{required: true, where: whereClient}, func(s *halo.Settings, v string) string {
		s.ClientID = v
		return ""
	}},
	{"CLIENT_SECRET", setting{required: true, where: whereSecret}, func(s *halo.Settings, v string) string {
		s.ClientSecret = v
		return ""
	}},
	{"TENANT", setting{}, func(s *halo.Settings, v string) string {
		if strings.ContainsAny(v, " \t/:") {
			return "must be the tenant's bare name, as Halo shows it under HaloPSA API › Tenant."
		}
		s.Tenant = v
		return ""
	}},
	{"AUTH_URL", setting{}, func(s *halo.Settings, v string) string {
		return readAddress(&s.AuthURL, v, halo.NormaliseAuthURL)
	}},
	{"SCOPE", setting{preset: halo.DefaultScope}, func(s *halo.Settings, v string) string {
		if strings.Contains(v, ",") {
			return "must be separated by spaces, not commas."
		}
		s.Scope = v
		return ""
	}},
	{"TOPLEVEL_ID", setting{where: whereID}, func(s *halo.Settings, v string) string {
		return readInt(&s.TopLevelID, v, 0, maxID)
	}},
	{"CATCH_ALL_CLIENTS", setting{where: whereID}, func(s *halo.Settings, v string) string {
		for i, item := range list(v) {
			var id int
			if readInt(&id, item, 1, maxID) != "" {
				return "must be a comma-separated list of client ids (numbers); entry " + strconv.Itoa(i+1) + " is not one."
			}
			s.CatchAll = append(s.CatchAll, id)
		}
		return ""
	}},
	{"CLIENT_FIELDS", setting{lines: true}, func(s *halo.Settings, v string) string {
		var err error
		if s.ClientFields, err = draft.ParseClientFields(v); err != nil {
			return strings.TrimSuffix(err.Error(), ".") + "."
		}
		return ""
	}},
	{filingSuffix, setting{preset: "ask"}, func(s *halo.Settings, v string) (wrong string) {
		var ok bool
		switch word := strings.ToLower(v); word {
		case "ask":
		case "off":
			s.NoFiling = true
		default:
			if s.Filing, ok = draft.ParseFilings(v); !ok || s.Filing == nil {
				return "must be ask, off, or a comma-separated list of user, ticket and domain."
			}
		}
		return ""
	}},
}

// filingSuffix is of the one field that a connection without its own takes from HALO_FILING.
const filingSuffix = "FILING"

// readAddress reads what people paste. normalise's error goes on from the variable's name, and
// does not repeat the value.
func readAddress(to *string, v string, normalise func(string) (string, error)) string {
	address, err := normalise(v)
	if err != nil {
		return err.Error() + "."
	}
	*to = address
	return ""
}

// maxID is Halo's: ids are 32-bit integers in its OpenAPI.
const maxID = 1<<31 - 1

var connectionName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)

// variablePrefix is what a connection's variables begin with.
func variablePrefix(connection string) string {
	return "HALO_" + strings.ReplaceAll(strings.ToUpper(connection), "-", "_") + "_"
}

// readConnections reads each connection. What a Halo mails from its own host is the MSP's own.
func (l *loader) readConnections() {
	defer func() {
		for _, s := range l.Halo {
			if host := draft.HostKey(s.URL); draft.NobodyOf(host) == "" && !l.Mail.Own(host) {
				l.Mail.OwnDomains = append(l.Mail.OwnDomains, host)
			}
		}
	}()
	if strings.TrimSpace(l.env["HALO_CONNECTIONS"]) == "" {
		l.readConnection(OnlyConnection, "HALO_")
		return
	}
	for _, name := range l.names {
		l.readConnection(name, variablePrefix(name))
	}
	for _, f := range connectionFields {
		if l.env["HALO_"+f.suffix] != "" && f.suffix != filingSuffix && !slices.ContainsFunc(l.names, func(name string) bool {
			return strings.HasPrefix("HALO_"+f.suffix, variablePrefix(name))
		}) {
			l.warn("HALO_" + f.suffix + " is not read, since HALO_CONNECTIONS is set: each connection has its own, like " + example(l.names) + f.suffix + ".")
		}
	}
}

func example(names []string) string {
	if len(names) == 0 {
		return "HALO_PROD_"
	}
	return variablePrefix(names[0])
}

// connectionNames reads HALO_CONNECTIONS. Two names may not share a variable, as a-b and a_b
// or a and a_auth would.
func connectionNames(v string) (names []string, wrong string) {
	names = list(v)
	if len(names) == 0 {
		return nil, "names no connection. Write prod,uat, say, or leave it out for a single connection."
	}
	for i, name := range names {
		if !connectionName.MatchString(name) {
			return nil, "must be a comma-separated list of names made of a-z, 0-9, _ and - (at most 40 characters); entry " + strconv.Itoa(i+1) + " is not one."
		}
	}
	owner := map[string]string{}
	for _, name := range names {
		for _, f := range connectionFields {
			variable := variablePrefix(name) + f.suffix
			if other, taken := owner[variable]; taken && other == name {
				return nil, "names " + name + " twice."
			} else if taken {
				return nil, "names " + other + " and " + name + ", which would share the variable " + variable + ". Rename one."
			}
			owner[variable] = name
		}
	}
	return names, ""
}

func (l *loader) readConnection(name, prefix string) {
	s := halo.Settings{Name: name, RequestsPerMinute: l.perMinute, VarPrefix: prefix}
	for _, f := range connectionFields {
		variable := prefix + f.suffix
		if f.suffix == filingSuffix && l.env[variable] == "" {
			variable = "HALO_" + filingSuffix
		}
		l.read(variable, f.setting, func(v string) string { return f.read(&s, v) })
	}
	if readable(s.URL) {
		l.warn(prefix + "URL is not https: the client secret and every client cross the network readable.")
	}
	if readable(s.AuthURL) {
		l.warn(prefix + "AUTH_URL is not https: the client secret crosses the network readable.")
	}
	l.Halo = append(l.Halo, s)
}

// readable reports whether what is sent to address can be read on the way.
func readable(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" {
		return false
	}
	host := u.Hostname()
	return host != "localhost" && host != "::1" && !strings.HasPrefix(host, "127.")
}
