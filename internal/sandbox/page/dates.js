// Slack's dates: a moment in the reader's own clock, by a format with tokens
// (docs.slack.dev/messaging/formatting-message-text, "Date formatting").
import { h } from "./dom.js";

const format = (options) => {
  const f = new Intl.DateTimeFormat(undefined, options);
  return (date) => f.format(date);
};
const day = { short: format({ month: "short", day: "numeric", year: "numeric" }), plain: format({ dateStyle: "long" }), long: format({ dateStyle: "full" }) };

/** "today", "yesterday" or "tomorrow", else as `otherwise` says. */
const pretty = (otherwise) => (date) => {
  const midnight = (d) => new Date(d).setHours(0, 0, 0, 0);
  const days = Math.round((midnight(date) - midnight(Date.now())) / 864e5);
  return { 0: "today", [-1]: "yesterday", 1: "tomorrow" }[days] ?? otherwise(date);
};

function ago(date) {
  const seconds = (date - Date.now()) / 1000;
  const [unit, size] = [["day", 86400], ["hour", 3600], ["minute", 60]].find(([, s]) => Math.abs(seconds) >= s) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(Math.round(seconds / size), unit);
}

const tokens = {
  date: day.plain, date_num: format({ year: "numeric", month: "2-digit", day: "2-digit" }), date_short: day.short, date_long: day.long,
  date_slash: format({ year: "numeric", month: "2-digit", day: "2-digit" }),
  date_pretty: pretty(day.plain), date_short_pretty: pretty(day.short), date_long_pretty: pretty(day.long), day_divider_pretty: pretty(day.long), date_long_full: day.long,
  time: format({ hour: "numeric", minute: "2-digit" }), time_secs: format({ hour: "numeric", minute: "2-digit", second: "2-digit" }), ago,
};

/** The moment, as the format says; what it says otherwise when it is none. */
export function drawDate(seconds, how, fallback) {
  const date = new Date(Number(seconds) * 1000);
  if (!seconds || isNaN(date)) return fallback || "";
  const text = (how || "{date_short_pretty} at {time}").replace(/\{(\w+)\}/g, (whole, name) => tokens[name]?.(date) ?? whole);
  return h("time", { dateTime: date.toISOString(), title: `${day.long(date)}, ${tokens.time(date)}` }, text);
}
