// A select whose choices the bot has: what is typed is sent to it, and it answers with a list.
import { h, icon } from "./dom.js";
import { confirmed } from "./dialog.js";

const pause = 200; // of the typing, before the bot is asked, in ms

let serial = 0;

/**
 * Draws an external_select as a combobox. `now` is { value, label }; `choose` is told of an
 * option {Value, Text}, or of null when the choice is taken away.
 */
export function finder(e, block, ctx, now, choose) {
  const id = `choices-${++serial}`;
  const input = h("input", {
    type: "text", class: "text-input", role: "combobox", value: now.label, placeholder: e.placeholder?.text ?? "Type to search", autocomplete: "off", spellcheck: false,
    "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id, "aria-label": block.type === "input" ? undefined : (e.placeholder?.text ?? "Search"),
  });
  const list = h("ul", { id, class: "choices-list", role: "listbox", "aria-label": "Choices", hidden: true });
  const note = h("p", { class: "choices-note", role: "status" });
  const el = h("div", { class: "select-field finder" }, input, icon("search"), list, note);
  let chosen = now, options = [], active = -1, asked = 0, waiting;

  const point = (i) => {
    active = i;
    [...list.children].forEach((row, n) => row.setAttribute("aria-selected", String(n === i)));
    const row = list.children[i];
    if (row) {
      input.setAttribute("aria-activedescendant", row.id);
      row.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  };
  const show = (rows, said) => {
    options = rows;
    note.textContent = said;
    list.hidden = !rows.length;
    input.setAttribute("aria-expanded", String(!!rows.length));
    list.replaceChildren(...rows.map((o, i) => h("li", { id: `${id}-${i}`, role: "option", "aria-selected": "false", on: { mousedown: (event) => { event.preventDefault(); take(i); } } }, o.Text)));
    if (rows.length) list.scrollIntoView({ block: "nearest" });
    point(rows.length ? 0 : -1);
  };
  const close = () => {
    clearTimeout(waiting);
    asked++;
    show([], "");
  };
  const ask = async () => {
    const mine = ++asked;
    const answer = await ctx.suggest(block.block_id, e, input.value);
    if (mine === asked && answer) show(answer.choices ?? [], answer.note ?? "");
  };
  const take = async (i) => {
    const option = options[i];
    close();
    if (e.confirm && !(await confirmed(e.confirm, input, ctx))) {
      input.value = chosen.label;
      return;
    }
    chosen = { value: option.Value, label: option.Text };
    input.value = option.Text;
    choose(option);
  };
  const type = () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, pause);
  };

  input.addEventListener("input", () => {
    if (input.value || !chosen.value) return type();
    close();
    chosen = { value: "", label: "" };
    choose(null);
  });
  input.addEventListener("focus", () => {
    if (e.min_query_length === 0 && !input.value) type();
  });
  input.addEventListener("blur", () => {
    close();
    input.value = chosen.label; // what was not chosen is not there
  });
  input.addEventListener("keydown", (event) => {
    if (list.hidden) {
      if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) event.preventDefault(); // the choices are still to come: no end of the form
      return;
    }
    const to = { ArrowDown: (active + 1) % options.length, ArrowUp: (active - 1 + options.length) % options.length, Home: 0, End: options.length - 1 }[event.key];
    if (to !== undefined) point(to);
    else if (event.key === "Enter") take(active);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  return el;
}
