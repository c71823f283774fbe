// Package onboarding is the life of a request, from accepted to announced.
//
// It guarantees, whatever dies in between:
//
//   - at most one client is ever created for a request's key;
//   - a request that [Service.Submit] accepted ends in an [Outcome], and the announcer is
//     called until it has told people of it;
//   - requests for the same company (connection, and host or name) are worked on one after
//     the other, so that the second sees what the first created.
//
// Halo has no idempotency key and does not refuse duplicates, so the guarantee is made here:
// before each POST the intent to send is committed together with the POST's deadline; a POST
// without a recorded answer is never simply sent again, it is looked for by its key until it
// is found or can no longer turn up.
//
// Requests are River jobs, in a SQLite file or in Postgres. Start reading at [Request] and
// [State], then work.go (what happens to a request), settle.go (what happens to a create that
// was not answered), wait.go (what is waited for), tell.go (how its end is told) and submit.go
// (how it is stored). queue.go, statements.go, select.go, database.go and check.go alone know
// River's drivers, unstable.go holds what rests on their unstable interface, lease.go alone knows
// which processes are alive, and clock.go alone takes the time. What is kept beside the work is on
// the shelf (shelf.go). Another database would have to pass StoreConforms (store_test.go), as
// SQLite, Postgres and the tests' own, in memory, do.
//
// Three other things are kept and worked on in the same way, each as a job of its own kind: what
// follows a client (filing.go; file.go and file_user.go do it), a mail that becomes an alert
// (mail.go, mail_work.go, postman.go), and what somebody answered to an alert (answer.go).
package onboarding
