package main

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/jackc/pgx/v5/pgconn"

	"halobot/internal/onboarding"
)

// A mail that may be stored is posted by whoever finds it: the command must not post it as well.
func TestAMailThatMayBeStoredIsNotPostedWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	refused := errors.New("connection refused")
	doubt := &onboarding.MaybeStoredError{Err: &pgconn.PgError{Code: "58030"}} // the disk
	for name, tt := range map[string]struct {
		answers []error // the database's; the last one from then on
		want    error   // nil: stored
		maybe   bool
	}{
		"stored":                         {answers: []error{nil}},
		"stored when it was less busy":   {answers: []error{context.DeadlineExceeded, nil}},
		"not stored":                     {answers: []error{refused}, want: refused},
		"busy":                           {answers: []error{context.DeadlineExceeded}, want: context.DeadlineExceeded},
		"busy, then not stored":          {answers: []error{context.DeadlineExceeded, refused}, want: refused},
		"in doubt, then joined":          {answers: []error{doubt, nil}},
		"in doubt":                       {answers: []error{doubt}, want: doubt, maybe: true},
		"in doubt, then busy":            {answers: []error{doubt, context.DeadlineExceeded}, want: context.DeadlineExceeded, maybe: true},
		"in doubt, then gone":            {answers: []error{doubt, refused}, want: refused, maybe: true},
		"in doubt, then another's":       {answers: []error{doubt, onboarding.ErrNoDatabase}, want: onboarding.ErrNoDatabase, maybe: true},
		"in doubt, then gone, then back": {answers: []error{doubt, refused, nil}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				err := insist(t.Context(), func(context.Context) error {
					answer := tt.answers[0]
					tt.answers = tt.answers[min(1, len(tt.answers)-1):]
					return answer
				})
				if !errors.Is(err, tt.want) {
					t.Errorf("it ends with %v, want %v", err, tt.want)
				}
				maybe := errors.As(err, new(*onboarding.MaybeStoredError))
				if maybe != tt.maybe || maybe && !onboarding.Busy(err) {
					t.Errorf("%v: in doubt %v, want %v; to be asked again %v", err, maybe, tt.maybe, onboarding.Busy(err))
				}
			})
		})
	}
}
