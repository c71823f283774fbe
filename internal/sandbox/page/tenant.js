// The Halo side: a service desk's tickets and clients, and the page of each of them. Used beside
// Slack, and by itself at the tenant's own address, where the bot's links lead.
import { h, icon, reconcile, avatar } from "./dom.js";
import { placeOf, urlOf, same } from "./place.js";

const short = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const long = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });

export class Tenants {
  #el;
  #tenants = [];
  #at = 0;
  #place = null; // the client, user or ticket whose page is open
  #search = "";
  #navigated;
  #seen = new Map(); // tenant → what its rows were: a new client, a ticket's client

  /** `navigated(place)` is told where one went; null is the desk itself. */
  constructor(el, navigated = () => {}) {
    this.#el = el;
    this.#navigated = navigated;
    this.part = (name) => el.querySelector(`[data-part="${name}"]`);
    this.part("search").addEventListener("input", (e) => {
      this.#search = e.target.value.trim().toLowerCase();
      this.#draw();
    });
    this.part("back").addEventListener("click", () => this.show(null));
    el.addEventListener("keydown", (e) => {
      if (e.key === "Escape" && this.#place) this.show(null);
    });
    // Links within the desk stay in it; with a modifier key they open by themselves.
    el.addEventListener("click", (e) => {
      const a = e.target.closest("a[href]");
      if (!a || e.ctrlKey || e.metaKey || e.shiftKey || a.classList.contains("out")) return;
      if (this.follow(new URL(a.href))) {
        e.preventDefault();
        e.stopPropagation();
      }
    });
  }

  update(tenants) {
    this.#tenants = tenants;
    this.#draw();
  }

  /** Opens a link of a tenant's; false when it is not one. */
  follow(url) {
    const i = this.#tenants.findIndex((t) => url.origin === new URL(t.url).origin);
    const place = i < 0 ? null : placeOf(url);
    if (!place) return false;
    this.show(place, i);
    return true;
  }

  show(place, tenant = this.#at) {
    const from = this.#place;
    const moved = !same(from, place) || this.#at !== tenant;
    this.#at = tenant;
    this.#place = place;
    this.#draw();
    if (!moved) return;
    this.#navigated(place);
    if (place) {
      this.part("page").scrollTop = 0;
      this.part("name").focus();
    } else this.#el.querySelector(`[data-row="${from?.kind}${from?.id}"] a`)?.focus();
  }

  get #tenant() {
    return this.#tenants[this.#at];
  }

  #draw() {
    const t = this.#tenant;
    if (!t) return;
    this.#drawTabs();
    this.part("tenant").textContent = t.title;
    this.part("desk").hidden = !!this.#place;
    this.part("page").hidden = !this.#place;
    if (this.#place) this.#drawPage(t);
    this.#drawTickets(t);
    this.#drawClients(t);
  }

  #drawTabs() {
    const tabs = this.part("tenants");
    tabs.hidden = this.#tenants.length < 2;
    reconcile(tabs, this.#tenants, (t) => t.name, (t) => t.name + (t === this.#tenant), (t) =>
      h("button", { type: "button", "aria-pressed": String(t === this.#tenant), on: { click: () => this.show(null, this.#tenants.indexOf(t)) } }, t.name),
    );
  }

  /** Whether a row is to be pointed out: it is new, or stands elsewhere than before. */
  #fresh(kind, id, what) {
    const key = this.#tenant.name + kind;
    if (!this.#seen.has(key)) this.#seen.set(key, new Map());
    const seen = this.#seen.get(key);
    const first = !this.#settled.has(key);
    const fresh = !first && seen.get(id) !== what;
    seen.set(id, what);
    return fresh;
  }
  #settled = new Set();

  #rows(kind, part, list, what, draw) {
    const t = this.#tenant;
    reconcile(this.part(part), list, (one) => `${t.name}${one.id}`, (one) => JSON.stringify([one, what(one)]), (one) => {
      const tr = draw(one);
      tr.dataset.row = kind + one.id;
      if (this.#fresh(kind, one.id, what(one))) tr.classList.add("fresh");
      tr.addEventListener("click", (e) => e.target.closest("a") || this.show({ kind, id: one.id }));
      return tr;
    });
    this.#settled.add(t.name + kind);
  }

  #drawTickets(t) {
    const open = t.tickets.filter((one) => one.status === "New" || one.status === "Locked").length;
    this.part("tickets-count").textContent = `${open} open`;
    this.#rows("ticket", "tickets", t.tickets.slice(0, 100), (one) => one.client, (one) =>
      h(
        "tr",
        {},
        h("td", { class: "id" }, String(one.id)),
        h("td", { class: "subject" }, this.#link("ticket", one.id, one.summary), h("span", { class: "under" }, one.from)),
        h("td", { class: "client" }, this.#clientTag(t, one.client), one.status !== "New" && h("span", { class: "tag" }, one.status)),
        h("td", { class: "when" }, short.format(new Date(one.opened))),
      ),
    );
    this.part("no-tickets").hidden = t.tickets.length > 0;
  }

  #drawClients(t) {
    const hit = (c) => !this.#search || `${c.id} ${c.name} ${c.website} ${c.trading} ${c.ref}`.toLowerCase().includes(this.#search);
    const rows = t.clients.filter(hit);
    this.part("count").textContent = `${t.count} client${t.count === 1 ? "" : "s"}${this.#search ? `, ${rows.length} found` : ""}`;
    this.part("none").hidden = rows.length > 0;
    this.#rows("client", "clients", rows.slice(0, 200), () => true, (c) =>
      h(
        "tr",
        {},
        h("td", { class: "id" }, String(c.id)),
        h("td", { class: "name" }, this.#link("client", c.id, c.name), c.inactive && h("span", { class: "tag" }, "Inactive"), h("span", { class: "under narrow" }, c.website)),
        h("td", { class: "website" }, c.website || nothing()),
        h("td", { class: "when" }, short.format(new Date(c.created))),
      ),
    );
  }

  #link(kind, id, text) {
    return h("a", { class: "quiet-link", href: this.#tenant.url + urlOf({ kind, id }) }, text);
  }

  #clientTag(t, id) {
    const c = t.clients.find((one) => one.id === id);
    if (!c) return nothing();
    return h("span", { class: c.catchall ? "tag warn" : "tag good" }, c.name);
  }

  #drawPage(t) {
    const { kind, id } = this.#place;
    const sig = JSON.stringify([t.name, this.#place, pages[kind].of(t, id)]);
    const el = this.part("page");
    if (el.dataset.sig === sig) return;
    el.dataset.sig = sig;
    this.part("link").href = t.url + urlOf(this.#place);
    const one = pages[kind].find(t, id);
    this.part("name").textContent = one ? pages[kind].title(one) : `There is no ${kind} ${id}`;
    this.part("kind").textContent = `${pages[kind].called} ${id}`;
    const link = (k, i, text) => this.#link(k, i, text);
    this.part("facts").replaceChildren(...(one ? pages[kind].draw(t, one, link) : []));
  }
}

const nothing = (text = "—") => h("span", { class: "none" }, text);
const fact = (label, value, wide) =>
  h("div", { class: wide ? "fact wide" : "fact" }, h("dt", {}, label), h("dd", {}, value || nothing("Not set")));
const list = (title, empty, rows) =>
  h("div", { class: "related" }, h("h3", {}, title, rows.length > 0 && h("small", {}, String(rows.length))), rows.length ? h("ul", {}, rows) : h("p", { class: "none" }, empty));
const byID = (rows, id) => rows.find((one) => one.id === id);

const ticketItem = (link) => (one) =>
  h("li", {}, icon("ticket"), h("span", {}, link("ticket", one.id, one.summary), h("span", { class: "under" }, `#${one.id} · ${one.from}`)));
const userItem = (link) => (u) =>
  h(
    "li",
    {},
    avatar(u.name, String(u.id), "small round"),
    h("span", {}, link("user", u.id, u.name), u.inactive && h("span", { class: "tag" }, "Inactive"), h("span", { class: "under" }, u.emails.join(", ") || "No address")),
  );

// The pages of the desk: how each is found, what makes it draw anew, what stands on it.
const pages = {
  client: {
    called: "Client",
    find: (t, id) => byID(t.clients, id),
    of: (t, id) => [byID(t.clients, id), t.users.filter((u) => u.client === id), t.tickets.filter((one) => one.client === id)],
    title: (c) => c.name,
    draw: (t, c, link) => [
      h(
        "dl",
        { class: "facts" },
        fact("Status", h("span", { class: c.inactive ? "tag" : "tag good" }, c.inactive ? "Inactive" : "Active")),
        fact("Website", c.website),
        fact("Trading name", c.trading),
        fact("Top level", c.toplevel),
        c.sites.map((site, i) => [
          fact(i === 0 ? "Main site" : "Site", site.name),
          fact("E-mail domain", site.domain),
        ]),
      ),
      list("Users", "Nobody yet.", t.users.filter((u) => u.client === c.id).map(userItem(link))),
      list("Tickets", "None.", t.tickets.filter((one) => one.client === c.id).slice(0, 20).map(ticketItem(link))),
      h(
        "dl",
        { class: "facts after" },
        fact("Notes", c.notes && h("span", { class: "notes" }, c.notes), true),
        fact("Reference", c.ref && h("code", {}, c.ref)),
        fact("Created", long.format(new Date(c.created))),
      ),
    ],
  },
  user: {
    called: "User",
    find: (t, id) => byID(t.users, id),
    of: (t, id) => [byID(t.users, id), byID(t.clients, byID(t.users, id)?.client), t.tickets.filter((one) => one.user === id)],
    title: (u) => u.name,
    draw: (t, u, link) => [
      h(
        "dl",
        { class: "facts" },
        fact("Client", byID(t.clients, u.client) && link("client", u.client, byID(t.clients, u.client).name)),
        fact("Site", u.site),
        fact("E-mail", u.emails.length > 0 && u.emails.map((e) => h("span", { class: "line" }, e))),
        fact("Status", h("span", { class: u.inactive ? "tag" : "tag good" }, u.inactive ? "Inactive" : "Active")),
        fact("Notes", u.notes && h("span", { class: "notes" }, u.notes), true),
      ),
      list("Tickets", "None.", t.tickets.filter((one) => one.user === u.id).slice(0, 20).map(ticketItem(link))),
    ],
  },
  ticket: {
    called: "Ticket",
    find: (t, id) => byID(t.tickets, id),
    of: (t, id) => {
      const one = byID(t.tickets, id);
      return [one, byID(t.clients, one?.client), byID(t.users, one?.user)];
    },
    title: (one) => one.summary,
    draw: (t, one, link) => {
      const c = byID(t.clients, one.client), u = byID(t.users, one.user);
      return [
        h(
          "dl",
          { class: "facts" },
          fact("Client", c && link("client", c.id, c.name)),
          fact("User", u && link("user", u.id, u.name)),
          fact("Reported by", one.from),
          fact("Status", h("span", { class: one.status === "New" ? "tag good" : "tag" }, one.status)),
          fact("Opened", long.format(new Date(one.opened))),
          fact("Details", one.details && h("span", { class: "notes" }, one.details.trim()), true),
        ),
      ];
    },
  },
};

/** The markup that Tenants fills, the same in both pages; `heading` is the level of its name. */
export function tenantMarkup() {
  const part = (name) => ({ dataset: { part: name } });
  const table = (name, heads, label) => [
    h(
      "div",
      { class: "table-wrap", tabIndex: 0, role: "region", "aria-label": label },
      h(
        "table",
        {},
        h("thead", {}, h("tr", {}, heads.map((t) => h("th", { scope: "col", class: t.toLowerCase() }, t)))),
        h("tbody", part(name)),
      ),
    ),
  ];
  return [
    h(
      "header",
      { class: "halo-head" },
      h("span", { class: "desk-mark", "aria-hidden": "true" }, icon("lifebuoy")),
      h("h1", {}, "Northgate"),
      h("span", { class: "tenant", ...part("tenant") }),
      h("div", { class: "tabs", role: "group", "aria-label": "Halo connections", hidden: true, ...part("tenants") }),
      h("span", { class: "powered" }, "Halo PSA"),
    ),
    h(
      "div",
      { class: "desk", ...part("desk") },
      h(
        "section",
        { class: "halo-list tickets", "aria-label": "Tickets" },
        h("div", { class: "halo-tools" }, h("h2", {}, "Tickets"), h("span", { class: "count", role: "status", ...part("tickets-count") })),
        table("tickets", ["ID", "Subject", "Client", "When"], "Ticket list"),
        h("p", { class: "nothing", hidden: true, ...part("no-tickets") }, "No tickets yet."),
      ),
      h(
        "section",
        { class: "halo-list clients", "aria-label": "Clients" },
        h(
          "div",
          { class: "halo-tools" },
          h("h2", {}, "Clients"),
          h("span", { class: "count", role: "status", ...part("count") }),
          h("label", { class: "search" }, icon("search"), h("input", { type: "search", placeholder: "Search clients", "aria-label": "Search clients", ...part("search") })),
        ),
        table("clients", ["ID", "Name", "Website", "When"], "Client list"),
        h("p", { class: "nothing", hidden: true, ...part("none") }, "No clients match."),
      ),
    ),
    h(
      "div",
      { class: "halo-page", hidden: true, ...part("page") },
      h(
        "div",
        { class: "crumbs" },
        h("button", { type: "button", class: "as-link", ...part("back") }, icon("back"), "All tickets and clients"),
        h("a", { class: "out", target: "_blank", rel: "noopener", ...part("link") }, "Open in a new tab", icon("external")),
      ),
      h("p", { class: "kind", ...part("kind") }),
      h("h2", { tabIndex: -1, ...part("name") }),
      h("div", part("facts")),
    ),
  ];
}
