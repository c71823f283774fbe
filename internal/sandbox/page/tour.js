// The tour: three steps that show what the bot is for, on one company. It knows of each whether it
// was taken, however that was done.
import { h, icon } from "./dom.js";

const jane = "jane.doe@acme-rockets.example";
const website = "acme-rockets.example";
const desk = "C000000DESK", mails = "C000000MAIL";

export class Tour {
  #el;
  #app;
  #done = [false, false, false];
  #busy = false;

  /** `app` is { mail(id), show(channel), type(channel, text), store(key, value) }. */
  constructor(el, app) {
    this.#el = el;
    this.#app = app;
    this.#done[2] = app.store("tour said") === "yes";
  }

  start() {
    this.#el.hidden = this.#app.store("tour") === "over";
    this.#draw();
  }

  /** Takes the tenant as it is now. */
  update(tenant) {
    const made = tenant.clients.some((c) => c.website === website);
    const before = this.#done.join();
    this.#done[0] = made || tenant.tickets.some((t) => t.from === jane);
    this.#done[1] = made;
    if (!made) this.#done[2] = false;
    if (before !== this.#done.join()) this.#draw();
  }

  /** Takes what was typed after a command. */
  said(text) {
    if (!this.#done[1] || !text.includes(website)) return;
    this.#done[2] = true;
    this.#app.store("tour said", "yes");
    this.#draw();
  }

  #draw() {
    const at = this.#done.indexOf(false);
    const steps = [
      {
        title: "A stranger writes", text: "Jane’s mail becomes a ticket under Unknown, and an alert in #mail-alerts.",
        does: this.#busy ? "On its way…" : "Let the mail come in", act: () => this.#mail(),
      },
      {
        title: "Answer the alert", text: "Press its green button, then Create in the form.",
        does: "Show the alert", act: () => this.#app.show(mails),
      },
      {
        title: "Try it twice", text: "Ask for the same company again: it is found, not made twice.",
        does: "Type the command", act: () => this.#app.type(desk, `/halo-new-client Acme Rockets ${website}`),
      },
    ];
    const focused = this.#el.contains(document.activeElement);
    this.#el.replaceChildren(
      h("h2", { class: "visually-hidden" }, "The tour, in three steps"),
      h(
        "ol",
        {},
        steps.map((step, i) =>
          h(
            "li",
            { class: i === at ? "now" : this.#done[i] ? "done" : "", "aria-current": i === at ? "step" : undefined },
            h("span", { class: "number", "aria-hidden": "true" }, this.#done[i] ? icon("check") : String(i + 1)),
            h("div", {}, h("h3", {}, step.title, this.#done[i] && h("span", { class: "visually-hidden" }, " (done)")), h("p", {}, step.text)),
            i === at && h("button", { type: "button", class: "button primary small", disabled: this.#busy, on: { click: step.act } }, step.does),
          ),
        ),
      ),
      h(
        "button",
        {
          type: "button", class: "icon-button close-cross", "aria-label": "End the tour", title: "End the tour",
          on: {
            click: () => {
              this.#app.store("tour", "over");
              this.#el.hidden = true;
            },
          },
        },
      ),
    );
    if (focused) this.#el.querySelector(".now button")?.focus();
  }

  async #mail() {
    this.#busy = true;
    this.#draw();
    this.#app.show(mails);
    await this.#app.mail("new");
    this.#busy = false;
    this.#draw();
  }
}
