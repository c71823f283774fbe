// Package localhalo is a Halo PSA tenant in one process: enough of Halo's API to create
// clients, look for them and read them, over real HTTP, with the real one's rules and
// omissions. The sandbox shows it to people; the tests hold the bot against it.
//
// It was written from Halo's OpenAPI document and from what Halo's other callers report, and
// it never bends to what the bot does:
//
//   - Every API call needs a bearer token from /auth/token, which expires; without one the
//     answer is a 401 with nothing in it. A scope that lacks is a 403 with nothing in it.
//   - The client list leaves the website out unless include_website=true, notes unless
//     includenotes=true, inactive clients unless includeinactive=true, and trading name and
//     domain always. It pages only with pageinate=true (Halo's spelling), at most 100 rows a
//     page, and page_size counts only beside a page_no: without one it is 50 rows.
//   - A create is a POST of a JSON array. An element with an id is an update. Fields that
//     Halo does not know are ignored without a word; [Server.UnknownFields] tells a test of
//     them. A fraction where a whole number is due is refused, 95.0 too.
//   - Two identical creates make two clients. There is no idempotency key.
//
// Where the sources are silent it takes the stricter reading: the scope is not assumed when
// none is asked for, edit:customers does not include reading, search covers names only, and
// the domain filter filters nothing.
//
// Start reading at [Server] and [Options]; then list.go and create.go for the rules, fault.go
// for what can be made to go wrong ([Server.Inject]) and hold.go for stopping a request in
// the middle ([Server.Hold]).
package localhalo
