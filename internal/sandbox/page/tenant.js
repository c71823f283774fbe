// The Halo side: a tenant's clients, and a client's page. Used beside Slack, and by itself at
// the tenant's own address, where the bot's links lead.
import { h, icon, reconcile } from "./dom.js";

const short = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const long = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "medium" });

export class Tenants {
  #el;
  #tenants = [];
  #at = 0;
  #client = null; // the id of the client whose page is open
  #search = "";
  #navigated;
  #seen = new Map(); // tenant → ids that were there before

  /** `navigated(tenant, client)` is told where one went. */
  constructor(el, navigated = () => {}) {
    this.#el = el;
    this.#navigated = navigated;
    this.part = (name) => el.querySelector(`[data-part="${name}"]`);
    this.part("search").addEventListener("input", (e) => {
      this.#search = e.target.value.trim().toLowerCase();
      this.#draw();
    });
    this.part("back").addEventListener("click", () => this.show(this.#at, null));
    el.addEventListener("keydown", (e) => {
      if (e.key === "Escape" && this.#client !== null) this.show(this.#at, null);
    });
  }

  update(tenants) {
    for (const t of tenants) {
      const before = this.#seen.get(t.name);
      if (!before) this.#seen.set(t.name, new Set(t.clients.map((c) => c.id)));
    }
    this.#tenants = tenants;
    this.#draw();
  }

  /** Opens a link of a tenant's; false when it is not one. */
  follow(url) {
    const i = this.#tenants.findIndex((t) => url.href.startsWith(t.url + "/"));
    if (i < 0) return false;
    const id = Number(url.searchParams.get("clientid"));
    if (url.pathname !== "/customers" || !id) return false;
    this.show(i, id);
    return true;
  }

  show(tenant, client) {
    const moved = this.#client !== client || this.#at !== tenant;
    this.#at = tenant;
    const from = this.#client;
    this.#client = client;
    this.#draw();
    if (!moved) return;
    this.#navigated(this.#tenants[tenant], client);
    if (client !== null) this.part("client-name").focus();
    else this.part("rows").querySelector(`[data-client="${from}"] button`)?.focus();
  }

  #draw() {
    const t = this.#tenants[this.#at];
    if (!t) return;
    this.#drawTabs();
    this.part("tenant").textContent = t.title;
    const open = this.#client !== null;
    this.part("list").hidden = open;
    this.part("client").hidden = !open;
    if (open) this.#drawClient(t);
    this.#drawList(t);
  }

  #drawTabs() {
    const tabs = this.part("tenants");
    tabs.hidden = this.#tenants.length < 2;
    reconcile(tabs, this.#tenants, (t) => t.name, (t) => t.name + (t === this.#tenants[this.#at]), (t) =>
      h("button", { type: "button", "aria-pressed": String(t === this.#tenants[this.#at]), on: { click: () => this.show(this.#tenants.indexOf(t), null) } }, t.name),
    );
  }

  #drawList(t) {
    const hit = (c) => !this.#search || `${c.id} ${c.name} ${c.website} ${c.trading} ${c.ref}`.toLowerCase().includes(this.#search);
    const rows = t.clients.filter(hit);
    const seen = this.#seen.get(t.name);
    this.part("count").textContent = `${t.count} client${t.count === 1 ? "" : "s"}${this.#search ? `, ${rows.length} found` : ""}`;
    this.part("none").hidden = rows.length > 0;
    reconcile(this.part("rows"), rows.slice(0, 200), (c) => t.name + c.id, (c) => JSON.stringify(c), (c) => {
      const fresh = !seen.has(c.id);
      seen.add(c.id);
      return this.#row(c, fresh);
    });
  }

  #row(c, fresh) {
    const open = () => this.show(this.#at, c.id);
    return h(
      "tr",
      { class: fresh ? "fresh" : "", dataset: { client: c.id }, on: { click: open } },
      h("td", { class: "id" }, String(c.id)),
      h("td", { class: "name" }, h("button", { type: "button", class: "as-link" }, c.name), c.inactive && h("span", { class: "tag" }, "Inactive")),
      h("td", { class: "website" }, c.website || h("span", { class: "none" }, "—")),
      h("td", { class: "created" }, short.format(new Date(c.created))),
    );
  }

  #drawClient(t) {
    const c = t.clients.find((one) => one.id === this.#client);
    const sig = JSON.stringify([t.name, this.#client, c]);
    const el = this.part("client");
    if (el.dataset.sig === sig) return;
    el.dataset.sig = sig;
    const name = this.part("client-name");
    const facts = this.part("facts");
    const out = this.part("client-link");
    out.href = `${t.url}/customers?clientid=${this.#client}`;
    if (!c) {
      name.textContent = `There is no client ${this.#client}`;
      facts.replaceChildren();
      return;
    }
    name.textContent = c.name;
    const fact = (label, value) => h("div", { class: "fact" }, h("dt", {}, label), h("dd", {}, value || h("span", { class: "none" }, "Not set")));
    facts.replaceChildren(
      fact("Client ID", String(c.id)),
      fact("Status", h("span", { class: c.inactive ? "tag" : "tag good" }, c.inactive ? "Inactive" : "Active")),
      fact("Website", c.website),
      fact("Trading name", c.trading),
      fact("Top level", c.toplevel),
      fact("Main site", c.site),
      fact("Created", long.format(new Date(c.created))),
      fact("Reference", c.ref && h("code", {}, c.ref)),
      h("div", { class: "fact wide" }, h("dt", {}, "Notes"), h("dd", { class: "notes" }, c.notes || h("span", { class: "none" }, "Not set"))),
    );
  }
}

/** The markup that Tenants fills, the same in both pages. */
export function tenantMarkup() {
  const part = (name) => ({ dataset: { part: name } });
  return [
    h(
      "header",
      { class: "halo-head" },
      h("span", { class: "halo-mark", "aria-hidden": "true" }),
      h("h1", {}, "Halo"),
      h("span", { class: "tenant", ...part("tenant") }),
      h("div", { class: "tabs", role: "group", "aria-label": "Halo connections", hidden: true, ...part("tenants") }),
    ),
    h(
      "section",
      { class: "halo-list", "aria-label": "Clients", ...part("list") },
      h(
        "div",
        { class: "halo-tools" },
        h("h2", {}, "Clients"),
        h("span", { class: "count", role: "status", ...part("count") }),
        h("label", { class: "search" }, icon("search"), h("input", { type: "search", placeholder: "Search clients", "aria-label": "Search clients", ...part("search") })),
      ),
      h(
        "div",
        { class: "table-wrap", tabIndex: 0, role: "region", "aria-label": "Client list" },
        h(
          "table",
          {},
          h("thead", {}, h("tr", {}, ["ID", "Name", "Website", "Created"].map((t) => h("th", { scope: "col", class: t.toLowerCase() }, t)))),
          h("tbody", part("rows")),
        ),
        h("p", { class: "nothing", hidden: true, ...part("none") }, "No client matches."),
      ),
    ),
    h(
      "section",
      { class: "halo-client", "aria-label": "Client", hidden: true, ...part("client") },
      h(
        "div",
        { class: "crumbs" },
        h("button", { type: "button", class: "as-link", ...part("back") }, icon("back"), "Clients"),
        h("a", { class: "out", target: "_blank", rel: "noopener", ...part("client-link") }, "Open by itself", icon("external")),
      ),
      h("h2", { tabIndex: -1, ...part("client-name") }),
      h("dl", { class: "facts", ...part("facts") }),
    ),
  ];
}
