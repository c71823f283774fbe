// Package draft knows what a client is before Halo knows it: the rules of its fields,
// what makes two websites the same, whose a domain is, and how an alert of an unknown sender
// becomes a filled-in draft.
//
// The package is pure: it opens no connection, keeps no state and meets neither Slack nor
// Halo, so that every rule here can be tested by a table. What it is given is written by
// strangers in the end (a mail's sender, a button's value): no input makes it panic, and
// what it returns is valid UTF-8 within the stated limits. Lengths are counted in
// characters (Unicode code points), never in bytes.
//
// Start with [Fields], [Draft.Validate] and [ParseWebsite] for what may be stored; with
// [NobodyOf] and [Company] for domains; with [ParseCommand], [ParseAlert],
// [ReadMail] and [Rules.ReadMessage] for who wrote; with [Templates] for what
// fills in the modal.
package draft
