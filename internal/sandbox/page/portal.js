// A Halo tenant by itself, at its own address: where the bot's links lead.
import { append } from "./dom.js";
import { placeOf, urlOf } from "./place.js";
import { Tenants, tenantMarkup } from "./tenant.js";

const el = document.getElementById("halo");
append(el, tenantMarkup());
const asked = () => placeOf(new URL(location.href));
let going = false; // through the history, which then needs no new entry

const called = { client: "Client", user: "User", ticket: "Ticket" };
const entitle = (place) => (document.title = place ? `${called[place.kind]} ${place.id} – Northgate` : "Northgate service desk");
const tenants = new Tenants(el, (place) => {
  entitle(place);
  if (!going) history.pushState(null, "", urlOf(place));
});
function go() {
  going = true;
  tenants.show(asked());
  going = false;
}

entitle(asked());
const news = new EventSource("/portal/news");
let first = true;
news.addEventListener("halo", (e) => {
  tenants.update(JSON.parse(e.data));
  if (first) go();
  first = false;
});
addEventListener("popstate", go);
document.documentElement.dataset.scheme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
