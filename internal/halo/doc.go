// Package halo speaks Halo PSA's API for one connection (one tenant).
//
// What it guarantees:
//
//   - A create is one POST. Nothing in here sends it a second time: not the transport, not a
//     redirect, not a retry; the one exception is a 401, which says that nothing was done, and
//     is answered with a new token, once.
//   - Every failure is an [*Error] whose [Outcome] says what it means for a create. It is
//     decided in one place, classify.
//   - Nothing that Halo lists is taken at its word: rows are compared here, and a client is
//     returned as found only after it was read by its id.
//   - No error, log line or metric holds the client secret or a token, not even when Halo's
//     answer does.
//   - The ceiling of requests per minute holds for everything, the tokens included, and people
//     never wait behind more than one page of the directory.
//
// Start reading at [Connection] and request.go, through which every call goes; then errors.go
// (outcomes), create.go (the write), find.go (looking before and after it) and directory.go
// (the clients kept at hand). What Halo's answers look like is known to decode.go and words.go
// only.
//
// Where a comment names a fact about Halo, it comes from Halo's OpenAPI document (served at
// {HALO_URL}/api/swagger) unless it says otherwise.
package halo
