// The laboratory: the bot's switch, alerts to post, things to break.
import { h, icon, reconcile } from "./dom.js";

export class Lab {
  #el;
  #app;
  #faults = [];

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
      this.#post({ email });
      form.reset();
    });
  }

  #post(mail) {
    const channel = this.part("alert-channel").value;
    this.#app.call("alert", { ...mail, channel });
    this.#app.open(channel);
  }

  /** Takes the mails that may come in, and where they may be told of; neither changes. */
  mails({ mails: list, channels }) {
    this.part("alert-channel").replaceChildren(...channels.map((c) => h("option", { value: c.id }, `#${c.name}`)));
    this.part("mails").replaceChildren(
      ...list.map((m) =>
        h(
          "li",
          {},
          h(
            "button",
            { type: "button", class: "mail", on: { click: () => this.#post({ mail: m.id }) } },
            h("span", { class: "from" }, m.from),
            h("span", { class: "subject" }, m.subject),
            h("span", { class: "about" }, m.about),
          ),
        ),
      ),
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
    this.part("faulty").textContent = name ? `Halo (${name})` : "Halo";
  }

  faults(list) {
    this.#faults = list;
    const on = list.filter((f) => f.on).length;
    this.part("calm").disabled = on === 0;
    for (const side of ["halo", "slack"]) {
      reconcile(this.part(`faults-${side}`), list.filter((f) => f.side === side), (f) => f.id, (f) => JSON.stringify(f), (f) => this.#fault(f));
    }
  }

  #fault(f) {
    const id = `fault-${f.id}`;
    const text = h(
      "div",
      { class: "fault-text" },
      h("label", { for: id, class: "fault-name" }, f.name),
      f.choices && choices(f, (choice) => this.#app.call("fault", { id: f.id, on: f.on, choice })),
      h("p", { id: `${id}-about` }, f.expect),
    );
    const control = f.momentary
      ? h("button", { type: "button", id, class: "button small", "aria-describedby": `${id}-about`, on: { click: () => this.#app.call("fault", { id: f.id, on: true }) } }, f.on ? "Again" : "Do it")
      : h("input", {
          type: "checkbox", role: "switch", id, class: "switch", checked: f.on, "aria-describedby": `${id}-about`,
          on: { change: (e) => this.#app.call("fault", { id: f.id, on: e.target.checked }) },
        });
    return h("li", { class: `fault${f.on ? " on" : ""}` }, text, control);
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
      return `Process ${bot.pid}, ${bot.sockets} socket${bot.sockets === 1 ? "" : "s"}, start number ${bot.runs}.`;
    case "running":
      return `Process ${bot.pid}, start number ${bot.runs}, with your own Slack.`;
    case "starting":
      return `Process ${bot.pid}, no socket yet.`;
    case "dead":
      return "As by a power cut. Clicks fail until it is started again; what was accepted goes on then.";
    case "ended":
      return "It is started again in a moment. Its last words are in the drawer below.";
  }
  return "";
}
