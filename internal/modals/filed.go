package modals

import (
	"cmp"
	"strings"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
	"halobot/internal/text"
)

// Step is how one thing stands that is filed with a client.
type Step struct {
	What draft.Filing
	Done bool
	Says []Piece // one or two sentences
	// Brief is for the alert's line.
	Brief string
	// Word says for other apps how it ended.
	Word string
	// Again is the value of "Try again", Move that of "Move it all the same", which is confirmed by
	// Confirm; without a value there is no such button.
	Again, Move, Confirm string
}

// says is the step as a sentence behind its mark.
func (s Step) says() para {
	p := para{lit("✗ ")}
	if s.Done {
		p = para{lit("✓ ")}
	}
	for _, piece := range s.Says {
		piece.Text = text.Short(strings.ReplaceAll(text.Lines(piece.Text), "\n", " "), maxProblem)
		p = append(p, piece.run())
	}
	return p
}

// words say for other apps how each step ended.
func (r Result) words() map[string]any {
	words := map[string]any{}
	for _, s := range r.Steps {
		words[string(s.What)] = s.Word
	}
	return words
}

// fileButton opens the form in which the sender is filed; nil where nothing is left to file.
func (r Result) fileButton() *slack.ButtonBlockElement {
	if !r.CanFile {
		return nil
	}
	return button(ActionFileSender, "File the sender…", r.Key, slack.StyleDefault)
}

// filed says what was filed, and what was not.
func (c *body) filed(r Result) *body {
	if r.Follows {
		c.say(para{lit("What was ticked is being filed now; the result is posted in Slack.")})
	}
	for _, s := range r.Steps {
		c.say(s.says())
	}
	return c
}

// StepEnded is the message about one step, with what can be done where it is not done.
func StepEnded(r Result, s Step) Message {
	again, move := s.buttons()
	return newBody().
		say(forClient(r), s.says()).
		show(actions(move, again)...).message()
}

// forClient says whose steps follow.
func forClient(r Result) para {
	return append(append(para{bold("For ")}, named(r.Client.or(r))...), lit(":"))
}

// buttons are what can be done about a step that is not done; nil is none.
func (s Step) buttons() (again, move *slack.ButtonBlockElement) {
	if s.Again != "" {
		again = button(ActionFileAgain, "Try again", s.Again, slack.StyleDefault)
	}
	if s.Move != "" {
		move = button(ActionMoveAnyway, "Move it all the same", s.Move, slack.StyleDefault)
		move.Confirm = slack.NewConfirmationBlockObject(plain("Move the ticket?"),
			plain(cmp.Or(oneLine(s.Confirm, maxBrief), "It is from somebody else.")), plain("Move it"), plain("Leave it"))
	}
	return again, move
}

// ReportStep is what SLACK_ERROR_CHANNEL is told of a step that is not done.
func ReportStep(r Result, s Step) Message {
	again, move := s.buttons()
	return newBody().say(
		para{bold("Not everything could be filed in Halo.")},
		forClient(r), s.says(),
		about(r),
	).show(actions(move, again)...).message()
}

// FileForm is the modal in which the sender of an answered alert is filed.
type FileForm struct {
	Client   Client
	Name     string // the user's
	Filing   Filing
	Metadata string
}

// BlockUser is the block id of the user's name.
const BlockUser = "user"

const maxUserName = 250

// View draws the form.
func (f FileForm) View() slack.ModalViewRequest {
	name := slack.NewPlainTextInputBlockElement(plain("Jane Doe"), inputAction)
	name.MaxLength, name.InitialValue = maxUserName, initial(oneLine(f.Name, maxUserName), maxUserName)
	v := newBody().
		say(append(append(para{lit(cmp.Or(draft.ShownAddress(oneLine(f.Filing.Email, maxMail)), "The sender") + " belongs to ")}, named(f.Client)...), lit("."))).
		show(input(BlockUser, "Name of the user", "", name).WithOptional(true)).
		show(f.Filing.blocks()...).
		modal("File the sender")
	v.CallbackID, v.Submit, v.Close, v.PrivateMetadata = CallbackFile, plain("File"), plain("Cancel"), f.Metadata
	return v
}

// ReadUser reads the user's name.
func ReadUser(v Values) string { return strings.TrimSpace(v.read(BlockUser, "value")) }
