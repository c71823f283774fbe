// A small app of Bolt's that does what ours does with Slack: a command, a form with a search and
// boxes, buttons, a shortcut, the home tab, a workflow step.
import bolt from "@slack/bolt";

const { SLACK_API_URL, SLACK_APP_TOKEN, SLACK_BOT_TOKEN } = process.env;
const app = new bolt.App({ token: SLACK_BOT_TOKEN, appToken: SLACK_APP_TOKEN, socketMode: true, clientOptions: { slackApiUrl: SLACK_API_URL }, logLevel: bolt.LogLevel.ERROR });

const plain = (text) => ({ type: "plain_text", text });
const boxes = [{ text: plain("Add the user"), value: "user" }, { text: plain("Move the ticket"), value: "ticket" }];
const form = (title) => ({
  type: "modal", callback_id: "form", title: plain(title), submit: plain("Create"), notify_on_close: true,
  blocks: [
    { type: "input", block_id: "name", label: plain("Name"), element: { type: "plain_text_input", action_id: "value" } },
    { type: "input", block_id: "client", optional: true, dispatch_action: true, label: plain("Find"), element: { type: "external_select", action_id: "find", min_query_length: 1 } },
    { type: "input", block_id: "then", optional: true, label: plain("Then"), element: { type: "checkboxes", action_id: "filing", options: boxes, initial_options: [boxes[0]] } },
  ],
});

app.command("/halo-new-client", async ({ ack, client, command }) => {
  await ack();
  await client.views.open({ trigger_id: command.trigger_id, view: { ...form("New"), private_metadata: command.channel_id } });
});
app.options("find", ({ ack, options }) => ack({ options: [{ text: plain(`Acme for ${options.value}`), value: "12" }] }));
app.action("find", async ({ ack, client, body, action }) => {
  await ack();
  await client.views.update({ view_id: body.view.id, hash: body.view.hash, view: { ...form(`Has ${action.selected_option.value}`), private_metadata: body.view.private_metadata } });
});
app.view("form", async ({ ack, client, view }) => {
  const { name, client: found, then } = view.state.values;
  if (name.value.value === "wrong") return ack({ response_action: "errors", errors: { name: "Not this one" } });
  await ack({ response_action: "update", view: { type: "modal", title: plain("Creating"), blocks: [{ type: "section", text: plain("…") }] } });
  const ticked = then.filing.selected_options.map((o) => o.value).join("+");
  await client.chat.postMessage({ channel: view.private_metadata, text: `${name.value.value} ${found.find.selected_option?.value} ${ticked}` });
});
app.view({ callback_id: "form", type: "view_closed" }, async ({ ack, client, body }) => {
  await ack();
  await client.chat.postMessage({ channel: body.user.id, text: "closed" });
});
app.action("press", async ({ ack, respond, action }) => {
  await ack();
  await respond({ text: `pressed ${action.value}`, replace_original: true });
});
app.shortcut("halo_new_client", async ({ ack, client, shortcut }) => {
  await ack();
  await client.chat.postMessage({ channel: shortcut.channel.id, thread_ts: shortcut.message_ts, text: shortcut.message.files?.[0]?.from[0].address ?? shortcut.message.text });
});
app.event("app_home_opened", ({ client, event }) =>
  client.views.publish({ user_id: event.user, view: { type: "home", blocks: [{ type: "section", text: plain("Home") }] } }));
app.function("step", async ({ inputs, complete, fail }) => (inputs.name === "bad" ? fail({ error: "no" }) : complete({ outputs: { id: `made ${inputs.name}` } })));

await app.start();
