// Package bench measures the bot: how quickly a technician sees the modal, its answer and the
// message, and what that costs an administrator in processor time and memory.
//
// It has no code but tests. The built bot runs as a process of its own between a local Slack
// and a local Halo that answers at once, and is given whole jobs: slash command, modal,
// submission, message, each in a channel of its own. Beside it, in the same run and in turns,
// runs the floor (testdata/floor): the least program that does the same job, with no database,
// no look-up and no checks. Figures of a shared machine say little; their ratios say enough.
//
//	go test ./internal/sandbox/bench -run NONE -bench .                 # all of it, in seven minutes
//	go test ./internal/sandbox/bench -run NONE -bench Jobs -rounds 15   # medians of more rounds
//	go test ./internal/sandbox/bench -run NONE -bench . -heavy -timeout 2h
//
// -heavy adds the growth tables: tens of thousands of requests and clients. Postgres is
// measured where TEST_DATABASE_URL names a server on which databases may be made. Most
// benchmarks are one whole measurement, whatever -benchtime says.
//
// Times are taken in the stand-ins, when an envelope leaves and when a call arrives. Processor
// time and memory are the kernel's own figures, from /proc: Linux only.
//
// Start reading at jobs_test.go, what is measured and reported; then load_test.go, which acts
// as the people, and system_test.go, a process under measurement. docs/performance.md has the
// figures and what follows from them.
package bench
