// Package localhalo is a Halo PSA tenant in one process: enough of Halo's API to create
// clients and users, to move tickets, to set a site's e-mail domain, and to look for all of them,
// over real HTTP, with the real one's rules and omissions. The sandbox shows it to people; the tests hold the bot against it.
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
//   - Two identical creates make two clients, or two users. There is no idempotency key.
//   - Halo makes a main site with each client. A user needs a site's id; another one moves them.
//   - A ticket is moved with its client, site and user together, as numbers, while it is open. It
//     takes edit:tickets, which reads too.
//   - [Server.Receive] is Halo's intake of mail: known addresses and sites' e-mail domains find
//     their client, the rest goes to the catch-all client.
//
// Where the sources are silent it takes the stricter reading: the scope is not assumed when
// none is asked for, edit:customers does not include reading, search covers names only, and
// the domain filter filters nothing.
//
// Start reading at [Server] and [Options]; then list.go and write.go for the rules that all
// share, and create.go, users.go, sites.go and tickets.go for those of each; fault.go for what can
// be made to go wrong ([Server.Inject]), lists.go for lists that are not what was asked for
// ([Server.Ignore]), and hold.go for stopping a request in the middle ([Server.Hold]).
package localhalo
