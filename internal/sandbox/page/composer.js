// Where a person types messages and commands.
import { h, icon, reconcile } from "./dom.js";

/** A composer for one place. `view` is { commands, shortcuts, send(text), shortcut(callback), placeholder }. */
export class Composer {
  el;
  #box;
  #list;
  #send;
  #view;
  #at = 0; // of the suggestion that is picked

  constructor(view) {
    this.#view = view;
    const id = `composer-${view.name}`;
    this.#list = h("ul", { class: "suggestions", id: `${id}-list`, role: "listbox", "aria-label": "Commands", hidden: true });
    this.#box = h("textarea", {
      id, rows: 1, class: "composer-box", placeholder: view.placeholder, "aria-label": view.placeholder, spellcheck: false,
      role: "combobox", "aria-expanded": "false", "aria-controls": `${id}-list`, "aria-autocomplete": "list",
      on: { input: () => this.#typed(), keydown: (e) => this.#key(e), blur: () => setTimeout(() => this.#suggest([]), 150), focus: () => this.#typed() },
    });
    this.#send = h("button", { type: "button", class: "send", "aria-label": "Send", disabled: true, on: { click: () => this.#submit() } }, icon("send"));
    this.el = h(
      "div",
      { class: "composer" },
      this.#list,
      this.#box,
      h("div", { class: "composer-foot" }, h("div", { class: "composer-tools" }), this.#send),
    );
    this.update();
  }

  /** Draws the shortcuts, which the bot's app declares. */
  update() {
    const command = { key: "", name: "Command", title: "Use a command", before: () => h("kbd", {}, "/"), click: () => this.fill("/") };
    const tools = (this.#view.shortcuts?.() ?? []).map((s) => ({ key: s.callback, name: s.name, title: `Shortcut: ${s.name}`, before: () => icon("bolt"), click: () => this.#view.shortcut(s.callback) }));
    reconcile(this.el.querySelector(".composer-tools"), [command, ...tools], (t) => t.key, (t) => t.name, (t) =>
      h("button", { type: "button", class: "shortcut", title: t.title, on: { click: t.click } }, t.before(), t.name),
    );
  }

  placeholder(text) {
    this.#box.placeholder = text;
    this.#box.setAttribute("aria-label", text);
  }

  fill(text) {
    this.#box.value = text;
    this.#box.focus();
    this.#typed();
  }

  focus() {
    this.#box.focus();
  }

  #typed() {
    const text = this.#box.value;
    this.#send.disabled = text.trim() === "";
    this.#box.style.height = "auto";
    this.#box.style.height = `${Math.min(this.#box.scrollHeight, 160)}px`;
    const word = /^\/\S*$/.exec(text);
    const typing = /^(\/\S+)\s/.exec(text);
    const commands = this.#view.commands();
    if (word) this.#suggest(commands.filter((c) => c.command.startsWith(text)));
    else if (typing) this.#suggest(commands.filter((c) => c.command === typing[1]), true);
    else this.#suggest([]);
  }

  #suggest(commands, chosen = false) {
    this.#at = 0;
    this.#list.hidden = commands.length === 0;
    this.#box.setAttribute("aria-expanded", String(commands.length > 0));
    this.#list.replaceChildren(
      ...commands.map((c, i) =>
        h(
          "li",
          {
            role: "option", id: `${this.#list.id}-${i}`, "aria-selected": String(i === 0 && !chosen), class: chosen ? "chosen" : "",
            on: { pointerdown: (e) => { e.preventDefault(); this.#pick(c); } },
          },
          h("span", { class: "command" }, h("strong", {}, c.command), " ", c.hint),
          h("span", { class: "about" }, c.description),
        ),
      ),
    );
    if (commands.length && !chosen) this.#box.setAttribute("aria-activedescendant", `${this.#list.id}-0`);
    else this.#box.removeAttribute("aria-activedescendant");
  }

  #pick(command) {
    this.fill(command.command + " ");
  }

  #move(by) {
    const options = [...this.#list.children];
    this.#at = (this.#at + by + options.length) % options.length;
    options.forEach((o, i) => o.setAttribute("aria-selected", String(i === this.#at)));
    this.#box.setAttribute("aria-activedescendant", options[this.#at].id);
  }

  #key(e) {
    const picking = !this.#list.hidden && /^\/\S*$/.test(this.#box.value);
    const picked = picking && this.#list.children[this.#at];
    const command = picked && picked.querySelector("strong").textContent;
    if (picking && (e.key === "ArrowDown" || e.key === "ArrowUp")) {
      e.preventDefault();
      this.#move(e.key === "ArrowDown" ? 1 : -1);
    } else if (picking && (e.key === "Tab" || (e.key === "Enter" && this.#box.value !== command))) {
      e.preventDefault();
      this.#pick({ command });
    } else if (e.key === "Escape" && !this.#list.hidden) {
      e.stopPropagation();
      this.#suggest([]);
    } else if (e.key === "Enter" && !e.shiftKey && !e.isComposing) {
      e.preventDefault();
      this.#submit();
    }
  }

  #submit() {
    const text = this.#box.value.trim();
    if (!text) return;
    this.#box.value = "";
    this.#typed();
    this.#view.send(text);
  }
}
