// Package blockkit holds Block Kit JSON against the limits that Slack enforces.
//
// [Validate] takes the raw JSON of a modal, a home tab or a message's blocks and answers with
// what Slack would put into response_metadata.messages: one [Problem] per fault, each with a
// JSON pointer. No problems means that Slack takes it, as far as the limits are documented.
// Lengths are counted in characters (code points), never bytes.
//
// The rules are tables: views.go has the two kinds of view, blocks.go the blocks with the
// surfaces they may stand on, elements.go the elements with the blocks they may stand in,
// objects.go the composition objects (text, option, confirm, …), richtext.go what is inside
// rich text. rules.go is the little language that the tables are written in.
//
// Sources: docs.slack.dev/reference/block-kit, and the limits coded in Slack's own SDKs for
// Python and Node. Where they disagree, the stricter one counts. A few young block types
// (cards, data tables, …) are known by name and place only: their inner limits are not held.
package blockkit
