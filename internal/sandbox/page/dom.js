// Building the page's elements. Text always goes in as text, never as markup, so that
// nothing a person, a mail or the bot wrote can become part of the page.

/**
 * Makes an element. Props: `class`, `on` (event handlers by name), `style` (an object),
 * anything with a dash or in `attributes` as an attribute, everything else as a property.
 * Children may be nodes, strings, arrays, or null for nothing.
 */
export function h(tag, props = {}, ...children) {
  const el = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") el.className = value;
    else if (key === "on") for (const [event, f] of Object.entries(value)) el.addEventListener(event, f);
    else if (key === "style") for (const [name, v] of Object.entries(value)) el.style.setProperty(name, v);
    else if (key === "dataset") Object.assign(el.dataset, value);
    else if (key.includes("-") || attributes.has(key)) el.setAttribute(key, value === true ? "" : value);
    else el[key] = value;
  }
  append(el, children);
  return el;
}

const attributes = new Set(["role", "for", "list", "form", "width", "height", "colspan"]);

export function append(el, children) {
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) el.append(child);
  }
  return el;
}

/**
 * Makes `parent`'s children be one node per item, in the items' order. A node is kept as
 * long as its item's key and signature stay the same, so focus, selection and scrolling
 * survive what did not change.
 */
export function reconcile(parent, items, key, signature, render) {
  const kept = new Map(), keys = new Set(items.map(key));
  for (const node of [...parent.children]) {
    if (keys.has(node.reconcileKey)) kept.set(node.reconcileKey, node);
    // First of all, so that nothing below it is moved: a node that is moved loses the keyboard and a click under way.
    else if (node.reconcileKey !== undefined) node.remove();
  }
  let next = parent.firstElementChild;
  for (const item of items) {
    const k = key(item), sig = signature(item);
    let node = kept.get(k);
    if (!node || node.reconcileSignature !== sig) {
      const fresh = render(item, node);
      fresh.reconcileKey = k;
      fresh.reconcileSignature = sig;
      if (node) {
        if (next === node) next = fresh;
        node.replaceWith(fresh);
      }
      node = fresh;
    }
    if (node === next) next = node.nextElementSibling;
    else parent.insertBefore(node, next);
  }
}

const svg = "http://www.w3.org/2000/svg";

// Drawings on a 20 × 20 grid, lines of 1.6.
const drawings = {
  hash: ["M7.5 3.5l-1.5 13", "M14 3.5l-1.5 13", "M3.5 7.5h13.5", "M3 12.5h13.5"],
  lock: ["M5 9.5h10v7H5z", "M7 9.5V7a3 3 0 0 1 6 0v2.5"],
  people: ["M8 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6z", "M2.5 16.5c0-3 2.5-4.5 5.5-4.5s5.5 1.5 5.5 4.5", "M13 4a2.8 2.8 0 0 1 0 5.5", "M15 12.300c1.6.7 2.5 2.2 2.5 4.2"],
  close: ["M5 5l10 10", "M15 5L5 15"],
  back: ["M12 4.500L6.5 10l5.5 5.5"],
  next: ["M8 4.500L13.5 10 8 15.5"],
  send: ["M3.5 10L3 3.5 17.5 10 3 16.500z", "M3.5 10h6"],
  plus: ["M10 4v12", "M4 10h12"],
  reply: ["M3.5 5.500h13v8.500h-7l-3 2.500V14h-3z"],
  bolt: ["M11 2.500L4.5 11.500H9.500L9 17.500l6.5-9H10.500z"],
  search: ["M8.8 14.100a5.3 5.3 0 1 0 0-10.6 5.3 5.3 0 0 0 0 10.600z", "M12.8 12.800l4 4"],
  sun: ["M10 13.200a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.400z", "M10 2.500v1.500M10 16v1.500M2.5 10H4M16 10h1.500M4.7 4.700l1 1M14.3 14.300l1 1M15.3 4.700l-1 1M5.7 14.300l-1 1"],
  moon: ["M16.5 11.800A7 7 0 1 1 8.2 3.500a5.6 5.6 0 0 0 8.3 8.300z"],
  code: ["M7 6l-4 4 4 4", "M13 6l4 4-4 4"],
  mail: ["M3 5h14v10.500H3z", "M3.5 5.500L10 11l6.5-5.5"],
  sliders: ["M4 4v12M10 4v12M16 4v12", "M2.5 12.500h3M8.5 7.500h3M14.5 11h3"],
  building: ["M4.5 17V4h7v13", "M11.5 8.500h4V17", "M3 17h14", "M7 7h2M7 10h2M7 13h2"],
  home: ["M3.5 9.500L10 4l6.5 5.5", "M5.5 8.500v8h9v-8"],
  more: ["M4.8 10h.4M9.8 10h.4M14.8 10h.4"],
  warning: ["M10 3.500L17.5 16.500h-15z", "M10 8.500v3.500M10 14.200v.2"],
  external: ["M11 4h5v5", "M16 4l-7 7", "M13.5 11.500V16H4V6.500h4.5"],
  chevron: ["M5.5 8l4.5 4.500L14.5 8"],
  check: ["M4 10.500l4 4 8-9"],
  help: ["M10 16.800a6.8 6.8 0 1 0 0-13.600 6.8 6.8 0 0 0 0 13.600z", "M8 8.200a2 2 0 1 1 2.800 1.800c-.6.3-.8.700-.8 1.300", "M10 13.400v.1"],
  ticket: ["M3 6h14v2.500a1.500 1.500 0 0 0 0 3V14H3v-2.500a1.500 1.500 0 0 0 0-3z", "M12 6v8"],
  lifebuoy: ["M10 16.500a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13z", "M10 12.600a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2z", "M5.500 5.500l2.600 2.600M14.500 5.500l-2.600 2.600M5.500 14.500l2.600-2.600M14.500 14.500l-2.600-2.600"],
};

/** A drawing, hidden from screen readers: its control carries the name. */
export function icon(name) {
  const el = document.createElementNS(svg, "svg");
  el.setAttribute("viewBox", "0 0 20 20");
  el.setAttribute("class", "icon");
  el.setAttribute("aria-hidden", "true");
  for (const d of drawings[name]) {
    const path = document.createElementNS(svg, "path");
    path.setAttribute("d", d);
    el.append(path);
  }
  return el;
}

/** A person's or an app's picture: initials on a colour that stays theirs. */
export function avatar(name, id, kind = "") {
  const initials = name.split(/[\s-]+/).map((w) => [...w][0] || "").slice(0, 2).join("").toUpperCase();
  let n = 0;
  for (const c of id) n = (n * 31 + c.codePointAt(0)) >>> 0;
  return h("span", { class: `avatar hue-${n % 8} ${kind}`, "aria-hidden": "true" }, kind.startsWith("app") ? icon("building") : initials);
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/** A time of day, with the whole date as its tooltip. */
export function time(date) {
  return h("time", { dateTime: date.toISOString(), title: full.format(date) }, clock.format(date));
}

export function dayOf(date) {
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 864e5);
  return days === 0 ? "Today" : days === 1 ? "Yesterday" : day.format(date);
}

/** A message's ts as a date. */
export const dateOf = (ts) => new Date(parseFloat(ts) * 1000);
