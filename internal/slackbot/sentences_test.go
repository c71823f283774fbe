package slackbot

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
	"halobot/internal/sandbox/sentences"
)

var _ = flag.Bool("update", false, "write the golden file anew")

// Everything that this package says to people, so that it can be read together:
// ../sentences/sentences.txt.
func TestSentences(t *testing.T) {
	t.Parallel()
	acme := onboarding.Request{
		Key: "k7", By: onboarding.Person{ID: "U1", Name: "tess"}, Draft: draft.Draft{Name: "Acme Ltd", Connection: "halo"},
	}
	use, look := acme, acme
	use.Use, look.LookOnly = 12, true
	dismiss, reopen := acme, acme
	dismiss.Answer, reopen.Answer = &onboarding.AlertAnswer{Word: onboarding.Dismiss}, &onboarding.AlertAnswer{Word: onboarding.Reopen}
	b := idle(t)
	_, badStep := b.bot.router.steps.request(t.Context(), "Fx1", nil)
	fatal := func(variable, code string) string { return (&fatalError{variable: variable, code: code}).Error() }

	all := []struct {
		when, say string
		// settled sentences must say whether anything was created.
		settled bool
	}{
		{"a guest asks", sayGuest.String(), true},
		{"somebody of another workspace asks", sayStranger.String(), true},
		{"a bot asks", sayBot.String(), true},
		{"a deactivated account asks", sayLeft.String(), true},
		{"somebody outside the allowed user groups asks", sayGroup.String(), true},
		{"the channel is not on the list", sayChannel.String(), true},
		{"Slack does not say who it is", sayUnverified.String(), true},
		{"a guest opens the home tab", sayGuest.home(), false},
		{"somebody else opens it of whom Slack does not say who it is", sayUnverified.home(), false},
		{"the form did not open in time", sayNotOpened, true},
		{"the same, without a form to open again", sayPressAgain, true},
		{"Slack does not take the bot's token any more", sayDead, true},
		{"the same, when a form was submitted", sayDeadKept, true},
		{"a submission could not be stored", sayNotStored, true},
		{"a button's request could not be stored or looked up", sayNotKept, true},
		{"the form's metadata is damaged", sayBrokenForm, true},
		{"a button's request is not known any more", sayNotFound, true},
		{"a button names no client", sayNoPick, true},
		{"a connection is not configured (any more)", sayNoConnection("uat"), false},
		{"a handler panicked", sayFault, true},
		{"a workflow step's inputs are wrong", turnedDown(badStep...), true},
		{"a workflow step's on_error is wrong", turnedDown(sayBadOnError), true},
		{"a workflow step's if_exists is wrong", turnedDown(sayBadIfExists), true},
		{"a workflow step could not be stored", turnedDown(sayStepNotStored), true},
		{"a workflow step's filing is wrong", turnedDown(sayBadFiling), true},
		{"a workflow step finds clients and may not choose", sayExists([]halo.Client{{ID: 12, Name: "Acme Ltd"}, {ID: 13, Name: "ACME"}}), true},
		{"a workflow step's create was never confirmed", sayUnconfirmed(acme), false},
		{"… and a person was asked", sayAsked, false},
		{"… and nobody could be asked", sayNotAsked, false},
		{"… and nobody is there to be asked", sayNobodyToAsk, false},
		{"a form is being fetched", sayLoading, false},
		{"a request is being worked on", sayLooking, false},
		{"a client is being checked", sayUsing, false},
		{"Halo is being looked through again", sayLookingAgain, false},
		{"another request for the same company is first", sayWaiting(&onboarding.Person{ID: "U2", Name: "sam"}).String(), false},
		{"another one's, nobody knows whose", sayWaiting(nil).String(), false},
		{"Halo took it and did not answer", sayChecking("Acme Ltd", ""), false},
		{"Halo took it and did not say", sayChecking("Acme Ltd", "Halo answered 500, which does not say whether the client was created."), false},
		{"Halo does not answer", sayOutage("Acme Ltd", "Halo did not answer in time."), true},
		{"Halo wants fewer requests", sayOutage("Acme Ltd", "Halo's rate limit is reached (429)."), true},
		{"Slack does not say whether they may", saySlackAway("Acme Ltd"), true},
		{"a submission may have been stored", sayInDoubt, false},
		{"a button's request may have been stored", sayPressInDoubt, false},
		{"a request was sent to a Halo that is elsewhere today", sayMoved("https://a.example", "https://b.example"), false},
		{"Slack does not take a workflow step's result", sayStepClient(modals.Client{ID: 12, Name: "Acme Ltd", URL: "https://a.example/customers?clientid=12"}) +
			" " + sayStepRefused("access_denied"), false},
		{"the bot's own queue is long", sayQueued("Acme Ltd", "The bot's own limit of 60 requests a minute to Halo is used up."), true},
		{"somebody else is on it", sayInHand(acme).String(), false},
		{"… and has chosen a client", sayInHand(use).String(), false},
		{"… and looks again", sayInHand(look).String(), false},
		{"somebody dismisses an alert that is in hand", sayInHandInstead(acme).String(), false},
		{"somebody answers an alert that is being answered", sayAnswering(dismiss).String(), false},
		{"… that is being reopened", sayAnswering(reopen).String(), false},
		{"a button belongs to no alert", sayNoAlert, false},
		{"an alert is reopened that is not dismissed", sayNothingToReopen, false},
		{"Slack does not say whether they may answer alerts", sayAnswerWaits, false},
		{"… for 15 minutes", sayNeverVerified, false},
		{"an alert's button says nothing that can be used", sayNothingUsable, false},
		{"an alert is of one's own address", sayOwn("desk@msp.example"), false},
		{"a form is closed without a client", sayNoClient(acme, "Halo refused: \"Customer type is mandatory\"."), true},
		{"… where one that Halo has was chosen", sayNoClient(use, "Halo has no client with that number."), true},
		{"a form is offered again, Halo refused", sayNext(onboarding.State{Outcome: onboarding.Refused}), false},
		{"… for its configuration", sayNext(onboarding.State{Outcome: onboarding.Refused, Configuration: true}), false},
		{"… Halo did not answer", sayNext(onboarding.State{Outcome: onboarding.Unreachable}), false},
		{"… Slack did not say whether they may", sayNext(onboarding.State{Outcome: onboarding.Unreachable, Away: onboarding.AwaySlack}), false},
		{"a question was answered: use it", sayTaken(use, person{ID: "U1", Name: "tess"}).String(), false},
		{"a question was answered: look again", sayTaken(look, person{ID: "U1", Name: "tess"}).String(), false},
		{"a question was answered: create", sayTaken(acme, person{}).String(), false},
		{"a request was returned to a thread", sayReturned(wayBack{Thread: "1.2"}), false},
		{"a request was returned to a person", sayReturned(wayBack{}), false},
		{"an alert names an unknown connection, there are several", sayUnknownConnection("uat", true), false},
		{"an alert names an unknown connection, there is one", sayUnknownConnection("uat", false), false},
		{"a sender writes from a free-mail address", sayNobodys("The sender writes from", "gmail.com"), false},
		{"an address behind a relay was typed", sayNobodys("The address is at", "docusign.net"), false},
		{"a sender writes from inside a network", sayNobodys("The sender writes from", "rack1.internal"), false},
		{"nobody vouches for a mail", sayUnverifiedMail, false},
		{"a mail failed verification", sayForged, false},
		{"nothing is left to be filed", sayNothingToFile, false},
		{"nothing was ticked", sayTickSomething, false},
		{"something is being filed", sayFiling, false},
		{"somebody has something filed again", sayFilingAgain(person{ID: "U1", Name: "tess"}).String(), false},
		{"a ticket is from somebody else", sayMoveAnyway(onboarding.Receipt{
			Request: onboarding.Request{File: &onboarding.File{Client: halo.Client{Name: "Acme Ltd"}, Filing: onboarding.Filing{Email: "jane@acme.com"}}},
			State:   onboarding.State{Ticket: &halo.Ticket{ID: 881, Subject: "Payroll", From: []string{"bob@victim.example"}}},
		}), false},
		{"the list of clients is still being read", sayStillReading, false},
		{"a form was kept for a day", sayFormGone, false},
		{"by what a client was found", saySame(true, true) + "; " + sayFound(halo.Sender{User: "Jane", Standing: halo.InactiveUser}, "jane@acme.com") + "; " +
			sayFound(halo.Sender{Site: true, Standing: halo.InactiveClient}, "") + "; " + sayFound(halo.Sender{Standing: halo.UnderCatchAll}, "") + ".", false},
		{"help is asked for", sayHelp, false},
		{"the bot may not post in a channel", sayElsewhere("halo-clients", place{Name: "service-desk"}, "not_in_channel"), false},
		{"the bot may not post in a channel without a name", sayElsewhere("", place{}, "channel_not_found"), false},
		{"a channel was archived", sayElsewhere("halo-clients", place{Name: "service-desk"}, "is_archived"), false},
		{"a channel is closed to the bot for another reason", sayElsewhere("halo-clients", place{Name: "service-desk"}, "restricted_action"), false},
		{"an unknown app token", fatal("SLACK_APP_TOKEN", "invalid_auth"), false},
		{"a bot token where the app token belongs", fatal("SLACK_APP_TOKEN", "not_allowed_token_type"), false},
		{"an app token without its scope", fatal("SLACK_APP_TOKEN", "missing_scope"), false},
		{"an app token that has expired", fatal("SLACK_APP_TOKEN", "token_expired"), false},
		{"an app token that was revoked", fatal("SLACK_APP_TOKEN", "token_revoked"), false},
		{"no app token", fatal("SLACK_APP_TOKEN", "not_authed"), false},
		{"an app of another workspace", fatal("SLACK_APP_TOKEN", "forbidden_team"), false},
		{"a bot that was removed", fatal("SLACK_BOT_TOKEN", "account_inactive"), false},
		{"no Slack at the address", fatal("SLACK_API_URL", notFound), false},
	}
	var out strings.Builder
	for _, s := range all {
		fmt.Fprintf(&out, "%s:\n\t%s\n\n", s.when, strings.ReplaceAll(s.say, "\n", "\n\t"))
		low := strings.ToLower(s.say)
		if s.settled && !strings.Contains(low, "nothing was created") && !strings.Contains(low, "nothing was done") && !strings.Contains(low, "nothing was;") {
			t.Errorf("%s: %q does not say whether anything was created", s.when, s.say)
		}
		if !strings.HasSuffix(s.say, ".") && !strings.HasSuffix(s.say, "…") && !strings.HasSuffix(s.say, "?") {
			t.Errorf("%s: %q is no sentence", s.when, s.say)
		}
		if n := utf8.RuneCountInString(s.say); n > 300 {
			t.Errorf("%s: %d characters are too many to be read", s.when, n)
		}
	}
	sentences.Check(t, "What is said beside them", out.String())
}
