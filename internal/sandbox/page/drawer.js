// The developer drawer: what the bot, Slack and Halo say to each other, and the bot's log.
import { h, icon } from "./dom.js";

const kept = 400;
const at = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hour12: false });

export class Drawer {
  #el;
  #rows = new Map(); // entry id → row
  #only = "all";
  #open = null; // the entry that is shown whole
  #entries = new Map();

  constructor(el) {
    this.#el = el;
    this.part = (name) => el.querySelector(`[data-part="${name}"]`);
    for (const tab of el.querySelectorAll("[data-only]")) {
      tab.addEventListener("click", () => this.#filter(tab.dataset.only));
    }
    this.part("clear").addEventListener("click", () => {
      this.part("rows").replaceChildren();
      this.#rows.clear();
      this.#entries.clear();
      this.#show(null);
    });
    this.part("rows").addEventListener("keydown", (e) => {
      const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[e.key];
      const next = step && e.target.closest("li")?.[step];
      if (!next) return;
      e.preventDefault();
      next.firstElementChild.focus();
      next.firstElementChild.click();
    });
  }

  #filter(only) {
    this.#only = only;
    for (const tab of this.#el.querySelectorAll("[data-only]")) tab.setAttribute("aria-pressed", String(tab.dataset.only === only));
    for (const row of this.#rows.values()) row.hidden = !this.#wanted(row.dataset.side);
    this.#end();
  }

  #wanted(side) {
    return this.#only === "all" ? side !== "log" : side === this.#only;
  }

  /** Takes entries, new ones and new versions of old ones. */
  add(entries) {
    const list = this.part("rows");
    const bottom = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    for (const e of entries) {
      this.#entries.set(e.id, e);
      const row = this.#row(e);
      const old = this.#rows.get(e.id);
      if (old) old.replaceWith(row);
      else list.append(row);
      this.#rows.set(e.id, row);
      if (this.#open === e.id) this.#show(e.id);
    }
    for (const [id, row] of this.#rows) {
      if (this.#rows.size <= kept) break;
      row.remove();
      this.#rows.delete(id);
      this.#entries.delete(id);
    }
    if (bottom) this.#end();
  }

  /** Goes to the latest line: it is not known where that is while the drawer is closed. */
  opened() {
    this.#end();
  }

  #end() {
    const list = this.part("rows");
    list.scrollTop = list.scrollHeight;
  }

  #row(e) {
    const good = e.status === 0 || (e.status >= 200 && e.status < 300 && e.ok !== false);
    const li = h(
      "li",
      { dataset: { side: e.side } },
      h(
        "button",
        { type: "button", class: "entry", "aria-current": this.#open === e.id ? "true" : undefined, on: { click: () => this.#show(e.id) } },
        h("span", { class: "at" }, at.format(new Date(e.at))),
        h("span", { class: `way ${e.side} ${e.way}`, title: ways[e.way] ?? "" }, e.side === "log" ? "log" : `${arrows[e.way]} ${e.side === "slack" ? "Slack" : "Halo"}`),
        h("span", { class: "what" }, e.what),
        e.fault && h("span", { class: "fault-tag" }, e.fault),
        e.result && h("span", { class: `result ${good ? "" : "bad"}` }, e.result),
        h("span", { class: "took" }, e.took ?? ""),
      ),
    );
    li.hidden = !this.#wanted(e.side);
    return li;
  }

  #show(id) {
    const before = this.#rows.get(this.#open);
    before?.firstElementChild.removeAttribute("aria-current");
    this.#open = id;
    const e = this.#entries.get(id);
    const detail = this.part("detail");
    this.#el.classList.toggle("has-detail", !!e);
    if (!e) {
      detail.replaceChildren(h("p", { class: "nothing" }, icon("code"), "Choose a line to see what was sent and answered."));
      return;
    }
    this.#rows.get(id).firstElementChild.setAttribute("aria-current", "true");
    const body = (title, text) => text && [h("h3", {}, title), h("pre", { tabIndex: 0, "aria-label": title }, json(text))];
    detail.replaceChildren(
      h("header", {}, h("strong", {}, e.what), h("button", { type: "button", class: "icon-button", "aria-label": "Close details", on: { click: () => this.#show(null) } }, icon("close"))),
      ...[body("Sent", e.sent), body("Answered", e.answer)].flat().filter(Boolean),
    );
  }
}

const arrows = { "from-bot": "→", "to-bot": "←" };
const ways = { "from-bot": "From the bot", "to-bot": "To the bot" };

/** JSON with its keys, strings and other values told apart; other text as it is. */
function json(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return [text];
  }
  const out = [];
  const token = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*|true|false|null)/g;
  const pretty = JSON.stringify(value, null, 2);
  let last = 0;
  for (const m of pretty.matchAll(token)) {
    out.push(pretty.slice(last, m.index));
    out.push(h("span", { class: m[2] ? "key" : m[1] ? "string" : "value" }, m[1] ?? m[3]), m[2] ?? "");
    last = m.index + m[0].length;
  }
  out.push(pretty.slice(last));
  return out;
}
