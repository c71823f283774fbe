package onboarding

import (
	"context"
	"database/sql/driver"
	"fmt"
	"regexp"
)

// compiling is a connector whose connections keep SQLite's compiled statements from one use to
// the next. The driver compiles a statement at every use, and River's take longer to compile
// than to run.
type compiling struct{ driver.Connector }

// Connect implements driver.Connector.
func (c compiling) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := conn.(sqliteConn)
	if !ok {
		conn.Close() //nolint:errcheck // it was not used
		return nil, fmt.Errorf("the SQLite driver's connection %T lacks what a transaction needs", conn)
	}
	return &compilingConn{sqliteConn: full, idle: map[string]statement{}}, nil
}

// sqliteConn is all that the driver's connections can do; a wrapper that hid a part of it would
// have database/sql fall back to calls that no context ends.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// maxIdle bounds the statements that are kept; the bot's own are some thirty.
const maxIdle = 100

// compilingConn is one connection; database/sql uses it from one goroutine at a time.
type compilingConn struct {
	sqliteConn
	idle   map[string]statement
	inTx   bool
	unsafe bool // it could not be made to write durably again
}

// bareLimit is a LIMIT that is a parameter. SQLite's planner looks at the value, and compiles the
// statement anew whenever one is bound; the plus hides it from the planner.
var bareLimit = regexp.MustCompile(`\bLIMIT (\?|@)`)

// take gives the statement for query to one user.
func (c *compilingConn) take(ctx context.Context, query string) (statement, error) {
	if s, ok := c.idle[query]; ok {
		delete(c.idle, query)
		return s, nil
	}
	prepared, err := c.PrepareContext(ctx, bareLimit.ReplaceAllString(query, "LIMIT +$1"))
	if err != nil {
		return nil, err
	}
	return prepared.(statement), nil
}

// give takes it back, reset.
func (c *compilingConn) give(query string, s statement) {
	if _, another := c.idle[query]; another || len(c.idle) >= maxIdle {
		s.Close() //nolint:errcheck // it has been reset
		return
	}
	c.idle[query] = s
}

// ExecContext implements driver.ExecerContext.
func (c *compilingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	defer c.give(query, s)
	return s.ExecContext(ctx, args)
}

// QueryContext implements driver.QueryerContext.
func (c *compilingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	restore, err := c.relax(ctx)
	if err != nil {
		c.give(query, s)
		return nil, err
	}
	done := func() { c.give(query, s); restore() }
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		done()
		return nil, err
	}
	return &compiledRows{Rows: rows, done: done}, nil
}

// Close implements driver.Conn.
func (c *compilingConn) Close() error {
	for _, s := range c.idle {
		s.Close() //nolint:errcheck // the connection ends anyway
	}
	clear(c.idle)
	return c.sqliteConn.Close()
}

// compiledRows give their statement back when they are closed; database/sql closes them once.
type compiledRows struct {
	driver.Rows
	done func()
}

// Close implements driver.Rows.
func (r *compiledRows) Close() error {
	err := r.Rows.Close()
	r.done()
	return err
}
