package slackbot

import (
	"fmt"
	"strings"

	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
	"halobot/internal/text"
)

// What people read that is not drawn by package modals: what happened, whether anything was
// created, what to do next.
const (
	sayLoading = "Looking it up…"
	sayFault   = "The bot ran into a fault of its own. Unless you saw that the client is being created, nothing was; " +
		"please try again. If it happens again, tell whoever runs the bot: its log says more."
	sayNotStored = "Nothing was created: the bot's database does not answer. What you typed is still here; press the button again in a moment."
	sayInDoubt   = "The bot's database did not answer in time, so your request may have been stored or not. " +
		"What you typed is still here; press the button again: that is safe, and never makes a second client."
	sayNotOpened  = "Slack did not open the form in time. Nothing was created; press the button to open it now."
	sayBrokenForm = "This form has lost track of where it came from. Nothing was created; close it and open a new one."
	sayNotFound   = "The bot does not know this request any more. Nothing was created; start again with " + slashCommand + "."
	sayNoPick     = "Nothing was created: this button does not say which client it means. Start again with " + slashCommand + "."

	sayNotKept      = "Nothing was done: the bot's database does not answer. Please press the button again in a moment."
	sayPressInDoubt = "The bot's database did not answer in time, so your choice may have been stored or not. " +
		"Please press the button again in a moment: that is safe, and never makes a second client."
	sayDead       = "Slack does not let the bot in any more: its access was taken away, so pressing again does not help. Nothing was created; please tell whoever runs this bot."
	sayDeadKept   = "Your request is kept, and nothing was created yet. Slack does not let the bot in any more, so it cannot go on until whoever runs this bot has mended that; please tell them. You will be told the result."
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

	// How a step goes on after its problem when a person has to decide.
	sayAsked       = "A person was asked in the bot's error channel."
	sayNotAsked    = "A person has to decide, and the bot may not post in its error channel; its log says why."
	sayNobodyToAsk = "A person has to decide; set SLACK_ERROR_CHANNEL, and the bot asks there."

	sayLooking      = "Looking whether Halo has it already, then creating it…"
	sayLookingAgain = "Looking again whether Halo has it. Nothing is being created…"
	sayUsing        = "Checking the client in Halo…"
	sayChecking     = "Halo took the request but has not answered yet. The bot is looking whether the client is there, " +
		"and will tell you. Please do not create it by hand."
	sayOutage = "Halo is not answering. Nothing was created yet; the bot keeps trying for 15 minutes and will tell you. " +
		"There is nothing you need to do."
	saySlackAway = "Slack does not say whether you may create clients in Halo. Nothing was created yet; the bot keeps asking for 15 minutes and will tell you. " +
		"There is nothing you need to do."

	sayGuest      = "Guests may not create clients in Halo. Nothing was created; please ask a full member of this workspace."
	sayStranger   = "Only members of the workspace that this bot belongs to may create clients in Halo. Nothing was created; please ask one of its members."
	sayBot        = "Bots and apps may not create clients in Halo. Nothing was created; a member of the workspace can."
	sayLeft       = "This account is deactivated and may not create clients in Halo. Nothing was created; please ask an active member of the workspace."
	sayGroup      = "Only members of certain user groups may create clients in Halo here, and you are in none of them. Nothing was created; please ask whoever runs this bot to add you."
	sayChannel    = "Clients may not be created from this channel. Nothing was created; please use one of the channels that this bot is set up for, or ask whoever runs it."
	sayUnverified = "The bot could not find out from Slack who you are, so it did not go on. Nothing was created; please try again in a minute, and if that does not help, ask whoever runs this bot."
)

// What is said of answers to alerts.
const (
	sayNoAlert         = "Nothing was changed: this button does not say which alert it belongs to. Press one in the alert itself."
	sayNothingToReopen = "This alert is not dismissed, so there is nothing to reopen."
	sayAnswerWaits     = "Slack does not say whether you may answer alerts. Your answer is kept; the bot keeps asking for 15 minutes, and the alert shows it then. " +
		"There is nothing you need to do."
	sayNeverVerified = "Slack did not say for 15 minutes whether you may answer alerts. The alert is as it was; please press the button again."
)

// sayAnswering says who has an answer to an alert in hand.
func sayAnswering(r onboarding.Request) string {
	says := " just said that this is not a client."
	if r.Answer.Word == onboarding.Reopen {
		says = " just reopened this alert."
	}
	return byName(r.By) + says + " The alert shows it in a moment; if it does not, press again."
}

// sayInHandInstead says who is creating a client for an alert that somebody would dismiss.
func sayInHandInstead(r onboarding.Request) string {
	return fmt.Sprintf("%s is on it: %s is being created right now. The alert was not dismissed.", byName(r.By), r.Draft.Name)
}

// sayNoConnection speaks of a Halo connection that is not configured.
func sayNoConnection(name string) string {
	return fmt.Sprintf("There is no Halo connection named %q. Choose one that there is.", name)
}

// sayExists says what Halo has, to somebody who cannot choose from it.
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

// sayUnconfirmed speaks of a create that was sent and never seen.
func sayUnconfirmed(r onboarding.Request) string {
	return fmt.Sprintf("Halo was asked several times to create %s, and never showed the client. It may or may not be there, "+
		"with the reference %s; do not create it by hand.", r.Draft.Name, r.Reference())
}

// sayMoved asks about a request that was sent to a Halo that is at another address today.
func sayMoved(from, to string) string {
	return fmt.Sprintf("It was sent to %s, and the connection leads to %s today: look at both.", from, to)
}

// sayStepClient says which client there is, to a workflow that Slack does not hand it on to.
func sayStepClient(c modals.Client) string {
	return fmt.Sprintf("%s (#%d) is in Halo: %s.", c.Name, c.ID, c.URL)
}

// sayStepRefused says that Slack refused a workflow step's result.
func sayStepRefused(code string) string {
	return fmt.Sprintf("Slack does not take the step's result (%s): whoever runs the bot should update the app's manifest, and the workflow its step.", code)
}

// sayReturned says where a returned request went.
func sayReturned(back wayBack) string {
	if back.Thread != "" {
		return "What you typed is in the alert's thread."
	}
	return "What you typed is in your direct messages from the bot."
}

// sayUnknownConnection speaks of an alert's connection that is not configured.
func sayUnknownConnection(name string, choose bool) string {
	if choose {
		return fmt.Sprintf("The alert names a Halo connection, %q, that there is not. Please choose one.", name)
	}
	return fmt.Sprintf("The alert names a Halo connection, %q, that there is not. The client would be created in the only one there is.", name)
}

// sayNothingUsable is said of an alert whose flow wrote a value that means nothing to the bot.
const sayNothingUsable = "This alert's button says nothing that could be used, so the form is empty. " +
	"Whoever made the alert's flow finds what it may say in docs/alerts.md."

// sayUnverifiedMail stands under the checkboxes of a mail for which nobody vouches.
const sayUnverifiedMail = "Your mail server does not confirm that this mail is from whom it says, so nothing is ticked."

// sayForged is said of a mail that failed verification.
const sayForged = "This mail failed verification: it may be from anybody, not from whom it says. Its sender and its ticket are not filed."

// What the form says in which a sender is filed.
const (
	fileTitle        = "File the sender"
	sayNothingToFile = "Nothing is left to be filed: it is done, or being done."
	sayTickSomething = "Tick what is to be done."
	sayFiling        = "It is being filed. How that ends is posted where the client was."
)

// sayFilingAgain stands where a button was that has something filed again.
func sayFilingAgain(who person) string {
	return byName(onboarding.Person{ID: who.ID, Name: who.Name}) + " has it tried again. How that ends is posted here."
}

// What is said of the form's "Find a client…".
const (
	sayStillReading = "Halo's clients are still being read: type again in a moment."
	sayFormGone     = "What you typed before is not kept any more."
)

// saySame says by what a client is the one that is asked for.
func saySame(name, website bool) string {
	switch {
	case name && website:
		return "same name and website"
	case website:
		return "same website"
	}
	return "same name"
}

// sayFound says by what a client is the sender's, and what is to be known of it.
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
		return why + ", and unknown senders are filed under it"
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

// sayNobodys says why the website is empty; "" where there is nothing to say. It begins with
// where the domain comes from.
func sayNobodys(begin, domain string) string {
	says, ok := map[draft.Nobody]string{
		draft.FreeMail:   "gives mailboxes to anybody",
		draft.Shared:     "many companies share",
		draft.Unroutable: "is no domain of the public Internet",
	}[draft.NobodyOf(domain)]
	if !ok {
		return ""
	}
	return fmt.Sprintf("%s %s, which %s, so the website is left empty.", begin, domain, says)
}

// sayInHand says who is on it.
func sayInHand(r onboarding.Request) string {
	return fmt.Sprintf("%s is on it: %s is being created right now. You will see the result here.", byName(r.By), r.Draft.Name)
}

// sayWaiting says whose request comes first.
func sayWaiting(ahead *onboarding.Person) string {
	from := ""
	if ahead != nil && ahead.Name != "" {
		from = ", from " + ahead.Name + ","
	}
	return "Another request for the same company" + from + " comes first. Yours goes on when it is done."
}

// sayQueued says why the bot itself makes a request wait; problem is a sentence.
func sayQueued(problem string) string {
	return problem + " Nothing was created yet; the request goes on by itself. There is nothing you need to do."
}

// sayElsewhere says why an answer comes in a direct message, and what to do about it, by Slack's
// word for why the bot may not post in the channel.
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
		how = fmt.Sprintf("ask whoever runs this bot: its log says more of %q", code)
	}
	return fmt.Sprintf("%s, so you get this here. To mend it, %s.", why, how)
}

// sayTaken stands where a question with buttons was.
func sayTaken(r onboarding.Request, who person) string {
	name := byName(onboarding.Person{ID: who.ID, Name: who.Name})
	switch {
	case r.Use != 0:
		return fmt.Sprintf("%s chose a client that Halo has already, for %s. It is being checked.", name, r.Draft.Name)
	case r.LookOnly:
		return fmt.Sprintf("%s asked to look again for %s. The bot is looking.", name, r.Draft.Name)
	}
	return fmt.Sprintf("%s asked to create %s. It is being created.", name, r.Draft.Name)
}

func byName(p onboarding.Person) string {
	if p.Name != "" {
		return p.Name
	}
	return "A colleague"
}
