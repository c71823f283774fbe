// What a person sees and can point at, for the tests of the page.
window.eyes = (() => {
  const patience = 15000;
  const shown = (el) => {
    if (!el.getClientRects().length) return false;
    const s = getComputedStyle(el);
    return s.visibility !== "hidden" && s.display !== "none";
  };
  const squeeze = (text) => text.replace(/\s+/g, " ").trim();
  const byID = (ids) => (ids ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join(" ");
  const name = (el) =>
    squeeze(el.getAttribute("aria-label") || byID(el.getAttribute("aria-labelledby")) || (el.labels?.length ? [...el.labels].map((l) => l.textContent).join(" ") : "") || el.textContent || el.title || "");

  // Looks again whenever the page changes, and sometimes besides.
  const until = (f, what) =>
    new Promise((resolve, reject) => {
      const look = () => {
        let v;
        try { v = f(); } catch (e) { end(); reject(e); return; }
        if (v !== undefined && v !== false && v !== null) { end(); resolve(v); }
      };
      const observer = new MutationObserver(look);
      const ticking = setInterval(look, 100);
      const giveUp = setTimeout(() => { end(); reject(new Error("in vain: " + what())); }, patience);
      const end = () => { observer.disconnect(); clearInterval(ticking); clearTimeout(giveUp); };
      observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
      look();
    });

  const part = (named) => {
    if (!named) return document.body;
    const all = [...document.querySelectorAll("section, [role=dialog], [role=alertdialog], nav, article")].filter((el) => shown(el) && name(el).startsWith(named));
    return all.at(-1);
  };
  const textOf = (el) => squeeze(el?.innerText ?? "");
  const clickable = "button, a, [role=tab], [role=switch], input[type=checkbox], summary, tr";
  const find = (named, where) => {
    const root = part(where);
    if (!root) return null;
    const all = [...root.querySelectorAll(clickable)].filter(shown);
    return all.find((el) => name(el) === named) ?? all.find((el) => name(el).startsWith(named)) ?? null;
  };
  const field = (label) => {
    const dialog = [...document.querySelectorAll("[role=dialog]")].filter(shown).at(-1);
    for (const root of [dialog, document]) {
      const el = root && [...root.querySelectorAll("input, textarea, select")].find((f) => shown(f) && name(f).startsWith(label));
      if (el) return el;
    }
    return null;
  };

  return {
    until, name,
    sees: (text, where) => until(() => textOf(part(where)).includes(squeeze(text)), () => `to see ${text} in ${where ?? "the page"}`),
    seesNo: (text) => until(() => !textOf(document.body).includes(squeeze(text)), () => `no longer to see ${text}`),
    // The middle of a thing that can be clicked, once it lies still and nothing covers it.
    place: (named, where) => {
      let last = "";
      return until(() => {
        const el = find(named, where);
        if (!el || el.disabled || el.closest("[inert]")) return null;
        el.scrollIntoView({ block: "nearest", behavior: "instant" });
        const r = el.getBoundingClientRect();
        const x = r.x + r.width / 2, y = r.y + r.height / 2;
        const still = last === `${x} ${y}`;
        last = `${x} ${y}`;
        const top = document.elementFromPoint(x, y);
        return still && top && (el === top || el.contains(top) || top.contains(el) || top.closest("label")?.control === el) ? [x, y] : null;
      }, () => `to click ${named} in ${where || "the page"}`);
    },
    select: (label) => until(() => {
      const el = field(label);
      if (!el || el.closest("[inert]")) return null;
      el.focus();
      el.select?.();
      return document.activeElement === el;
    }, () => `a field ${label}`),
    value: (label) => until(() => field(label)?.value ?? null, () => `a field ${label}`),
    choose: (label, option) => until(() => {
      const el = field(label);
      const o = el && [...el.options].find((one) => one.textContent.startsWith(option));
      if (!o) return null;
      el.value = o.value;
      el.dispatchEvent(new Event("input", { bubbles: true }));
      el.dispatchEvent(new Event("change", { bubbles: true }));
      return true;
    }, () => `a choice ${option} in ${label}`),
    keyboard: () => name(document.activeElement) || document.activeElement.tagName,
  };
})();
