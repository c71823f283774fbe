// The laboratory: the bot's switch, alerts to post, things to break.
import { h, icon, reconcile } from "./dom.js";

export class Lab {
  #el;
  #app;

  /** `app` is { call, open(channel) }. */
  constructor(el, app) {
    this.#el = el;
    this.#app = app;
    this.part = (name) => el.querySelector(`[data-part="${name}"]`);
    this.part("kill").addEventListener("click", () => app.call("bot", { do: "kill" }));
    this.part("start").addEventListener("click", () => app.call("bot", { do: "start" }));
    this.part("calm").addEventListener("click", () => app.call("calm", {}));
    const form = this.part("alert-form");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const email = form.elements.email.value.trim();
      if (!email) {
        form.elements.email.focus();
        return;
      }
      this.#post({ email }, form.querySelector("button"));
      form.reset();
    });
  }

  /** Has a mail come in; what was pressed shows that it is on its way. */
  async #post(mail, from) {
    const channel = this.part("alert-channel").value;
    this.#app.open(channel);
    from.classList.add("busy");
    from.setAttribute("aria-busy", "true");
    await this.#app.call("alert", { ...mail, channel });
    from.classList.remove("busy");
    from.removeAttribute("aria-busy");
  }

  /** Takes the mails that may come in, and where they may be told of; neither changes. */
  mails({ mails: list, channels }) {
    this.part("alert-channel").replaceChildren(...channels.map((c) => h("option", { value: c.id }, `#${c.name}`)));
    this.part("mails").replaceChildren(
      ...list.map((m) => {
        const [, name, address] = /^["']*(.*?)["']* <(.*)>$/.exec(m.from);
        const button = h(
          "button",
          { type: "button", class: "mail", "aria-label": `${name}: ${m.about}`, title: `${name} <${address}>: ${m.subject}`, on: { click: () => this.#post({ mail: m.id }, button) } },
          h("span", { class: "spinner dark", "aria-hidden": "true" }),
          h("span", {}, m.about),
        );
        return h("li", {}, button);
      }),
    );
  }

  bot(bot) {
    const running = bot.state === "running";
    const words = { running: "Running", connected: "Connected to Slack", starting: "Starting", dead: "Killed", ended: "Ended by itself" };
    const state = !running || bot.remote ? bot.state : bot.sockets > 0 ? "connected" : "starting";
    const status = this.part("bot-state");
    status.className = `bot-state ${state}`;
    status.querySelector("span").textContent = words[state];
    this.part("bot-about").textContent = aboutBot(state, bot);
    this.part("kill").disabled = !running;
    this.part("start").disabled = running;
  }

  /** Says which tenant the faults are those of, where there are several. */
  faulty(name) {
    this.part("faulty").hidden = !name;
    this.part("faulty").textContent = name ? `Halo’s are those of the connection “${name}”.` : "";
  }

  faults(list) {
    this.part("calm").disabled = !list.some((f) => f.on);
    const groups = [...new Set(list.map((f) => f.group))];
    reconcile(this.part("faults"), groups, (g) => g, () => "", (g) => h("div", {}, h("h3", {}, g), h("ul", { class: "faults" })));
    groups.forEach((g, i) => {
      const ul = this.part("faults").children[i].lastElementChild;
      reconcile(ul, list.filter((f) => f.group === g), (f) => f.id, (f) => JSON.stringify(f), (f) => this.#fault(f));
    });
  }

  #open = new Set(); // the faults whose explanation is open

  #fault(f) {
    const id = `fault-${f.id}`;
    const about = h("p", { id: `${id}-about`, hidden: !f.on && !this.#open.has(f.id) }, f.expect);
    const more = h("button", { type: "button", class: "icon-button more", "aria-label": `What the bot does then: ${f.name}`, "aria-expanded": String(!about.hidden), "aria-controls": about.id }, icon("help"));
    more.addEventListener("click", () => {
      about.hidden = !about.hidden;
      more.setAttribute("aria-expanded", String(!about.hidden));
      if (about.hidden) this.#open.delete(f.id);
      else this.#open.add(f.id);
    });
    const control = f.momentary
      ? h("button", { type: "button", id, class: "button small", "aria-labelledby": `${id}-name`, "aria-describedby": about.id, on: { click: () => this.#app.call("fault", { id: f.id, on: true }) } }, "Do it")
      : h("input", {
          type: "checkbox", role: "switch", id, class: "switch", checked: f.on, "aria-describedby": about.id,
          on: { change: (e) => this.#app.call("fault", { id: f.id, on: e.target.checked }) },
        });
    return h(
      "li",
      { class: `fault${f.on ? " on" : ""}` },
      h("div", { class: "fault-line" }, h("label", { for: id, id: `${id}-name`, class: "fault-name" }, f.name), f.choices && choices(f, (choice) => this.#app.call("fault", { id: f.id, on: f.on, choice })), more, control),
      about,
    );
  }
}

/** A choice of how a fault goes. */
function choices(f, choose) {
  const select = h(
    "select",
    { class: "inline", "aria-label": `${f.name}: which` },
    f.choices.map((c) => h("option", { value: c, selected: c === f.choice }, c)),
  );
  select.addEventListener("change", () => choose(select.value));
  return select;
}

function aboutBot(state, bot) {
  switch (state) {
    case "connected":
      return `Process ${bot.pid}, ${bot.sockets} socket${bot.sockets === 1 ? "" : "s"}, start ${bot.runs}.`;
    case "running":
      return `Process ${bot.pid}, start ${bot.runs}, with your own Slack.`;
    case "starting":
      return `Process ${bot.pid}, no socket yet.`;
    case "dead":
      return "Like a power cut. Clicks fail until it is started again; then what was accepted goes on.";
    case "ended":
      return "It will be started again in a moment. Traffic, below, has the end of its log.";
  }
  return "";
}
