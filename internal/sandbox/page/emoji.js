// Slack's names for the emoji that work messages use. An unknown name stays as written.
const names = {
  white_check_mark: "✅", heavy_check_mark: "✔️", ballot_box_with_check: "☑️", x: "❌", no_entry: "⛔", no_entry_sign: "🚫",
  warning: "⚠️", rotating_light: "🚨", bell: "🔔", no_bell: "🔕", mega: "📣", loudspeaker: "📢",
  hourglass: "⌛", hourglass_flowing_sand: "⏳", stopwatch: "⏱️", alarm_clock: "⏰", clock1: "🕐", calendar: "📅", date: "📅",
  mag: "🔍", mag_right: "🔎", eyes: "👀", information_source: "ℹ️", question: "❓", grey_question: "❔", exclamation: "❗", bangbang: "‼️",
  email: "📧", "e-mail": "📧", envelope: "✉️", envelope_with_arrow: "📩", incoming_envelope: "📨", inbox_tray: "📥", outbox_tray: "📤", mailbox: "📫",
  office: "🏢", department_store: "🏬", house: "🏠", bust_in_silhouette: "👤", busts_in_silhouette: "👥", handshake: "🤝",
  memo: "📝", pencil: "✏️", pencil2: "✏️", clipboard: "📋", page_facing_up: "📄", bookmark: "🔖", label: "🏷️", link: "🔗", paperclip: "📎", pushpin: "📌",
  globe_with_meridians: "🌐", earth_africa: "🌍", satellite: "📡", electric_plug: "🔌", computer: "💻", desktop_computer: "🖥️", iphone: "📱", telephone_receiver: "📞",
  ticket: "🎫", admission_tickets: "🎟️", package: "📦", gear: "⚙️", wrench: "🔧", hammer_and_wrench: "🛠️", lock: "🔒", unlock: "🔓", key: "🔑", shield: "🛡️",
  arrow_right: "➡️", arrow_left: "⬅️", arrow_up: "⬆️", arrow_down: "⬇️", arrows_counterclockwise: "🔄", repeat: "🔁", leftwards_arrow_with_hook: "↩️", arrow_right_hook: "↪️",
  heavy_plus_sign: "➕", heavy_minus_sign: "➖", new: "🆕", ok: "🆗", up: "🆙", sos: "🆘", stop_sign: "🛑", construction: "🚧", wastebasket: "🗑️",
  red_circle: "🔴", large_orange_circle: "🟠", orange_circle: "🟠", large_yellow_circle: "🟡", yellow_circle: "🟡", large_green_circle: "🟢", green_circle: "🟢", large_blue_circle: "🔵", blue_circle: "🔵", white_circle: "⚪", black_circle: "⚫",
  wave: "👋", thumbsup: "👍", "+1": "👍", thumbsdown: "👎", "-1": "👎", clap: "👏", pray: "🙏", raised_hands: "🙌", point_right: "👉", point_up: "☝️", muscle: "💪",
  smile: "😄", slightly_smiling_face: "🙂", grin: "😁", joy: "😂", thinking_face: "🤔", cry: "😢", sweat_smile: "😅", tada: "🎉", sparkles: "✨", star: "⭐", fire: "🔥", rocket: "🚀", bulb: "💡", heart: "❤️", zap: "⚡", boom: "💥", robot_face: "🤖", coffee: "☕", checkered_flag: "🏁", triangular_flag_on_post: "🚩", chart_with_upwards_trend: "📈", moneybag: "💰", books: "📚", speech_balloon: "💬", thread: "🧵",
};

/** Replaces :names: of emoji in a text. */
export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => names[name] ?? whole);
}
