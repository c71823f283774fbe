// Block Kit, drawn from the JSON that the bot sent (docs.slack.dev/reference/block-kit).
import { drawDate } from "./dates.js";
import { h, icon } from "./dom.js";
import { mrkdwn, textObject } from "./mrkdwn.js";
import { confirmed } from "./dialog.js";
import { inputBlock, chooser } from "./inputs.js";

/** What was done with an element: a button has its own value, everything else what was chosen. */
export const used = (element, value) => (value === undefined ? { value: element.value ?? "" } : { value, chosen: true });

/**
 * Draws blocks. The context says what they stand in:
 *   names    what people and channels are called
 *   act      told of clicks and choices: act(block_id, element, value), a promise
 *   suggest  asks for the choices of an external select: suggest(block_id, element, text)
 *   form     what is typed and chosen, in a modal or home tab
 *   errors   sentences by block_id, in a modal
 *   prefix   makes element ids unique in the page
 */
export function drawBlocks(blocks, ctx) {
  return blocks.map((block) => {
    const draw = kinds[block.type] ?? unknown;
    const el = draw(block, ctx);
    el.classList.add("block");
    return el;
  });
}

const kinds = {
  section(block, ctx) {
    return h(
      "div",
      { class: "section" },
      h(
        "div",
        { class: "section-body" },
        block.text && h("div", { class: "text" }, textObject(block.text, ctx.names)),
        block.fields && h("div", { class: "fields" }, block.fields.map((f) => h("div", { class: "text" }, textObject(f, ctx.names)))),
      ),
      block.accessory && h("div", { class: "accessory" }, element(block.accessory, block, ctx)),
    );
  },
  header: (block, ctx) => h("h3", { class: "header-block" }, textObject(block.text, ctx.names)),
  divider: () => h("hr"),
  alert: (block, ctx) => h("div", { class: `alert ${block.level ?? "default"}` }, icon("warning"), h("div", { class: "text" }, textObject(block.text, ctx.names))),
  context(block, ctx) {
    return h(
      "div",
      { class: "context" },
      block.elements.map((e) => (e.type === "image" ? picture(e, "small") : h("span", { class: "text" }, textObject(e, ctx.names)))),
    );
  },
  actions: (block, ctx) => h("div", { class: "actions" }, block.elements.map((e) => element(e, block, ctx))),
  input: (block, ctx) => inputBlock(block, ctx),
  image(block, ctx) {
    return h("figure", {}, block.title && h("figcaption", {}, textObject(block.title, ctx.names)), picture(block, "large"));
  },
  rich_text: (block, ctx) => h("div", { class: "text" }, block.elements.map((part) => richPart(part, ctx))),
  markdown: (block, ctx) => h("div", { class: "text" }, mrkdwn(block.text.replace(/\*\*(.+?)\*\*/g, "*$1*"), ctx.names)),
};

function unknown(block) {
  return h("div", { class: "undrawn" }, icon("code"), `A “${block.type}” block, which this page does not draw`);
}

/** A picture is named, not fetched: nothing is loaded from other hosts. */
function picture(image, size) {
  const url = image.image_url || "";
  if (url.startsWith("data:image/")) return h("img", { src: url, alt: image.alt_text, class: `picture ${size}` });
  return h("span", { class: `picture ${size} absent`, role: "img", "aria-label": image.alt_text, title: url }, size === "large" ? image.alt_text : "");
}

function element(e, block, ctx) {
  switch (e.type) {
    case "button":
    case "workflow_button":
      return button(e, block, ctx);
    case "image":
      return picture(e, "medium");
    case "overflow":
      return overflow(e, block, ctx);
  }
  return chooser(e, block, ctx) ?? unknown(e);
}

function button(e, block, ctx) {
  const style = e.style ? ` ${e.style}` : "";
  const text = textObject(e.text, ctx.names);
  // A link button also tells the app of the click.
  if (e.url) {
    return h(
      "a",
      { class: `button${style}`, href: safeURL(e.url), target: "_blank", rel: "noopener noreferrer", "aria-label": e.accessibility_label, on: { click: () => ctx.act(block.block_id, e) } },
      text,
    );
  }
  const el = h("button", { type: "button", class: `button${style}`, "aria-label": e.accessibility_label }, text);
  el.addEventListener("click", async () => {
    if (e.confirm && !(await confirmed(e.confirm, el, ctx))) return;
    el.classList.add("pending");
    try {
      await ctx.act(block.block_id, e);
    } finally {
      el.classList.remove("pending");
    }
  });
  return el;
}

function safeURL(url) {
  try {
    const parsed = new URL(url);
    return ["http:", "https:", "mailto:"].includes(parsed.protocol) ? parsed.href : undefined;
  } catch {
    return undefined;
  }
}

function overflow(e, block, ctx) {
  const select = h(
    "select",
    { class: "overflow", "aria-label": "More" },
    h("option", { value: "" }, "…"),
    e.options.map((o, i) => h("option", { value: String(i) }, o.text.text)),
  );
  select.addEventListener("change", () => {
    const option = e.options[Number(select.value)];
    select.value = "";
    ctx.act(block.block_id, e, option.value);
  });
  return select;
}

function richPart(part, ctx) {
  const inside = (elements) => elements.map((e) => richElement(e, ctx));
  switch (part.type) {
    case "rich_text_preformatted":
      return h("pre", {}, inside(part.elements));
    case "rich_text_quote":
      return h("blockquote", {}, inside(part.elements));
    case "rich_text_list":
      return h(part.style === "ordered" ? "ol" : "ul", {}, part.elements.map((item) => h("li", {}, inside(item.elements))));
  }
  return h("p", {}, inside(part.elements ?? []));
}

function richElement(e, ctx) {
  switch (e.type) {
    case "user":
      return h("span", { class: "mention" }, "@" + ctx.names.person(e.user_id));
    case "channel":
      return h("span", { class: "mention" }, "#" + ctx.names.channel(e.channel_id));
    case "broadcast":
      return h("span", { class: "mention loud" }, "@" + e.range);
    case "date": {
      const date = drawDate(e.timestamp, e.format, e.fallback);
      return e.url && safeURL(e.url) ? h("a", { href: safeURL(e.url), target: "_blank", rel: "noopener noreferrer" }, date) : date;
    }
    case "usergroup":
      return h("span", { class: "mention" }, "@group");
    case "color":
      return h("code", {}, e.value);
    case "emoji":
      return textObject({ type: "plain_text", text: `:${e.name}:`, emoji: true }, ctx.names)[0];
  }
  const label = e.text ?? e.url ?? "";
  let node = e.type === "link" && safeURL(e.url) ? h("a", { href: safeURL(e.url), target: "_blank", rel: "noopener noreferrer" }, label) : label;
  for (const [style, tag] of [["code", "code"], ["bold", "strong"], ["italic", "em"], ["strike", "s"], ["underline", "u"]]) {
    if (e.style?.[style]) node = h(tag, {}, node);
  }
  return node;
}
