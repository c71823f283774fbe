// Dialogs: one at a time takes the keyboard, Tab stays inside, Escape leaves.
import { h } from "./dom.js";
import { textObject } from "./mrkdwn.js";

const focusable = "a[href], button:not([disabled]), input:not([disabled]), select:not([disabled]), textarea:not([disabled]), [tabindex='0']";

/** Keeps Tab within el and calls `leave` on Escape, while el is in the page. */
export function trap(el, leave) {
  el.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      event.preventDefault();
      leave();
      return;
    }
    if (event.key !== "Tab") return;
    const stops = [...el.querySelectorAll(focusable)].filter((s) => s.offsetParent !== null);
    if (!stops.length) {
      event.preventDefault();
      el.focus();
      return;
    }
    const first = stops[0], last = stops[stops.length - 1];
    const at = document.activeElement;
    if (event.shiftKey && (at === first || at === el)) {
      event.preventDefault();
      last.focus();
    } else if (!event.shiftKey && at === last) {
      event.preventDefault();
      first.focus();
    }
  });
}

/** Puts the keyboard where a person would want it: the marked element, a field, what goes on; never where one gives up. */
export function focusFirst(el) {
  const wanted = ["[data-focus-on-load]", ".modal-body :is(input, textarea, select)", ".modal-body :is(button, a[href])", ".modal-foot .primary"];
  const stop = wanted.flatMap((selector) => [...el.querySelectorAll(selector)]).find((s) => s.offsetParent !== null);
  (stop ?? el).focus({ preventScroll: true });
}

/** Asks with Slack's confirm object, next to what was clicked; resolves to a boolean. */
export function confirmed(object, from, ctx) {
  return new Promise((resolve) => {
    const host = from.closest(".pane") ?? document.body;
    const say = (o, otherwise) => (o ? textObject(o, ctx.names) : otherwise);
    const end = (answer) => {
      veil.remove();
      from.focus();
      resolve(answer);
    };
    const id = `confirm-${Date.now()}`;
    const box = h(
      "div",
      { class: "dialog", role: "alertdialog", "aria-modal": "true", "aria-labelledby": `${id}-title`, "aria-describedby": `${id}-text`, tabIndex: -1 },
      h("h2", { id: `${id}-title` }, say(object.title, "Are you sure?")),
      h("div", { class: "text", id: `${id}-text` }, say(object.text, "")),
      h(
        "div",
        { class: "dialog-foot" },
        h("button", { type: "button", class: "button", on: { click: () => end(false) } }, say(object.deny, "Cancel")),
        h("button", { type: "button", class: `button ${object.style ?? "primary"}`, on: { click: () => end(true) } }, say(object.confirm, "OK")),
      ),
    );
    const veil = h("div", { class: "veil over" }, box);
    trap(box, () => end(false));
    host.append(veil);
    box.querySelector(".dialog-foot .button:last-child").focus();
  });
}
