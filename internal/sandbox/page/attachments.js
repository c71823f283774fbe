// What hangs on a message: attachments of the old kind or with blocks, and files.
import { h, icon } from "./dom.js";
import { drawBlocks } from "./blocks.js";
import { link, mrkdwn } from "./mrkdwn.js";

const named = { good: "#2eb67d", warning: "#ecb22e", danger: "#e01e5a" };

/** Draws a message's attachments; those that were shared are only to be looked at. */
export function drawAttachments(list, ctx) {
  return (list ?? []).map((a) => {
    const color = named[a.color] ?? (/^#?[0-9a-f]{6}$/i.test(a.color ?? "") ? `#${a.color.replace("#", "")}` : "");
    const shared = (a.message_blocks ?? []).flatMap((m) => m.message?.blocks ?? []);
    const text = (value) => value && h("div", { class: "text" }, mrkdwn(String(value), ctx.names));
    return h(
      "div",
      { class: "attachment" },
      text(a.pretext),
      h(
        "div",
        { class: "attachment-body", style: color ? { "border-color": color } : {} },
        (a.author_name || a.service_name) && h("p", { class: "attachment-author" }, a.author_name || a.service_name),
        a.title && h("p", { class: "attachment-title" }, a.title_link ? link(a.title_link, a.title) : a.title),
        shared.length ? h("div", { class: "blocks" }, drawBlocks(shared, { ...ctx, act: async () => {} })) : text(a.text),
        a.fields && h("div", { class: "fields" }, a.fields.map((f) => h("div", { class: "text" }, h("strong", {}, f.title), h("br"), mrkdwn(String(f.value ?? ""), ctx.names)))),
        a.blocks && h("div", { class: "blocks" }, drawBlocks(a.blocks, ctx)),
        a.files && drawFiles(a.files),
        a.footer && h("p", { class: "attachment-author" }, a.footer),
      ),
    );
  });
}

/** Draws a message's files: a mail with its head and text, anything else by name. */
export function drawFiles(files) {
  return (files ?? []).map((f) => {
    if (f.filetype !== "email") return h("div", { class: "undrawn" }, icon("external"), f.name ?? f.title ?? "A file");
    const people = (list) => (list ?? []).map((m) => m.original || m.address).join(", ");
    return h(
      "details",
      { class: "mail-file" },
      h("summary", {}, icon("mail"), h("strong", {}, f.subject || "(no subject)"), h("span", {}, ` from ${people(f.from)}`)),
      f.to?.length > 0 && h("p", { class: "attachment-author" }, `To ${people(f.to)}`),
      f.cc?.length > 0 && h("p", { class: "attachment-author" }, `Cc ${people(f.cc)}`),
      h("pre", {}, f.plain_text ?? ""),
    );
  });
}
