package slackbot

import (
	"cmp"
	"fmt"
	"strings"

	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
	"halobot/internal/text"
)

// What people read that package modals does not draw. A problem is told as what happened, whether
// anything was created, and what to do next.
const (
	sayLoading = "Looking it up…"
	sayFault   = "The bot ran into a fault of its own. Unless you saw that the client is being created, nothing was; " +
		"please try again. If it happens again, tell whoever runs the bot: its log says more."
	sayNotStored = "Nothing was created: the bot's database does not answer. What you typed is still here; press the button again in a moment."
	sayInDoubt   = "The bot's database did not answer in time, so your request may have been stored or not. " +
		"What you typed is still here; press the button again: that is safe, and never makes a second client."
	sayNotOpened  = "Slack did not open the form in time. Nothing was created; press the button to open it now."
	sayBrokenForm = "The bot cannot tell what this form was opened for. Nothing was created; close it and open a new one."
	sayNotFound   = "The bot does not know this request any more. Nothing was created; start again with " + slashCommand + "."
	sayNoPick     = "Nothing was created: this button does not say which client it means. Start again with " + slashCommand + "."

	sayNotKept      = "Nothing was done: the bot's database does not answer. Please press the button again in a moment."
	sayPressInDoubt = "The bot's database did not answer in time, so your choice may have been stored or not. " +
		"Please press the button again in a moment: that is safe, and never makes a second client."
	sayDead       = "Slack does not let the bot in any more: its access was taken away, so pressing again does not help. Nothing was created; please tell whoever runs this bot."
	sayDeadKept   = "Your request is kept, and nothing was created yet. Slack does not let the bot in any more, so it cannot go on until whoever runs this bot has fixed that; please tell them. You will be told the result."
	sayPressAgain = "Slack did not open the form in time. Nothing was created; please press the button again."

	sayHelp = "What you type after " + slashCommand + " fills the form in: a name, a website, or both.\n" +
		"• `" + slashCommand + " Acme Ltd acme.com`\n" +
		"• `" + slashCommand + " acme.com` (the name is guessed)\n" +
		"• `" + slashCommand + " Acme Ltd jane@acme.com`\n" +
		"Nothing is created before you press Create."

	sayBadOnError  = "The input on_error must be one of exception, bounce, continue, stop, stop_all."
	sayBadFiling   = "The input filing must be a list of user, ticket, domain, with commas, or empty."
	sayBadIfExists = "The input if_exists must be one of use, create, fail."

	sayStepNotStored = "The bot's database does not answer."

	// What a step's problem is followed by when a person has to decide.
	sayAsked       = "A person was asked in the bot's error channel."
	sayNotAsked    = "A person has to decide, and the bot may not post in its error channel; its log says why."
	sayNobodyToAsk = "A person has to decide; set SLACK_ERROR_CHANNEL, and the bot asks there."

	sayLooking      = "Checking whether Halo has it already, then creating it…"
	sayLookingAgain = "Checking once more whether Halo has it. Nothing is being created…"
	sayUsing        = "Checking the client that you chose. Nothing is being created…"
)

// noEntry says why somebody may not create clients, and what they can do about it.
type noEntry struct{ why, please string }

// String is for somebody who asked for a client.
func (n noEntry) String() string { return n.why + " Nothing was created; " + n.please + "." }

// home is for somebody who has not asked for a client yet.
func (n noEntry) home() string {
	return n.why + " " + strings.ToUpper(n.please[:1]) + n.please[1:] + "."
}

var (
	sayGuest    = noEntry{"Guests may not create clients in Halo.", "please ask a full member of this workspace"}
	sayStranger = noEntry{"Only members of the workspace that this bot belongs to may create clients in Halo.", "please ask one of its members"}
	sayBot      = noEntry{"Bots and apps may not create clients in Halo.", "please let a member of the workspace ask for one"}
	sayLeft     = noEntry{"This account is deactivated and may not create clients in Halo.", "please ask an active member of the workspace"}
	sayGroup    = noEntry{"Only members of certain user groups may create clients in Halo here, and you are in none of them.", "please ask whoever runs this bot to add you"}
	sayChannel  = noEntry{"Clients may not be created from this channel.", "please use one of the channels that this bot is set up for, or ask whoever runs it"}
	// sayUnverified refuses nobody for good: Slack may say who they are in a minute.
	sayUnverified = noEntry{"The bot could not find out from Slack who you are.", "please try again in a minute, and if that does not help, ask whoever runs this bot"}
)

// sayChecking is for a create that was sent and not answered. said is what was heard of it, and
// takes the place of the first sentence.
func sayChecking(name, said string) string {
	return cmp.Or(said, "Halo took the request for "+name+" but has not answered yet.") +
		" The bot is checking whether " + name + " is in Halo, and will tell you. Please do not create it by hand."
}

// sayOutage is for a request that waits because Halo takes none; problem is a sentence that says
// why.
func sayOutage(name, problem string) string {
	return cmp.Or(problem, "Halo is not answering.") + " Nothing was created for " + name + " yet; the bot keeps trying for 15 minutes and will tell you. There is nothing you need to do."
}

// saySlackAway is for a request that waits because Slack does not say whether its person may create
// clients.
func saySlackAway(name string) string {
	return "Slack does not say whether you may create clients in Halo. Nothing was created for " + name +
		" yet; the bot keeps asking for 15 minutes and will tell you. There is nothing you need to do."
}

// What people are told of their answers to alerts.
const (
	sayNoAlert         = "Nothing was changed: this button does not say which alert it belongs to. Press one in the alert itself."
	sayNothingToReopen = "This alert is not dismissed, so there is nothing to reopen."
	sayAnswerWaits     = "Slack does not say whether you may answer alerts. Your answer is kept; the bot keeps asking for 15 minutes, and the alert shows it then. " +
		"There is nothing you need to do."
	sayNeverVerified = "Slack did not say for 15 minutes whether you may answer alerts. The alert is as it was; please press the button again."
)

// sayAnswering says who has just answered the alert, and how.
func sayAnswering(r onboarding.Request) modals.Words {
	says := " just said that this is not a client."
	if r.Answer.Word == onboarding.Reopen {
		says = " just reopened this alert."
	}
	return by(r.By, says+" The alert shows it in a moment; if it does not, press again.")
}

// sayInHandInstead tells somebody who tried to dismiss an alert who is creating a client for it.
func sayInHandInstead(r onboarding.Request) modals.Words {
	return by(r.By, " is on it: "+sayDoing(r)+" The alert was not dismissed.")
}

// sayNoConnection is for a Halo connection that is not configured.
func sayNoConnection(name string) string {
	return fmt.Sprintf("There is no Halo connection named %q. Choose another.", name)
}

// sayExists lists the clients that Halo already has, for a workflow, which cannot choose one of
// them.
func sayExists(found []halo.Client) string {
	const most = 5
	var names []string
	for i, c := range found {
		if i == most {
			names = append(names, fmt.Sprintf("%d more", len(found)-most))
			break
		}
		names = append(names, fmt.Sprintf("%s (#%d)", c.Name, c.ID))
	}
	return "Halo already has " + strings.Join(names, ", ") + ". Nothing was created."
}

// sayUnconfirmed is for a create that was sent, and whose client was never seen.
func sayUnconfirmed(r onboarding.Request) string {
	return fmt.Sprintf("Halo was asked several times to create %s, and never showed the client. It may or may not be there, "+
		"with the reference %s; do not create it by hand.", r.Draft.Name, r.Reference())
}

// sayMoved is for a create that was sent to one Halo, where the connection leads to another today.
func sayMoved(from, to string) string {
	return fmt.Sprintf("It was sent to %s, and the connection leads to %s today: look at both.", from, to)
}

// sayStepClient names the client in the error of a step whose outputs Slack refuses.
func sayStepClient(c modals.Client) string {
	return fmt.Sprintf("%s (#%d) is in Halo: %s.", c.Name, c.ID, c.URL)
}

// sayStepRefused says that Slack refused a workflow step's result.
func sayStepRefused(code string) string {
	return fmt.Sprintf("Slack does not take the step's result (%s): whoever runs the bot should update the app's manifest, and the workflow its step.", code)
}

// sayReturned says where somebody finds what they typed in a request that was returned.
func sayReturned(back wayBack) string {
	if back.Thread != "" {
		return "What you typed is in the alert's thread."
	}
	return "What you typed is in your direct messages from the bot."
}

// sayUnknownConnection is for an alert whose connection is not configured; choose says whether the
// form has several to choose from.
func sayUnknownConnection(name string, choose bool) string {
	if choose {
		return fmt.Sprintf("The alert names the Halo connection %q, which does not exist. Please choose one.", name)
	}
	return fmt.Sprintf("The alert names the Halo connection %q, which does not exist. The client will be created in the only one that does.", name)
}

// sayNothingUsable is for an alert whose button has a value of which the bot understands nothing.
const sayNothingUsable = "This alert's button says nothing that could be used, so the form is empty. " +
	"Whoever made the alert's flow finds what it may say in docs/alerts.md."

// sayUnverifiedMail stands under the checkboxes where the mail server does not vouch for the mail.
const sayUnverifiedMail = "Your mail server does not confirm that this mail is from the sender it names, so nothing is ticked."

// sayForged is said of a mail that failed verification.
const sayForged = "This mail failed verification: it may not be from the sender it names. Its sender and its ticket are not filed."

// What the form for filing a sender says.
const (
	fileTitle        = "File the sender"
	sayNothingToFile = "Nothing is left to be filed: it is done, or being done."
	sayTickSomething = "Tick what is to be done."
	sayFiling        = "It is being filed. The result is posted where the client was announced."
)

// sayFilingAgain takes the place of a Try again button once it was pressed.
func sayFilingAgain(who person) modals.Words {
	return by(who.asker(), " pressed Try again. The result is posted here.")
}

// What the form's "Find a client…" says.
const (
	sayStillReading = "Halo's clients are still being read: type again in a moment."
	sayFormGone     = "What you typed before is not kept any more."
)

// saySame says what an existing client has in common with the one that is asked for.
func saySame(name, website bool) string {
	switch {
	case name && website:
		return "same name and website"
	case website:
		return "same website"
	}
	return "same name"
}

// sayCatchAll is why a client that was found cannot be used.
const sayCatchAll = ", and unknown senders are filed under it"

// sayFound says how a client was found to be the sender's, and what to know before choosing it.
func sayFound(found halo.Sender, email string) string {
	why := "same website"
	switch {
	case found.User != "":
		why = email + " is a user of it"
	case found.Site:
		why = "same e-mail domain"
	}
	switch found.Standing {
	case halo.UnderCatchAll:
		return why + sayCatchAll
	case halo.InactiveUser:
		return why + ", an inactive one"
	case halo.InactiveClient:
		return why + "; it is inactive"
	}
	return why
}

// sayMoveAnyway asks about a ticket that is from somebody else.
func sayMoveAnyway(f onboarding.Receipt) string {
	t, file := f.State.Ticket, f.Request.File
	return fmt.Sprintf("Ticket #%d, “%s”, is from %s as Halo has it, and the mail was from %s. Move it to %s?",
		t.ID, text.Middle(text.Line(t.Subject), 60), text.Middle(onboarding.Sender(*t), 70), text.Middle(file.Filing.Email, 50), text.Middle(text.Line(file.Client.Name), 50))
}

// sayOwn says why the form is empty though the sender is known.
func sayOwn(address string) string {
	return fmt.Sprintf("%s is an address of your own, and no client's. The alert does not show who wrote: fill the form in by hand.", address)
}

// sayNobodys says why the website is left empty although there is a domain; "" where the domain may
// be a company's own. begin says where the domain comes from.
func sayNobodys(begin, domain string) string {
	says, ok := map[draft.Nobody]string{
		draft.FreeMail:   "where anybody can have an address",
		draft.Shared:     "which many companies share",
		draft.Unroutable: "which is no domain of the public Internet",
	}[draft.NobodyOf(domain)]
	if !ok {
		return ""
	}
	return fmt.Sprintf("%s %s, %s, so the website is left empty.", begin, domain, says)
}

// sayInHand says who is working on a request.
func sayInHand(r onboarding.Request) modals.Words {
	return by(r.By, " is on it: "+sayDoing(r)+" You will see the result here.")
}

// sayDoing says what is being done for a request.
func sayDoing(r onboarding.Request) string {
	switch {
	case r.Use != 0:
		return "a client that Halo has is being checked for " + r.Draft.Name + "."
	case r.LookOnly:
		return "the bot is checking once more whether Halo has " + r.Draft.Name + "."
	}
	return r.Draft.Name + " is being created right now."
}

// sayWaiting says whose request comes first.
func sayWaiting(ahead *onboarding.Person) modals.Words {
	const first, then = "Another request for the same company comes first", ". Yours goes on when it is done."
	if ahead == nil || ahead.Name == "" && ahead.ID == "" {
		return modals.Plain(first + then)
	}
	return modals.Words{{Text: first + ", from "}, who(*ahead), {Text: then}}
}

// sayQueued says why the bot itself makes a request wait; problem is a sentence.
func sayQueued(name, problem string) string {
	return problem + " Nothing was created for " + name + " yet; the request goes on by itself. There is nothing you need to do."
}

// sayNoClient says why there is no client, where the form cannot be sent again.
func sayNoClient(r onboarding.Request, problem string) string {
	says := r.Draft.Name + " could not be created in Halo. "
	if r.Use != 0 {
		says = "The client that was chosen for " + r.Draft.Name + " could not be used. "
	}
	return says + text.Sentence(problem, 1000) + " Nothing was created."
}

// sayAfter says what becomes of the alert after an end that gives no client and offers nothing else
// to do; "" where there is nothing to say.
func sayAfter(end onboarding.Ending, back wayBack) string {
	switch {
	case back.Alert == "" || end.Asker != onboarding.AnswerReason:
	case end.Alert.Closes():
		return "The alert is closed: nothing more will be tried."
	case end.Alert == onboarding.MarkNoClient:
		return "The alert keeps its button for another try."
	}
	return ""
}

// sayNext says what to do in a form that is offered again.
func sayNext(s onboarding.State) string {
	switch {
	case s.Outcome == onboarding.Unreachable && s.Away == onboarding.AwaySlack:
		return "Press Try again in a few minutes."
	case s.Outcome == onboarding.Unreachable:
		return "Press Try again when Halo answers."
	case s.Configuration:
		return "Press Try again once that is fixed."
	}
	return "If it is about something in this form, correct it; then press Try again."
}

// sayElsewhere says why an answer comes in a direct message, and what to do about it. code is
// Slack's reason why the bot may not post in the channel.
func sayElsewhere(bot string, at place, code string) string {
	where, how := "the channel where it was asked for", "invite the bot to that channel"
	if at.Name != "" {
		where = "#" + at.Name
	}
	if bot != "" {
		how = "write /invite @" + bot + " in that channel"
	}
	why := "The bot may not post in " + where
	switch code {
	case "not_in_channel", "channel_not_found":
	case "is_archived":
		why, how = "Nobody may post in "+where+" since it was archived", "unarchive it, or ask in another channel"
	default:
		how = fmt.Sprintf("ask whoever runs this bot: its log says more about %q", code)
	}
	return fmt.Sprintf("%s, so you get this here. To fix it, %s.", why, how)
}

// sayTaken takes the place of a question once one of its buttons was pressed.
func sayTaken(r onboarding.Request, who person) modals.Words {
	says := " asked to create " + r.Draft.Name + ". It is being created."
	switch {
	case r.Use != 0:
		says = " chose a client that Halo has already, for " + r.Draft.Name + ". It is being checked."
	case r.LookOnly:
		says = " asked to look again for " + r.Draft.Name + ". The bot is checking."
	}
	return by(who.asker(), says)
}

// by is a sentence that begins with a person.
func by(p onboarding.Person, says string) modals.Words {
	return modals.Words{who(p), {Text: says}}
}

// who is a person as a sentence names them.
func who(p onboarding.Person) modals.Piece {
	return modals.Piece{User: p.ID, Text: cmp.Or(p.Name, "A colleague")}
}
