package onboarding

import (
	"context"
	"database/sql/driver"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
)

// lazily is the context key for writes that a loss of power may undo. They reach the disk with
// the next write without it, which waits for all that was written before, too.
type lazily struct{}

func lazy(ctx context.Context) context.Context { return context.WithValue(ctx, lazily{}, true) }

// relax lets the connection write lazily, if ctx says so, until restore is called. Inside of a
// transaction SQLite has one level for all of it, its beginning's.
func (c *compilingConn) relax(ctx context.Context) (restore func(), err error) {
	if c.inTx || ctx.Value(lazily{}) == nil {
		return func() {}, nil
	}
	// SQLite obeys this pragma while it compiles it: a kept statement would do nothing.
	if _, err := c.sqliteConn.ExecContext(ctx, "PRAGMA synchronous = NORMAL", nil); err != nil {
		return nil, err
	}
	return func() {
		_, err := c.sqliteConn.ExecContext(context.WithoutCancel(ctx), "PRAGMA synchronous = FULL", nil)
		c.unsafe = c.unsafe || err != nil
	}, nil
}

// IsValid implements driver.Validator.
func (c *compilingConn) IsValid() bool { return !c.unsafe && c.sqliteConn.IsValid() }

// BeginTx implements driver.ConnBeginTx.
func (c *compilingConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	restore, err := c.relax(ctx)
	if err != nil {
		return nil, err
	}
	tx, err := c.sqliteConn.BeginTx(ctx, opts)
	if err != nil {
		restore()
		return nil, err
	}
	c.inTx = true
	return levelTx{tx, func() { c.inTx = false; restore() }}, nil
}

// levelTx tells its connection when it has ended.
type levelTx struct {
	driver.Tx
	ended func()
}

// Commit implements driver.Tx.
func (tx levelTx) Commit() error {
	defer tx.ended()
	return tx.Tx.Commit()
}

// Rollback implements driver.Tx.
func (tx levelTx) Rollback() error {
	defer tx.ended()
	return tx.Tx.Rollback()
}

// lazyExecutor lets River note lazily that a job is in work, and that it is done. After a loss
// of power the job is worked on again; what it has sent and what it has learned was on the disk
// by then, and decides what is left to do.
type lazyExecutor struct{ riverdriver.Executor }

func (e lazyExecutor) JobGetAvailable(ctx context.Context, p *riverdriver.JobGetAvailableParams) (*riverdriver.JobGetAvailableResult, error) {
	return e.Executor.JobGetAvailable(lazy(ctx), p)
}

func (e lazyExecutor) JobSetStateIfRunningMany(ctx context.Context, p *riverdriver.JobSetStateIfRunningManyParams) ([]*rivertype.JobRow, error) {
	return e.Executor.JobSetStateIfRunningMany(lazy(ctx), p)
}
