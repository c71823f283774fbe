package localhalo

import (
	"slices"
	"time"
)

// table keeps a tenant's users, sites or tickets in the order of their ids. The server's lock is
// held around every use.
type table[T any] struct {
	id   func(*T) *int
	rows []*kept[T]
	next int // the next id that is given
}

// kept is one of a table's rows.
type kept[T any] struct {
	row    T
	hidden time.Time // not in any list before this
}

func newTable[T any](id func(*T) *int, first int, rows []T) *table[T] {
	t := &table[T]{id: id, next: first}
	for _, row := range rows {
		t.put(row, time.Time{})
	}
	return t
}

// find is the row with that id, nil when there is none.
func (t *table[T]) find(id int) *kept[T] {
	if i, found := t.at(id); found {
		return t.rows[i]
	}
	return nil
}

// put keeps a row, over that with the same id. One without an id gets the next.
func (t *table[T]) put(row T, hidden time.Time) *kept[T] {
	id := t.id(&row)
	if *id == 0 {
		*id = t.next
	}
	t.next = max(t.next, *id+1)
	i, found := t.at(*id)
	if found {
		t.rows[i].row = row
	} else {
		t.rows = slices.Insert(t.rows, i, &kept[T]{row, hidden})
	}
	return t.rows[i]
}

func (t *table[T]) at(id int) (int, bool) {
	return slices.BinarySearchFunc(t.rows, id, func(k *kept[T], id int) int { return *t.id(&k.row) - id })
}

// all are copies of the rows that match, by id; nil matches all.
func (t *table[T]) all(match func(*T) bool) []T {
	out := []T{}
	for _, k := range t.rows {
		if match == nil || match(&k.row) {
			out = append(out, k.row)
		}
	}
	return out
}

// first is the first row that matches, nil when none does.
func (t *table[T]) first(match func(*T) bool) *T {
	for _, k := range t.rows {
		if match(&k.row) {
			return &k.row
		}
	}
	return nil
}
