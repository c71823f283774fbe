// The modals that the bot opened for the person at the keyboard.
import { h, icon, avatar } from "./dom.js";
import { drawBlocks } from "./blocks.js";
import { Form } from "./inputs.js";
import { trap, focusFirst } from "./dialog.js";

/**
 * Shows the top of a person's stack of views over the Slack pane, and keeps it in step with
 * the bot's updates: what is typed stays, the keyboard stays where it was.
 */
export class Modals {
  #host;
  #ctx;
  #forms = new Map(); // by view id
  #shown = null; // { view, el }
  #before = null; // what had the keyboard

  /** The context: names, appName(), call(action, body), person(). */
  constructor(host, ctx) {
    this.#host = host;
    this.#ctx = ctx;
  }

  show(stack) {
    const view = stack[stack.length - 1];
    for (const id of this.#forms.keys()) if (!stack.some((v) => v.id === id)) this.#forms.delete(id);
    if (!view) {
      this.#close();
      return;
    }
    if (this.#shown && same(this.#shown.view, view)) return;
    this.#draw(view, stack.length);
  }

  #close() {
    if (!this.#shown) return;
    this.#shown.veil.remove();
    this.#shown = null;
    this.#host.classList.remove("has-modal");
    for (const el of this.#host.children) el.inert = false;
    if (this.#before?.isConnected) this.#before.focus({ preventScroll: true });
  }

  #draw(view, depth) {
    const old = this.#shown;
    const form = this.#forms.get(view.id) ?? new Form();
    this.#forms.set(view.id, form);
    form.update(view);
    const place = old?.view.id === view.id ? keyboardPlace(old.box) : null;
    const scroll = place ? old.box.querySelector(".modal-body").scrollTop : 0;

    const box = this.#box(view, form, depth);
    if (old) {
      old.veil.replaceChildren(box);
      this.#shown = { ...old, view, box };
    } else {
      this.#before = document.activeElement;
      for (const el of this.#host.children) el.inert = true;
      const veil = h("div", { class: "veil" }, box);
      this.#host.append(veil);
      this.#host.classList.add("has-modal");
      this.#shown = { view, box, veil };
    }
    const body = box.querySelector(".modal-body");
    body.scrollTop = scroll;
    if (!place || !restore(box, place)) {
      const wrong = box.querySelector("[aria-invalid]");
      if (wrong) wrong.focus();
      else focusFirst(box);
    }
    // A view that came back with errors takes the person to the first of them.
    const wrong = box.querySelector("[aria-invalid]");
    if (wrong && Object.keys(old?.view.errors ?? {}).length === 0) wrong.focus();
  }

  #box(view, form, depth) {
    const { call, person, names, appName } = this.#ctx;
    const submit = async () => {
      if (!view.submit || this.#shown?.view.busy) return;
      const complaints = await call("submit", { person: person(), view: view.id, values: form.entries() });
      if (complaints && this.#shown?.view.id === view.id) this.#draw({ ...this.#shown.view, errors: byBlock(view, complaints) }, depth);
    };
    const close = (all) => call("close", { person: person(), view: view.id, all });
    const ctx = {
      names,
      form,
      errors: view.errors,
      prefix: view.id,
      act: (block, element, value = element.value ?? "") =>
        call("view-action", { person: person(), view: view.id, block, action: element.action_id, value, values: form.entries() }),
    };
    const title = `${view.id}-title`;
    const box = h(
      "form",
      { class: "modal", role: "dialog", "aria-modal": "true", "aria-labelledby": title, "aria-busy": view.busy ? "true" : "false", tabIndex: -1, noValidate: true },
      h(
        "header",
        { class: "modal-head" },
        depth > 1
          ? h("button", { type: "button", class: "icon-button", "aria-label": "Back", on: { click: () => close(false) } }, icon("back"))
          : avatar(appName(), "app", "app small"),
        h("h2", { id: title }, view.title),
        h("button", { type: "button", class: "icon-button", "aria-label": "Close", on: { click: () => close(true) } }, icon("close")),
      ),
      h("div", { class: "modal-body" }, view.trouble && h("p", { class: "trouble", role: "alert" }, icon("warning"), view.trouble), drawBlocks(view.blocks, ctx)),
      (view.submit || view.close) &&
        h(
          "footer",
          { class: "modal-foot" },
          h("button", { type: "button", class: "button", on: { click: () => close(false) } }, view.close || "Cancel"),
          view.submit && h("button", { type: "submit", class: "button primary", "aria-disabled": view.busy ? "true" : undefined }, view.busy && h("span", { class: "spinner" }), view.submit),
        ),
    );
    box.addEventListener("submit", (event) => {
      event.preventDefault();
      submit();
    });
    box.addEventListener("keydown", (event) => {
      // Enter in a line submits by itself, in several lines with Ctrl or ⌘.
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        submit();
      }
    });
    trap(box, () => close(false));
    return box;
  }
}

/** What Slack's own client complains of, by block_id in place of label. */
function byBlock(view, complaints) {
  const errors = {};
  for (const block of view.blocks) if (block.label && complaints[block.label.text]) errors[block.block_id] = complaints[block.label.text];
  return errors;
}

/** Whether a version of a view looks as the one before, what is typed aside. */
function same(a, b) {
  const look = (v) => JSON.stringify([v.id, v.hash, v.title, v.submit, v.close, v.blocks, v.errors, v.trouble, v.busy]);
  return look(a) === look(b);
}

/** Where the keyboard is in a box, so that it can be put back into the next version. */
function keyboardPlace(box) {
  const el = document.activeElement;
  if (!box.contains(el) || !el.id) return null;
  return { id: el.id, start: el.selectionStart, end: el.selectionEnd };
}

function restore(box, place) {
  const el = box.querySelector(`#${CSS.escape(place.id)}`);
  if (!el) return false;
  el.focus({ preventScroll: true });
  if (typeof place.start === "number") el.setSelectionRange(place.start, place.end);
  return true;
}
