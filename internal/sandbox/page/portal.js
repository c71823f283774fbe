// A Halo tenant by itself, at its own address: /customers?clientid=N.
import { h, append } from "./dom.js";
import { Tenants, tenantMarkup } from "./tenant.js";

const el = document.getElementById("halo");
append(el, tenantMarkup());
// The bot links tickets too; this Halo has none.
if (location.pathname === "/ticket") {
  const number = new URLSearchParams(location.search).get("id") ?? "";
  document.title = `Ticket ${number} – Halo`;
  el.querySelector("header").after(h("p", { class: "no-tickets" }, `Ticket #${number} would open here. The sandbox’s Halo keeps clients only.`));
}
const asked = () => Number(new URLSearchParams(location.search).get("clientid")) || null;
let going = false; // through the history, which then needs no new entry

const tenants = new Tenants(el, (tenant, client) => {
  document.title = client ? `Client ${client} – Halo` : "Clients – Halo";
  if (!going) history.pushState(null, "", client ? `/customers?clientid=${client}` : "/customers");
});
function go() {
  going = true;
  tenants.show(0, asked());
  going = false;
}

const news = new EventSource("/portal/news");
let first = true;
news.addEventListener("halo", (e) => {
  tenants.update(JSON.parse(e.data));
  if (first) go();
  first = false;
});
addEventListener("popstate", go);
document.documentElement.dataset.scheme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
