// What a person sees and can point at, for the tests of the page.
window.eyes = (() => {
  const patience = 30000; // machines that build and test at once are slow
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

  const rgba = (css) => {
    const n = (css.match(/[\d.]+/g) ?? []).map(Number);
    const unit = css.startsWith("color(") ? 255 : 1;
    return [n[0] * unit, n[1] * unit, n[2] * unit, n[3] ?? 1];
  };
  const over = (top, under) => top.slice(0, 3).map((c, i) => c * top[3] + under[i] * (1 - top[3]));
  // What lies behind an element, as far as plain colours go.
  const behind = (el) => {
    const layers = [];
    for (let e = el; e; e = e.parentElement) {
      const c = rgba(getComputedStyle(e).backgroundColor);
      if (c[3] > 0) layers.push(c);
      if (c[3] === 1) break;
    }
    return layers.reduceRight((under, layer) => over(layer, under), [255, 255, 255]);
  };
  const light = (c) => {
    const [r, g, b] = c.map((v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (el) => {
    const under = behind(el);
    const a = light(over(rgba(getComputedStyle(el).color), under)), b = light(under);
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  const faded = (el) => {
    for (let e = el; e; e = e.parentElement) if (e.disabled || e.inert || Number(getComputedStyle(e).opacity) < 1) return true;
    return false;
  };

  const within = (target, el) => el.contains(target) || target.closest("label")?.control === el;
  // A page that is drawn anew between the look and the click, or between a button's down and up,
  // has the click go elsewhere.
  let hit = true;
  const aim = (named, el) => {
    hit = false;
    const seen = (e) => { hit = el.isConnected ? within(e.target, el) : name(e.target.closest(clickable) ?? e.target).startsWith(named); };
    window.addEventListener("click", seen, { capture: true, once: true });
  };

  return {
    until, name,
    hit: () => hit,
    // Texts that are harder to read than WCAG's AA allows.
    hardToRead: () => {
      const found = [];
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      for (let node; (node = walker.nextNode()); ) {
        const el = node.parentElement;
        if (!node.data.trim() || el.tagName === "OPTION" || !shown(el) || faded(el)) continue;
        const ratio = contrast(el);
        const s = getComputedStyle(el);
        const big = parseFloat(s.fontSize) >= 24 || (parseFloat(s.fontSize) >= 18.6 && Number(s.fontWeight) >= 700);
        if (ratio < (big ? 3 : 4.5)) found.push(`${ratio.toFixed(2)} ${node.data.trim().slice(0, 40)}`);
      }
      return [...new Set(found)];
    },
    sees: (text, where) => until(() => textOf(part(where)).includes(squeeze(text)), () => `to see ${text} in ${where ?? "the page"}`),
    seesNo: (text) => until(() => !textOf(document.body).includes(squeeze(text)), () => `no longer to see ${text}`),
    // The middle of a thing that can be clicked, once it lies still and nothing covers it.
    place: (named, where) => {
      let last = "", since = 0;
      return until(() => {
        const el = find(named, where);
        if (!el || el.disabled || el.closest("[inert]")) return null;
        el.scrollIntoView({ block: "nearest", behavior: "instant" });
        const r = el.getClientRects()[0]; // the first line of a link that is broken
        const x = r.x + r.width / 2, y = r.y + r.height / 2;
        // What is drawn later, the tour and the state of the bot among it, moves what is below it.
        if (last !== `${x} ${y}`) since = performance.now();
        last = `${x} ${y}`;
        const still = performance.now() - since > 250;
        const top = document.elementFromPoint(x, y);
        if (!still || !top || !within(top, el)) return null;
        aim(named, el);
        return [x, y];
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
