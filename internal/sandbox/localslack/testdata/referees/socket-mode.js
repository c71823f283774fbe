// @slack/socket-mode takes what the local Slack sends, and answers. Each line that it prints is
// something it was told of.
import { LogLevel, SocketModeClient } from "@slack/socket-mode";

const { SLACK_API_URL, SLACK_APP_TOKEN } = process.env;
const client = new SocketModeClient({ appToken: SLACK_APP_TOKEN, clientOptions: { slackApiUrl: SLACK_API_URL }, logLevel: LogLevel.ERROR, clientPingTimeout: 2000 });
const say = (...words) => console.log(words.join(" "));

client.on("connected", () => say("connected"));
client.on("slash_commands", async ({ body, ack }) => {
  say("command", body.command, body.text);
  await ack({ text: `You typed ${body.text}` });
});
client.on("interactive", async ({ body, ack }) => {
  say(body.type, body.actions?.[0]?.action_id ?? body.value);
  await ack(body.type === "block_suggestion" ? { options: [{ text: { type: "plain_text", text: "Acme" }, value: "12" }] } : undefined);
});
client.on("app_home_opened", async ({ event, ack, retry_num }) => {
  say("event", event.type, retry_num);
  await ack();
});
await client.start();
