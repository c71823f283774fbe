// Package halo speaks Halo PSA's API for one connection (one tenant).
//
// What it guarantees:
//
//   - A write is one POST. Nothing in here sends it a second time: not the transport, not a
//     redirect, not a retry; the one exception is a 401, which says that nothing was done, and
//     is answered with a new token, once.
//   - Every failure is an [*Error] whose [Outcome] says what it means for a write. It is
//     decided in one place, classify.
//   - Nothing that Halo lists is taken at its word: each list is held to what was asked of it
//     (see [Habit]), rows are compared here, and a client is returned as found only after it was
//     read by its id. Where the lists of a tenant are no proof, the whole list is read instead.
//   - Whatever Halo sends takes a bounded amount of memory.
//   - No error, log line or metric holds the client secret or a token, not even when Halo's
//     answer does.
//   - The ceiling of requests per minute holds for everything, the tokens included, and a create
//     goes before whatever only informs.
//
// Start reading at [Connection] and request.go, through which every call goes; then errors.go
// (outcomes), create.go (the write), find.go (looking before and after it), directory.go and
// sweep.go (the clients kept at hand, and how they are read), habits.go (what a tenant does
// otherwise). user.go, site.go and ticket.go are what filing needs, sender.go says whom a mail is
// from. What Halo's answers look like is known to decode.go and words.go only.
//
// Where a comment names a fact about Halo, it comes from Halo's OpenAPI document (served at
// {HALO_URL}/api/swagger) unless it says otherwise.
package halo
