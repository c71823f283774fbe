// @slack/web-api reads every answer of the local Slack that a bot of ours asks for.
import assert from "node:assert/strict";
import { ErrorCode, LogLevel, WebClient } from "@slack/web-api";

const { SLACK_API_URL, SLACK_BOT_TOKEN, SLACK_APP_TOKEN, CHANNEL, PERSON, GROUP } = process.env;
const options = { slackApiUrl: SLACK_API_URL, logLevel: LogLevel.ERROR, retryConfig: { retries: 2, minTimeout: 10, maxTimeout: 20 } };
const slack = new WebClient(SLACK_BOT_TOKEN, options);

const platformError = (call, code) =>
  assert.rejects(call, (e) => e.code === ErrorCode.PlatformError && e.data.error === code);

const me = await slack.auth.test();
assert.equal(me.ok, true);
assert.match(me.team_id, /^T/);

const button = { type: "button", action_id: "go", text: { type: "plain_text", text: "Go" } };
const posted = await slack.chat.postMessage({
  channel: CHANNEL, text: "one",
  blocks: [{ type: "actions", elements: [button] }],
  attachments: [{ color: "good", text: "kept" }],
  metadata: { event_type: "halo_client_created", event_payload: { id: 1 } },
});
assert.equal(posted.message.attachments[0].text, "kept");
const updated = await slack.chat.update({ channel: CHANNEL, ts: posted.ts, text: "two" });
assert.equal(updated.text, "two");
assert.ok((await slack.chat.postEphemeral({ channel: CHANNEL, user: PERSON, text: "psst" })).message_ts);
assert.match((await slack.chat.getPermalink({ channel: CHANNEL, message_ts: posted.ts })).permalink, /^https:/);
await slack.chat.postMessage({ channel: CHANNEL, thread_ts: posted.ts, markdown_text: "**reply**" });
const history = await slack.conversations.history({ channel: CHANNEL, include_all_metadata: true });
assert.deepEqual(history.messages.map((m) => [m.text, m.metadata?.event_type, m.reply_count]), [["two", "halo_client_created", 1]]);
assert.equal((await slack.conversations.replies({ channel: CHANNEL, ts: posted.ts })).messages.length, 2);

let channels = 0;
for await (const page of slack.paginate("conversations.list", { limit: 2, types: "public_channel,private_channel" })) channels += page.channels.length;
assert.ok(channels > 4);
assert.equal((await slack.conversations.info({ channel: CHANNEL })).channel.is_member, true);
const direct = await slack.conversations.open({ users: PERSON });
await slack.chat.postMessage({ channel: direct.channel.id, text: "hello" });
assert.equal((await slack.users.info({ user: PERSON })).user.is_restricted, false);
assert.ok((await slack.usergroups.list({ include_users: true })).usergroups.length);
assert.ok((await slack.usergroups.users.list({ usergroup: GROUP })).users.includes(PERSON));
assert.ok((await slack.team.info()).team.email_domain);
const home = { type: "home", blocks: [{ type: "divider" }] };
assert.equal((await slack.views.publish({ user_id: PERSON, view: home })).view.type, "home");
assert.match((await new WebClient(SLACK_APP_TOKEN, options).apps.connections.open()).url, /^ws/);

// What is refused comes with Slack's own words.
await platformError(slack.chat.postMessage({ channel: CHANNEL, text: "x", blocks: [{ type: "header" }] }), "invalid_blocks");
await platformError(slack.chat.postMessage({ channel: "C0000000NOT", text: "x" }), "channel_not_found");
await platformError(slack.views.open({ trigger_id: "1.2.3", view: home }), "invalid_trigger_id");
await platformError(new WebClient("xoxb-no", options).auth.test(), "invalid_auth");
await platformError(slack.functions.completeSuccess({ function_execution_id: "Fx1", outputs: {} }), "function_execution_not_found");

// Faults that the other side has switched on, one call each: 429 with Retry-After, then 503.
assert.equal((await slack.bots.info({ bot: me.bot_id })).ok, true);
assert.equal((await slack.bots.info({ bot: me.bot_id })).ok, true);
