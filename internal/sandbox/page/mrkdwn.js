// Slack's mrkdwn, as nodes (docs.slack.dev/messaging/formatting-message-text).
import { h } from "./dom.js";
import { drawDate } from "./dates.js";
import { withEmoji } from "./emoji.js";

const entities = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const unescaped = (text) => text.replace(/&(?:amp|lt|gt);/g, (e) => entities[e]);
const plain = (text) => withEmoji(unescaped(text));

/** The nodes of a text object. `names` tells what mentions are called. */
export function textObject(object, names) {
  if (!object) return [];
  if (object.type === "mrkdwn") return mrkdwn(object.text, names);
  return lines(object.emoji === false ? object.text : withEmoji(object.text));
}

/** The nodes of a mrkdwn text. */
export function mrkdwn(text, names) {
  const nodes = [];
  for (const [i, part] of text.split("```").entries()) {
    // What stands between two fences is code; a fence without its other half is text.
    const open = i % 2 === 1;
    if (open && i < text.split("```").length - 1) nodes.push(h("pre", {}, unescaped(part.replace(/^\n|\n$/g, ""))));
    else nodes.push(...paragraphs((open ? "```" : "") + part, names));
  }
  return nodes;
}

function paragraphs(text, names) {
  const nodes = [];
  let quoted = [];
  const flush = () => {
    if (quoted.length) nodes.push(h("blockquote", {}, inline(quoted.join("\n"), names)));
    quoted = [];
  };
  const rows = text.split("\n");
  let pending = [];
  const say = () => {
    if (pending.length) nodes.push(...inline(pending.join("\n"), names));
    pending = [];
  };
  for (const row of rows) {
    const quote = /^(?:&gt;|>) ?(.*)$/.exec(row);
    if (quote) {
      say();
      quoted.push(quote[1]);
    } else {
      flush();
      pending.push(row);
    }
  }
  flush();
  say();
  return nodes;
}

function lines(text) {
  return text.split("\n").flatMap((line, i) => (i ? [h("br"), line] : [line]));
}

const edge = "[\\s.,;:!?()\\[\\]{}'\"/–—-]";
const marked = (mark) => new RegExp(`(^|${edge})\\${mark}(?=\\S)([^\\${mark}\\n]*[^\\s\\${mark}])\\${mark}(?=$|${edge})`);

// In the order in which they are tried; the leftmost match wins.
const rules = [
  { re: /`([^`\n]+)`/, make: (m) => h("code", {}, unescaped(m[1])) },
  { re: /<([^<>\n]+)>/, make: (m, names) => reference(m[1], names) },
  { re: marked("*"), lead: true, make: (m, names) => h("strong", {}, inline(m[2], names)) },
  { re: marked("_"), lead: true, make: (m, names) => h("em", {}, inline(m[2], names)) },
  { re: marked("~"), lead: true, make: (m, names) => h("s", {}, inline(m[2], names)) },
  { re: /\bhttps?:\/\/[^\s<>|]*[^\s<>|.,;:!?)'"]/, make: (m) => link(unescaped(m[0]), unescaped(m[0])) },
];

function inline(text, names) {
  let best = null;
  for (const rule of rules) {
    const m = rule.re.exec(text);
    if (m && (!best || m.index < best.m.index)) best = { m, rule };
  }
  if (!best) return lines(plain(text));
  const { m, rule } = best;
  const before = text.slice(0, m.index) + (rule.lead ? m[1] : "");
  return [...lines(plain(before)), rule.make(m, names), ...inline(text.slice(m.index + m[0].length), names)];
}

/** What stands between < and >: a mention, a link or a command. */
function reference(inner, names) {
  const bar = inner.indexOf("|");
  const target = unescaped(bar < 0 ? inner : inner.slice(0, bar));
  const label = bar < 0 ? "" : plain(inner.slice(bar + 1));
  if (/^@[UWB]/.test(target)) return h("span", { class: "mention" }, "@" + (label || names.person(target.slice(1))));
  if (/^#[CGD]/.test(target)) return h("span", { class: "mention" }, "#" + (label || names.channel(target.slice(1))));
  if (/^!subteam/.test(target)) return h("span", { class: "mention" }, label || "@group");
  if (/^!date\^/.test(target)) {
    const [, seconds, how, url] = target.split("^");
    const date = drawDate(seconds, how, label);
    return url && date ? link(url, date) : h("span", {}, date);
  }
  if (/^!/.test(target)) return h("span", { class: "mention loud" }, "@" + target.slice(1));
  return link(target, label || target.replace(/^mailto:|^tel:/, ""));
}

/** A link, if it is one that may be followed; its label otherwise. */
export function link(url, label) {
  let parsed;
  try {
    parsed = new URL(url);
  } catch {
    return h("span", {}, label);
  }
  if (!["http:", "https:", "mailto:", "tel:"].includes(parsed.protocol)) return h("span", {}, label);
  return h("a", { href: parsed.href, target: "_blank", rel: "noopener noreferrer" }, label);
}
