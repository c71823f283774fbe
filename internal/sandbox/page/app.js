// The sandbox's page: gives the server's news to the parts, and what people do to the server.
import { h, append } from "./dom.js";
import { Workspace } from "./workspace.js";
import { Tenants, tenantMarkup } from "./tenant.js";
import { Lab } from "./lab.js";
import { Drawer } from "./drawer.js";
import { Tour } from "./tour.js";

const el = (id) => document.getElementById(id);
const store = (key, value) => (value === undefined ? localStorage.getItem(`sandbox ${key}`) : localStorage.setItem(`sandbox ${key}`, value));
// Who sits at the keyboard is each tab's own affair; a new tab starts as the last one that changed.
const seat = () => sessionStorage.getItem("sandbox person") ?? store("person") ?? "";
function sit(person) {
  sessionStorage.setItem("sandbox person", person);
  store("person", person);
}

/**
 * Does something as a person. What comes of it arrives with the server's news; returned are
 * the complaints of Slack's own client, by the label of the field, if there are any, and the
 * bot's choices for what was typed.
 */
function call(action, body) {
  if (action === "command") tour.said(body.text);
  if (action === "alert" || action === "suggest") return send(action, body); // they may take their time
  // In the order in which things were done.
  const answer = calls.then(() => send(action, body));
  calls = answer;
  return answer;
}

let calls = Promise.resolve();

async function send(action, body) {
  try {
    const answer = await fetch(`/act/${action}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    if (answer.status === 422) return await answer.json();
    if (!answer.ok) say(await answer.text());
    else {
      const said = await answer.json();
      if (said.say) say(said.say);
      if (action === "suggest") return said;
    }
  } catch {
    say("The sandbox does not answer. Is it still running?");
  }
  return null;
}

let saying;
function say(text) {
  const line = document.createElement("span");
  line.textContent = text;
  el("toast").replaceChildren(line);
  el("toast").classList.add("shown");
  clearTimeout(saying);
  saying = setTimeout(() => el("toast").classList.remove("shown"), 8000);
}

append(el("halo"), tenantMarkup());
const tenants = new Tenants(el("halo"));
const drawer = new Drawer(el("drawer"));
let news;
const workspace = new Workspace(el("slack"), { call, setPerson: (id) => listen(id) });
const show = (channel) => workspace.open(channel) && tab("slack");
const tour = new Tour(el("tour"), {
  mail: (id) => call("alert", { mail: id }),
  show,
  type(channel, text) {
    tab("slack");
    workspace.type(channel, text);
  },
  store,
});
const lab = new Lab(el("lab"), { call, open: show });

/** Listens to the server as one person sees things. */
function listen(person) {
  if (person) sit(person);
  news?.close();
  news = new EventSource(`/news?${new URLSearchParams({ person: seat() })}`);
  const on = (name, f) => news.addEventListener(name, (e) => f(JSON.parse(e.data)));
  on("sandbox", (v) => {
    haloOnly(v.haloOnly);
    lab.faulty(v.faulty);
  });
  on("slack", (v) => {
    sessionStorage.setItem("sandbox person", v.person);
    workspace.update(v);
  });
  on("halo", (v) => {
    tenants.update(v);
    tour.update(v[0]);
  });
  on("bot", (v) => lab.bot(v));
  on("faults", (v) => {
    lab.faults(v);
    const n = v.filter((f) => f.on).length;
    el("faults-on").textContent = n ? `${n} fault${n > 1 ? "s" : ""} on` : "";
  });
  on("mails", (v) => lab.mails(v));
  on("traffic", (v) => drawer.add(v));
  news.onopen = () => document.body.classList.remove("away");
  news.onerror = () => document.body.classList.add("away");
}
listen();

// The bot's links lead into the tenant beside Slack; with a modifier key they open by themselves.
document.addEventListener("click", (e) => {
  const a = e.target.closest("a[href]");
  if (!a || e.ctrlKey || e.metaKey || e.shiftKey || a.classList.contains("out")) return;
  const url = new URL(a.href);
  if (tenants.follow(url)) {
    e.preventDefault();
    tab("halo");
  } else if (url.origin === location.origin && workspace.follow(url)) {
    e.preventDefault();
    tab("slack");
  }
});

// Narrow screens show one part at a time.
function tab(name) {
  document.body.dataset.tab = name;
  for (const b of document.querySelectorAll("#tabs [data-tab]")) b.setAttribute("aria-pressed", String(b.dataset.tab === name));
  if (name === "drawer") drawer.opened();
}
for (const b of document.querySelectorAll("#tabs [data-tab]")) b.addEventListener("click", () => tab(b.dataset.tab));
tab("slack");
// With --halo-only there is no Slack to show.
function haloOnly(yes) {
  document.body.classList.toggle("halo-only", yes);
  if (!yes) tour.start();
  if (yes && document.body.dataset.tab === "slack") tab("halo");
}

// What is open, and light or dark, are remembered.
function toggle(button, name, start, opened = () => {}) {
  const set = (on) => {
    document.body.classList.toggle(`show-${name}`, on);
    button.setAttribute("aria-pressed", String(on));
    store(name, on ? "yes" : "no");
    if (on) opened();
  };
  button.addEventListener("click", () => set(button.getAttribute("aria-pressed") !== "true"));
  set((store(name) ?? start) === "yes");
}
// Where there is no room for it beside the rest, the lab lies over it, and is closed at first.
toggle(el("toggle-lab"), "lab", matchMedia("(max-width: 1240px)").matches ? "no" : "yes");
toggle(el("toggle-drawer"), "drawer", "no", () => drawer.opened());

const dark = matchMedia("(prefers-color-scheme: dark)");
function scheme(choice) {
  if (choice) store("scheme", choice);
  const now = store("scheme") ?? (dark.matches ? "dark" : "light");
  document.documentElement.dataset.scheme = now;
  el("toggle-scheme").setAttribute("aria-label", now === "dark" ? "Use light colours" : "Use dark colours");
}
el("toggle-scheme").addEventListener("click", () => scheme(document.documentElement.dataset.scheme === "dark" ? "light" : "dark"));
dark.addEventListener("change", () => scheme());
scheme();
