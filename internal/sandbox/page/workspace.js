// The Slack side: who is at the keyboard, the channels, what was said in them.
import { h, icon, avatar, reconcile, dayOf, dateOf } from "./dom.js";
import { drawMessage, follows } from "./message.js";
import { drawBlocks, used } from "./blocks.js";
import { Composer } from "./composer.js";
import { Form } from "./inputs.js";
import { Modals } from "./modal.js";

export class Workspace {
  #el;
  #app; // { call, setPerson }
  #slack = null; // the server's latest
  #channel = null;
  #thread = null; // a ts
  #tab = "messages"; // of the app: home or messages
  #read = new Map(); // channel → the latest ts that was seen, for each person
  #modals;
  #composer;
  #reply;
  #homeForm = new Form();

  constructor(el, app) {
    this.#el = el;
    this.#app = app;
    const view = {
      commands: () => this.#slack?.commands ?? [],
      shortcut: (callback) => app.call("shortcut", { person: this.#person, callback }),
    };
    this.#composer = new Composer({ ...view, name: "channel", placeholder: "Message", shortcuts: () => this.#shortcuts("global"), send: (text) => this.#send(text, "") });
    this.#reply = new Composer({ ...view, commands: () => [], name: "thread", placeholder: "Reply…", send: (text) => this.#send(text, this.#thread) });
    this.#reply.el.querySelector(".composer-tools").remove();
    const part = (name) => el.querySelector(`[data-part="${name}"]`);
    part("composer").append(this.#composer.el);
    part("thread-composer").append(this.#reply.el);
    part("thread-close").addEventListener("click", () => this.#openThread(null));
    part("person").addEventListener("change", (e) => app.setPerson(e.target.value));
    part("channel-select").addEventListener("change", (e) => this.open(e.target.value));
    for (const tab of ["home", "messages"]) part(`tab-${tab}`).addEventListener("click", () => this.#openTab(tab));
    part("thread").addEventListener("keydown", (e) => e.key === "Escape" && this.#openThread(null));
    this.part = part;
    // A command is one key away, from wherever one does not type.
    document.addEventListener("keydown", (e) => {
      if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input, textarea, select, [role=dialog], [role=alertdialog]") || !el.offsetParent || part("composer").hidden) return;
      e.preventDefault();
      this.#composer.fill("/");
    });
    // The end stays in sight when the room for it changes.
    for (const name of ["list", "thread-list"]) {
      const scroller = part(name);
      let end = true;
      scroller.addEventListener("scroll", () => (end = atEnd(scroller)));
      new ResizeObserver(() => end && (scroller.scrollTop = scroller.scrollHeight)).observe(scroller);
    }
    this.#modals = new Modals(el, { names: this.#names, appName: () => this.#slack.appName, call: app.call, person: () => this.#person, home: () => this.#composer.focus() });
  }

  get #person() {
    return this.#slack?.person;
  }

  /** Takes the workspace as the person at the keyboard sees it now. */
  update(slack) {
    const changed = this.#slack?.person !== slack.person;
    this.#slack = slack;
    if (changed || !slack.channels.some((c) => c.id === this.#channel)) this.#channel = this.#first();
    this.#draw();
  }

  #first() {
    const ids = this.#slack.channels.map((c) => c.id);
    return ids.includes(this.#channel) ? this.#channel : ids[0];
  }

  /** Opens a channel; false when the person is not in it. */
  open(channel) {
    if (!this.#slack?.channels.some((c) => c.id === channel)) return false;
    this.#channel = channel;
    this.#thread = null;
    if (this.#current.kind === "app") this.#openTab("home");
    this.#draw();
    return true;
  }

  /** Opens a link to a message; false when it is not one. */
  follow(url) {
    const [, archives, channel, ts] = url.pathname.split("/");
    if (archives !== "archives" || !this.open(channel)) return false;
    const at = (ts ?? "").replace(/^p(\d+)(\d{6})$/, "$1.$2");
    const thread = url.searchParams.get("thread_ts");
    if (thread) this.#openThread(thread);
    const el = this.#el.querySelector(`[data-ts="${CSS.escape(at)}"]`);
    el?.scrollIntoView({ block: "center" });
    el?.animate([{ background: "var(--warn-paper)" }, {}], 2000);
    return true;
  }

  #openTab(tab) {
    this.#tab = tab;
    if (tab === "home") this.#app.call("open-home", { person: this.#person });
    this.#draw();
  }

  #openThread(ts) {
    const from = this.#thread;
    this.#thread = ts;
    this.#draw();
    if (ts) this.#reply.focus();
    else if (from) this.#el.querySelector(`[data-ts="${from}"] .replies`)?.focus();
  }

  #send(text, thread) {
    const at = { person: this.#person, channel: this.#channel, thread };
    if (text.startsWith("/")) {
      const [, command, rest] = /^(\S+)\s*([^]*)$/.exec(text);
      this.#app.call("command", { ...at, command, text: rest });
    } else this.#app.call("say", { ...at, text });
  }

  #shortcuts(kind) {
    return (this.#slack?.shortcuts ?? []).filter((s) => s.kind === kind);
  }

  get #current() {
    return this.#slack.channels.find((c) => c.id === this.#channel);
  }

  #names = {
    person: (id) => this.#slack?.people.find((p) => p.id === id)?.name ?? id,
    channel: (id) => this.#slack?.channels.find((c) => c.id === id)?.name ?? id,
    people: () => this.#slack.people.filter((p) => !p.bot).map((p) => ({ id: p.id, label: p.name })),
    channels: () => this.#slack.channels.filter((c) => c.kind !== "app").map((c) => ({ id: c.id, label: `#${c.name}` })),
    author: (m) => (m.slack ? "Slack" : m.app ? this.#slack.appName : m.user ? this.#names.person(m.user) : "Mail alerts"),
  };

  #draw() {
    this.#drawSidebar();
    this.#drawChannel();
    this.#drawThread();
    this.#modals.show(this.#slack.stack);
  }

  #drawSidebar() {
    const { people, person, channels } = this.#slack;
    const select = this.part("person");
    reconcile(select, people.filter((p) => p.seat), (p) => p.id, (p) => p.name + p.note, (p) => h("option", { value: p.id }, `${p.name} – ${p.note}`));
    select.value = person;
    const me = people.find((p) => p.id === person);
    const badge = this.part("me");
    if (badge.dataset.person !== person) {
      badge.dataset.person = person;
      badge.replaceChildren(avatar(me.name, me.id), h("span", {}, h("small", {}, "You are"), h("strong", {}, me.name), h("small", {}, me.note)), icon("chevron"));
    }
    for (const [part, app] of [["channels", false], ["apps", true]]) {
      reconcile(this.part(part), channels.filter((c) => (c.kind === "app") === app), (c) => c.id, (c) => JSON.stringify([c, c.id === this.#channel || this.#unread(c)]), (c) => this.#channelLink(c));
    }
    reconcile(this.part("people"), people.filter((p) => p.seat), (p) => p.id, (p) => JSON.stringify([p, p.id === person]), (p) => this.#personLink(p, p.id === person));
    const menu = this.part("channel-select");
    reconcile(menu, channels, (c) => c.id, (c) => c.name, (c) => h("option", { value: c.id }, c.kind === "app" ? c.name : `#${c.name}`));
    menu.value = this.#channel;
  }

  #channelLink(c) {
    const current = c.id === this.#channel;
    const unread = current ? 0 : this.#unread(c);
    const drawing = { private: "lock", shared: "people", app: "building" }[c.kind] ?? "hash";
    return h(
      "li",
      {},
      h(
        "button",
        { type: "button", class: `channel${unread > 0 ? " unread" : ""}`, "aria-current": current ? "page" : undefined, on: { click: () => this.open(c.id) } },
        icon(drawing),
        h("span", { class: "name" }, c.name),
        unread > 0 && h("span", { class: "count", "aria-label": `${unread} new` }, String(unread)),
      ),
    );
  }

  /** A person; pressing them is sitting down at the keyboard as them. Who sits at no keyboard is away. */
  #personLink(p, me) {
    return h(
      "li",
      {},
      h(
        "button",
        {
          type: "button", class: `channel person${p.here ? "" : " away"}`, "aria-current": me ? "true" : undefined,
          "aria-label": me ? `${p.name}, you` : `Be ${p.name}, ${p.note}, ${p.here ? "active" : "away"}`, on: { click: () => me || this.#app.setPerson(p.id) },
        },
        h("i", { class: "presence", "aria-hidden": "true" }),
        h("span", { class: "name" }, p.name),
      ),
    );
  }

  /** Puts a text into the composer of a channel, for the person to send. */
  type(channel, text) {
    if (this.open(channel)) this.#composer.fill(text);
  }

  #unread(c) {
    const list = this.#slack.messages[c.id] ?? [];
    const seen = this.#read.get(this.#person + c.id);
    if (seen === undefined) {
      this.#read.set(this.#person + c.id, list.at(-1)?.ts ?? "");
      return 0;
    }
    return list.filter((m) => m.ts > seen).length;
  }

  #messageView(inThread) {
    return {
      names: this.#names, call: this.#app.call, person: () => this.#person, inThread,
      openThread: (ts) => this.#openThread(ts), shortcuts: (kind) => this.#shortcuts(kind),
    };
  }

  #drawChannel() {
    const c = this.#current;
    const app = c.kind === "app";
    this.part("title").replaceChildren(icon({ private: "lock", shared: "people", app: "building" }[c.kind] ?? "hash"), c.name);
    this.part("topic").textContent = c.topic;
    this.part("tabs").hidden = !app;
    for (const tab of ["home", "messages"]) this.part(`tab-${tab}`).setAttribute("aria-pressed", String(this.#tab === tab));
    const home = app && this.#tab === "home";
    this.part("home").hidden = !home;
    this.part("list").hidden = home;
    this.part("composer").hidden = app;
    this.#composer.placeholder(`Message #${c.name}`);
    this.#composer.update();
    if (home) this.#drawHome();
    const all = this.#slack.messages[c.id] ?? [];
    this.#read.set(this.#person + c.id, all.at(-1)?.ts ?? "");
    this.#drawList(this.part("messages"), this.part("list"), all.filter((m) => !m.thread || m.thread === m.ts || m.only), c.id + this.#person, false);
  }

  #drawList(el, scroller, list, place, inThread) {
    const moved = el.dataset.place !== place;
    const bottom = moved || atEnd(scroller);
    if (moved) el.replaceChildren();
    el.dataset.place = place;
    const rows = [];
    let before = null;
    for (const m of list) {
      const day = dayOf(dateOf(m.ts));
      if (!inThread && (!before || dayOf(dateOf(before.ts)) !== day)) rows.push({ key: `day ${day}`, sig: day, draw: () => h("div", { class: "day" }, h("span", {}, day)) });
      const on = follows(before, m) && rows.at(-1)?.key[0] !== "d" && !(inThread && before === list[0]);
      rows.push({ key: m.ts, sig: JSON.stringify([m, on, this.#shortcuts("message")]), draw: () => drawMessage(m, on, this.#messageView(inThread)) });
      before = m;
    }
    const focused = el.contains(document.activeElement) ? document.activeElement.closest("[data-ts]")?.dataset.ts : null;
    reconcile(el, rows, (r) => r.key, (r) => r.sig, (r) => r.draw());
    // A message that was redrawn under the keyboard keeps it.
    if (focused && !el.contains(document.activeElement)) el.querySelector(`[data-ts="${focused}"] button`)?.focus({ preventScroll: true });
    if (bottom) scroller.scrollTop = scroller.scrollHeight;
  }

  #drawHome() {
    const { home, person } = this.#slack;
    const el = this.part("home-blocks");
    const sig = JSON.stringify([home?.hash, home?.blocks]);
    if (el.dataset.sig === sig) return;
    el.dataset.sig = sig;
    if (!home) {
      el.replaceChildren(h("p", { class: "nothing" }, "The bot has not published its home tab for you yet."));
      return;
    }
    this.#homeForm.update(home);
    const act = (block, element, value) =>
      this.#app.call("view-action", { person, view: home.id, block, action: element.action_id, ...used(element, value), values: this.#homeForm.entries() });
    const suggest = (block, element, text) => this.#app.call("suggest", { person, view: home.id, block, action: element.action_id, text });
    el.replaceChildren(...drawBlocks(home.blocks, { names: this.#names, form: this.#homeForm, prefix: home.id, act, suggest }));
  }

  #drawThread() {
    const root = this.#thread && (this.#slack.messages[this.#channel] ?? []).find((m) => m.ts === this.#thread);
    this.part("thread").hidden = !root;
    if (!root) {
      this.#thread = null;
      return;
    }
    this.part("thread-of").textContent = `#${this.#current.name}`;
    const list = [root, ...this.#slack.messages[this.#channel].filter((m) => m.thread === root.ts && m.ts !== root.ts)];
    this.#drawList(this.part("thread-messages"), this.part("thread-list"), list, root.ts + this.#person, true);
  }
}

const atEnd = (scroller) => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 60;
