// One message, as it stands in a channel or a thread.
import { h, icon, avatar, time, dateOf } from "./dom.js";
import { drawBlocks, used } from "./blocks.js";
import { drawAttachments, drawFiles } from "./attachments.js";
import { mrkdwn } from "./mrkdwn.js";

/**
 * Draws a message. `m` is the server's; `follows` says that it continues the one before it;
 * `view` is { names, call, person, openThread, shortcuts, inThread }.
 */
export function drawMessage(m, follows, view) {
  const date = dateOf(m.ts);
  const name = view.names.author(m);
  const blocks = m.blocks?.length ? m.blocks : null;
  const at = { person: view.person(), channel: m.channel, ts: m.ts };
  const ctx = {
    names: view.names,
    prefix: `m${m.ts.replace(".", "-")}`,
    act: (block, element, value) => view.call("click", { ...at, block, action: element.action_id, ...used(element, value) }),
    suggest: (block, element, text) => view.call("suggest", { ...at, block, action: element.action_id, text }),
  };
  return h(
    "article",
    { class: `message${follows ? " follows" : ""}${m.only ? " only" : ""}`, "aria-label": `${name}, ${date.toLocaleTimeString()}`, dataset: { ts: m.ts } },
    follows ? h("span", { class: "gutter" }, time(date)) : avatar(name, m.user || m.bot || "slack", m.app ? "app" : m.slack ? "slack" : ""),
    h(
      "div",
      { class: "message-body" },
      m.only && h("p", { class: "only-you" }, "Only visible to you"),
      !follows && h("p", { class: "byline" }, h("strong", {}, name), m.app && h("span", { class: "badge" }, "APP"), time(date)),
      blocks ? h("div", { class: "blocks" }, drawBlocks(blocks, ctx)) : h("div", { class: "text" }, mrkdwn(m.text, view.names)),
      m.attachments && h("div", { class: "attachments" }, drawAttachments(m.attachments, ctx)),
      m.files && h("div", { class: "attachments" }, drawFiles(m.files)),
      m.edited && h("span", { class: "edited" }, "(edited)"),
      !view.inThread && m.replies > 0 && replies(m, view),
    ),
    !m.only && tools(m, view),
  );
}

function replies(m, view) {
  const text = m.replies === 1 ? "1 reply" : `${m.replies} replies`;
  return h("button", { type: "button", class: "replies", on: { click: () => view.openThread(m.ts) } }, icon("reply"), text);
}

/** What one can do with a message: shown when it is pointed at or holds the keyboard. */
function tools(m, view) {
  return h(
    "div",
    { class: "tools" },
    !view.inThread && h("button", { type: "button", class: "icon-button", title: "Reply in thread", "aria-label": "Reply in thread", on: { click: () => view.openThread(m.ts) } }, icon("reply")),
    view.shortcuts("message").map((s) =>
      h(
        "button",
        {
          type: "button", class: "icon-button", title: s.name, "aria-label": `${s.name} from this message`,
          on: { click: () => view.call("shortcut", { person: view.person(), callback: s.callback, channel: m.channel, ts: m.ts }) },
        },
        icon("bolt"),
      ),
    ),
  );
}

/** Whether b goes on where a stopped: the same author, at most five minutes later. */
export function follows(a, b) {
  return !!a && a.user === b.user && a.bot === b.bot && !a.only && !b.only && dateOf(b.ts) - dateOf(a.ts) < 3e5;
}
