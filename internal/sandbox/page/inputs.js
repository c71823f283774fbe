// What one types and chooses in: the inputs of modals, and selects wherever they stand.
import { h, icon } from "./dom.js";
import { textObject } from "./mrkdwn.js";
import { confirmed } from "./dialog.js";
import { finder } from "./finder.js";

/**
 * What is typed and chosen in one modal or home tab. Values stay when the bot updates the
 * view, as long as an element keeps its block_id and action_id.
 */
export class Form {
  values = new Map(); // by Form.key: text; lists joined by commas
  #labels = new Map(); // by Form.key: what a choice is called
  #kinds = new Map();

  /** Takes a new version of the view: elements that are new start with their own value. */
  update(view) {
    const before = this.#kinds;
    this.#kinds = new Map();
    for (const [block, actions] of Object.entries(view.state ?? {})) {
      for (const [action, state] of Object.entries(actions)) {
        const key = Form.key(block, action);
        this.#kinds.set(key, state.type);
        if (before.get(key) === state.type) continue;
        this.values.set(key, textOf(state));
        this.#labels.set(key, state.selected_option?.text.text ?? "");
      }
    }
  }
  static key(block, action) {
    return JSON.stringify([block, action]);
  }
  get(block, action) {
    return this.values.get(Form.key(block, action)) ?? "";
  }
  set(block, action, text, label = "") {
    this.values.set(Form.key(block, action), text);
    this.#labels.set(Form.key(block, action), label);
  }
  label(block, action) {
    return this.#labels.get(Form.key(block, action)) ?? "";
  }
  /** As the server wants it: block_id, action_id, text. */
  entries() {
    return [...this.#kinds.keys()].map((key) => {
      const [block, action] = JSON.parse(key);
      return { block, action, text: this.values.get(key) ?? "" };
    });
  }
}

function textOf(state) {
  for (const [key, value] of Object.entries(state)) {
    if (key === "type" || value === null || value === undefined) continue;
    if (Array.isArray(value)) return value.map((v) => v.value ?? v).join(",");
    if (typeof value === "object") return value.value ?? "";
    return String(value);
  }
  return "";
}

const single = { url_text_input: "url", email_text_input: "email", number_input: "text", plain_text_input: "text" };

/** An input block: label, element, hint, counter, error. */
export function inputBlock(block, ctx) {
  const e = block.element;
  const id = `${ctx.prefix}-${block.block_id}-${e.action_id}`;
  const error = ctx.errors?.[block.block_id] ?? "";
  const control = e.type in single ? textInput(e, block, ctx) : chooser(e, block, ctx);
  if (!control) return h("div", { class: "undrawn" }, icon("code"), `A “${e.type}”, which this page does not draw`);
  const choices = control.matches(".choices");
  const target = choices ? control : control.querySelector("input, textarea, select");
  target.id = id;
  const described = [];
  const message = h("p", { class: "input-error", id: `${id}-error`, role: "alert" }, error && [icon("warning"), h("span", {}, error)]);
  if (error) described.push(message.id);
  const hint = block.hint && h("p", { class: "input-hint", id: `${id}-hint` }, textObject(block.hint, ctx.names));
  if (hint) described.push(hint.id);
  if (described.length) target.setAttribute("aria-describedby", described.join(" "));
  if (error) target.setAttribute("aria-invalid", "true");
  if (!block.optional) target.setAttribute("aria-required", "true");
  const el = h(
    "div",
    { class: "input-block" },
    h("label", { for: id, id: `${id}-label` }, textObject(block.label, ctx.names), block.optional && h("span", { class: "optional" }, " (optional)")),
    control,
    message,
    hint,
  );
  if (choices) target.setAttribute("aria-labelledby", `${id}-label`);
  el.addEventListener("input", () => {
    target.removeAttribute("aria-invalid");
    message.replaceChildren();
    ctx.corrected?.(block.block_id);
  });
  return el;
}

function textInput(e, block, ctx) {
  const value = ctx.form.get(block.block_id, e.action_id);
  const props = { class: "text-input", value, placeholder: e.placeholder?.text ?? "", autocomplete: "off", spellcheck: false };
  const input = e.multiline ? h("textarea", { ...props, rows: 4 }) : h("input", { ...props, type: "text", inputMode: single[e.type] });
  if (e.focus_on_load) input.dataset.focusOnLoad = "";
  const most = e.max_length ?? 0;
  // Typing past the end is allowed, as in Slack, which then says so; counted in characters.
  const counter = most ? h("span", { class: "counter", "aria-hidden": "true" }) : null;
  const count = () => {
    if (!counter) return;
    const left = most - [...input.value].length;
    counter.textContent = String(left);
    counter.classList.toggle("near", left <= Math.min(25, most / 5));
    counter.classList.toggle("over", left < 0);
  };
  count();
  input.addEventListener("input", () => {
    ctx.form.set(block.block_id, e.action_id, input.value);
    count();
  });
  return h("div", { class: `text-field${e.multiline ? " multiline" : ""}` }, input, counter);
}

/** Selects, check boxes, radio buttons and dates; undefined for what is none of these. */
export function chooser(e, block, ctx) {
  if (e.type === "checkboxes" || e.type === "radio_buttons") return boxes(e, block, ctx);
  if (/^(date|time)picker$/.test(e.type)) return date(e, block, ctx);
  if (e.type === "external_select") return external(e, block, ctx);
  const options = optionsOf(e, ctx);
  if (!options) return undefined;
  const multiple = e.type.startsWith("multi_");
  // In an input block the block's label names it.
  const select = h("select", { class: "select", multiple, "aria-label": block.type === "input" ? undefined : (e.placeholder?.text ?? "Choose") });
  if (!multiple) select.append(h("option", { value: "" }, e.placeholder?.text ?? "Choose"));
  const chosen = chosenIn(e, block, ctx, multiple);
  for (const group of options) {
    const nodes = group.options.map((o) => h("option", { value: o.value, selected: chosen.has(o.value) }, o.label));
    select.append(...(group.label ? [h("optgroup", { label: group.label }, nodes)] : nodes));
  }
  const put = (value) => {
    const kept = new Set(multiple ? value.split(",") : [value]);
    for (const o of select.options) o.selected = kept.has(o.value);
  };
  select.addEventListener("change", () => changed(e, block, ctx, [...select.selectedOptions].map((o) => o.value).join(","), select, put));
  return h("div", { class: "select-field" }, select, !multiple && icon("chevron"));
}

function current(e, block, ctx) {
  if (ctx.form) return ctx.form.get(block.block_id, e.action_id);
  return chosenHere.get(e) ?? e.initial_options?.map((o) => o.value).join(",") ?? e.initial_option?.value ?? e.initial_conversation ?? e.initial_channel ?? e.initial_user ?? "";
}

function chosenIn(e, block, ctx, several) {
  const text = current(e, block, ctx);
  return new Set(several ? text.split(",") : [text]);
}

// What is chosen in messages, which have no form.
const chosenHere = new WeakMap();

/** A choice was made: asks, if the element wants that, and puts the old one back at a no. */
async function changed(e, block, ctx, value, control, put) {
  if (e.confirm && !(await confirmed(e.confirm, control, ctx))) return put(current(e, block, ctx));
  keep(e, block, ctx, value);
}

function keep(e, block, ctx, value, label) {
  if (ctx.form) ctx.form.set(block.block_id, e.action_id, value, label);
  else chosenHere.set(e, value);
  if (block.type !== "input" || block.dispatch_action) ctx.act(block.block_id, e, value);
}

function external(e, block, ctx) {
  const now = ctx.form
    ? { value: current(e, block, ctx), label: ctx.form.label(block.block_id, e.action_id) }
    : { value: e.initial_option?.value ?? "", label: e.initial_option?.text.text ?? "" };
  return finder(e, block, ctx, now, (option) => keep(e, block, ctx, option?.Value ?? "", option?.Text ?? ""));
}

function optionsOf(e, ctx) {
  const plain = (options) => (options ?? []).map((o) => ({ value: o.value, label: o.text.text }));
  switch (e.type.replace("multi_", "")) {
    case "static_select":
      return e.option_groups ? e.option_groups.map((g) => ({ label: g.label.text, options: plain(g.options) })) : [{ options: plain(e.options) }];
    case "conversations_select":
    case "channels_select":
      return [{ options: ctx.names.channels().map((c) => ({ value: c.id, label: c.label })) }];
    case "users_select":
      return [{ options: ctx.names.people().map((p) => ({ value: p.id, label: p.label })) }];
  }
  return undefined;
}

function boxes(e, block, ctx) {
  const one = e.type === "radio_buttons";
  const chosen = chosenIn(e, block, ctx, !one);
  const name = `${ctx.prefix}-${block.block_id}-${e.action_id}`;
  const group = h("div", { class: "choices", role: one ? "radiogroup" : "group" });
  for (const o of e.options) {
    const box = h("input", { type: one ? "radio" : "checkbox", name, value: o.value, checked: chosen.has(o.value) });
    group.append(h("label", { class: "choice" }, box, h("span", {}, textObject(o.text, ctx.names), o.description && h("small", {}, textObject(o.description, ctx.names)))));
  }
  const put = (value) => {
    const kept = new Set(value.split(","));
    for (const b of group.querySelectorAll("input")) b.checked = kept.has(b.value);
  };
  group.addEventListener("change", (event) => changed(e, block, ctx, [...group.querySelectorAll(":checked")].map((b) => b.value).join(","), event.target, put));
  return group;
}

function date(e, block, ctx) {
  const input = h("input", { type: e.type.replace("picker", ""), class: "text-input", value: current(e, block, ctx) });
  input.addEventListener("change", () => changed(e, block, ctx, input.value, input, (value) => (input.value = value)));
  return h("div", { class: "text-field" }, input);
}
