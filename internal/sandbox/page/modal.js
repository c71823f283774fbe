// The modals that the bot opened for the person at the keyboard.
import { h, icon, avatar, reconcile } from "./dom.js";
import { drawBlocks, used } from "./blocks.js";
import { Form } from "./inputs.js";
import { trap, focusFirst } from "./dialog.js";

/**
 * Shows the top of a person's stack of views over the Slack pane, and keeps it in step with
 * the bot's updates: what is typed stays, the keyboard stays where it was, and what did not
 * change is not touched, so that a click that is under way still lands.
 */
export class Modals {
  #host;
  #ctx;
  #forms = new Map(); // by view id
  #shown = null; // { view, box, parts, veil }
  #before = null; // what had the keyboard

  /** The context: names, appName(), call(action, body), person(), home(), where the keyboard goes that is nowhere else. */
  constructor(host, ctx) {
    this.#host = host;
    this.#ctx = ctx;
  }

  show(stack) {
    const view = stack[stack.length - 1];
    for (const id of this.#forms.keys()) if (!stack.some((v) => v.id === id)) this.#forms.delete(id);
    if (view) this.#draw(view, stack.length);
    else this.#close();
  }

  #close() {
    if (!this.#shown) return;
    this.#shown.veil.remove();
    this.#shown = null;
    this.#host.classList.remove("has-modal");
    for (const el of this.#host.children) el.inert = false;
    if (this.#before?.isConnected && this.#before !== document.body) this.#before.focus({ preventScroll: true });
    else this.#ctx.home(); // what was pressed is gone
  }

  #draw(view, depth) {
    if (!this.#forms.has(view.id)) this.#forms.set(view.id, new Form());
    const form = this.#forms.get(view.id);
    form.update(view);
    const before = this.#shown?.view;
    if (before?.id !== view.id) this.#open(view, depth);
    this.#shown.view = view;
    const { box, parts } = this.#shown;
    const place = keyboardPlace(box);

    parts.title.textContent = view.title;
    box.setAttribute("aria-busy", String(!!view.busy));
    this.#drawBody(view, form);
    this.#drawFoot(view);

    // A view that came back with other errors takes the person to the first of them.
    const wrong = box.querySelector("[aria-invalid]");
    const said = before?.id === view.id ? before.errors : undefined;
    if (wrong && JSON.stringify(view.errors) !== JSON.stringify(said)) wrong.focus();
    else if (!box.contains(document.activeElement) && !(place && restore(box, place))) focusFirst(box);
  }

  #drawBody(view, form) {
    const { names, call, person } = this.#ctx;
    const ctx = {
      names,
      form,
      errors: view.errors,
      prefix: view.id,
      act: (block, element, value) =>
        call("view-action", { person: person(), view: view.id, block, action: element.action_id, ...used(element, value), values: form.entries() }),
      suggest: (block, element, text) => call("suggest", { person: person(), view: view.id, block, action: element.action_id, text }),
    };
    const rows = view.blocks.map((block) => ({
      key: block.block_id,
      signature: JSON.stringify([block, view.errors?.[block.block_id]]),
      draw: () => drawBlocks([block], ctx)[0],
    }));
    if (view.trouble) {
      rows.unshift({ key: "trouble", signature: view.trouble, draw: () => h("p", { class: "trouble", role: "alert" }, icon("warning"), view.trouble) });
    }
    reconcile(this.#shown.parts.body, rows, (r) => r.key, (r) => r.signature, (r) => r.draw());
  }

  #drawFoot(view) {
    const { foot, close, submit, label } = this.#shown.parts;
    foot.hidden = !view.submit && !view.close;
    close.textContent = view.close || "Cancel";
    submit.hidden = !view.submit;
    label.textContent = view.submit;
    submit.classList.toggle("busy", !!view.busy);
    if (view.busy) submit.setAttribute("aria-disabled", "true");
    else submit.removeAttribute("aria-disabled");
  }

  #open(view, depth) {
    const { call, person, appName } = this.#ctx;
    const close = (all) => call("close", { person: person(), view: view.id, all });
    const submit = async () => {
      const now = this.#shown?.view;
      if (now?.id !== view.id || !now.submit || now.busy) return;
      const complaints = await call("submit", { person: person(), view: view.id, values: this.#forms.get(view.id).entries() });
      const still = this.#shown?.view;
      if (complaints && still?.id === view.id) this.#draw({ ...still, errors: byBlock(still, complaints) }, depth);
    };
    const parts = {
      title: h("h2", { id: `${view.id}-title` }),
      body: h("div", { class: "modal-body" }),
      close: h("button", { type: "button", class: "button", on: { click: () => close(false) } }),
      label: h("span"),
    };
    parts.submit = h("button", { type: "submit", class: "button primary" }, h("span", { class: "spinner" }), parts.label);
    parts.foot = h("footer", { class: "modal-foot" }, parts.close, parts.submit);
    const box = h(
      "form",
      { class: "modal", role: "dialog", "aria-modal": "true", "aria-labelledby": parts.title.id, tabIndex: -1, noValidate: true },
      h(
        "header",
        { class: "modal-head" },
        depth > 1
          ? h("button", { type: "button", class: "icon-button", "aria-label": "Back", on: { click: () => close(false) } }, icon("back"))
          : avatar(appName(), "app", "app small"),
        parts.title,
        h("button", { type: "button", class: "icon-button", "aria-label": "Close", on: { click: () => close(true) } }, icon("close")),
      ),
      parts.body,
      parts.foot,
    );
    box.addEventListener("submit", (event) => {
      event.preventDefault();
      submit();
    });
    // Enter submits from a line by itself, from several lines with Ctrl or ⌘.
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      submit();
    });
    trap(box, () => close(false));
    this.#place(view, box, parts);
  }

  /** Puts a box over the pane, or in place of the one that is there. */
  #place(view, box, parts) {
    if (this.#shown) {
      this.#shown.veil.replaceChildren(box);
      this.#shown = { ...this.#shown, view, box, parts };
      return;
    }
    this.#before = document.activeElement;
    for (const el of this.#host.children) el.inert = true;
    const veil = h("div", { class: "veil" }, box);
    this.#host.append(veil);
    this.#host.classList.add("has-modal");
    this.#shown = { view, box, parts, veil };
  }
}

/** What Slack's own client complains of, by block_id in place of label. */
function byBlock(view, complaints) {
  const errors = {};
  for (const block of view.blocks) if (block.label && complaints[block.label.text]) errors[block.block_id] = complaints[block.label.text];
  return errors;
}

/** Where the keyboard is in a box, so that it can be put back into a field that was redrawn. */
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
