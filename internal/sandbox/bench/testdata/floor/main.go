// Command floor is the least that does the bot's job: a slash command opens a modal, its
// submission makes a client in Halo and posts a message. It stores nothing, looks nothing up
// and checks nothing: a crash loses what was asked, a second click makes a second client. It
// is what the bot is measured against.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

type floor struct {
	api   *slack.Client
	sock  *socketmode.Client
	http  *http.Client
	halo  string
	token string
}

func main() {
	// As many idle connections as the bot keeps, so that neither pays for dialling.
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = 200, 64
	f := &floor{http: &http.Client{Transport: transport}, halo: os.Getenv("HALO_URL")}
	f.api = slack.New(os.Getenv("SLACK_BOT_TOKEN"), slack.OptionAPIURL(os.Getenv("SLACK_API_URL")),
		slack.OptionAppLevelToken(os.Getenv("SLACK_APP_TOKEN")), slack.OptionHTTPClient(f.http))
	f.sock = socketmode.New(f.api)
	if err := f.authorize(); err != nil {
		log.Fatal(err)
	}
	go func() {
		for evt := range f.sock.Events {
			switch data := evt.Data.(type) {
			case slack.SlashCommand:
				go f.command(evt.Request, data)
			case slack.InteractionCallback:
				go f.submission(evt.Request, data)
			}
		}
	}()
	log.Fatal(f.sock.RunContext(context.Background()))
}

// authorize gets the one token that the program lives on.
func (f *floor) authorize() error {
	resp, err := f.http.PostForm(f.halo+"/auth/token", url.Values{
		"grant_type": {"client_credentials"}, "scope": {"read:customers edit:customers"},
		"client_id": {os.Getenv("HALO_CLIENT_ID")}, "client_secret": {os.Getenv("HALO_CLIENT_SECRET")},
	})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var got struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		return err
	}
	f.token = got.Token
	return nil
}

func (f *floor) command(req *socketmode.Request, c slack.SlashCommand) {
	_ = f.sock.Ack(*req)
	if _, err := f.api.OpenView(c.TriggerID, form(c.ChannelID)); err != nil {
		log.Print(err)
	}
}

// form has the fields of the bot's.
func form(channel string) slack.ModalViewRequest {
	input := func(id, label string, optional, multiline bool) slack.Block {
		e := slack.NewPlainTextInputBlockElement(nil, id)
		e.Multiline = multiline
		b := slack.NewInputBlock(id, text(label), nil, e)
		b.Optional = optional
		return b
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: "floor", PrivateMetadata: channel,
		Title: text("New Halo client"), Submit: text("Create"), Close: text("Cancel"),
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			input("name", "Client name", false, false), input("website", "Website", true, false),
			input("trading_name", "Trading name", true, false), input("notes", "Notes", true, true),
		}},
	}
}

func (f *floor) submission(req *socketmode.Request, in slack.InteractionCallback) {
	wait := note("Creating…")
	_ = f.sock.Ack(*req, slack.NewUpdateViewSubmissionResponse(&wait))
	typed := func(id string) string { return in.View.State.Values[id][id].Value }
	id, err := f.create(typed("name"), typed("website"), typed("trading_name"), typed("notes"))
	if err != nil {
		log.Print(err)
		return
	}
	said := fmt.Sprintf("Created %s: <%s/customers?clientid=%d|client %d>", typed("name"), f.halo, id, id)
	if _, err := f.api.UpdateView(note(said), "", "", in.View.ID); err != nil {
		log.Print(err)
	}
	if _, _, err := f.api.PostMessage(in.View.PrivateMetadata, slack.MsgOptionText(said, false)); err != nil {
		log.Print(err)
	}
}

func (f *floor) create(name, website, tradingName, notes string) (int, error) {
	body, err := json.Marshal([]map[string]string{{
		"name": name, "website": website, "trading_name": tradingName, "notes": notes,
	}})
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequest(http.MethodPost, f.halo+"/api/Client", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+f.token)
	resp, err := f.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	if resp.StatusCode > 299 {
		return 0, fmt.Errorf("Halo answered %d: %s", resp.StatusCode, strings.TrimSpace(string(answer)))
	}
	var client struct {
		ID int `json:"id"`
	}
	err = json.Unmarshal(answer, &client)
	return client.ID, err
}

func text(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
}

func note(s string) slack.ModalViewRequest {
	return slack.ModalViewRequest{
		Type: slack.VTModal, Title: text("New Halo client"), Close: text("Close"),
		Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewSectionBlock(text(s), nil, nil)}},
	}
}
