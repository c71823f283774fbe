package onboarding

import (
	"encoding/json"
	"testing"
	"time"
)

func TestAFormIsKeptForADay(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db string) {
		s := open(t, db, WorkNothing, &tenant{}, &people{})
		if _, known, err := s.Form(t.Context(), "V1"); known || err != nil {
			t.Fatalf("a form that nobody kept is known: %t, %v", known, err)
		}
		for _, form := range []string{`{"notes":"first"}`, `{"notes":"a\u0000b"}`} {
			if err := s.KeepForm(t.Context(), "V1", json.RawMessage(form)); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.KeepForm(t.Context(), "V2", json.RawMessage(`{}`)); err != nil {
			t.Fatal(err)
		}
		form, known, err := s.Form(t.Context(), "V1")
		if err != nil || !known || string(form) != `{"notes":"a\u0000b"}` {
			t.Errorf("kept: %s, %t, %v", form, known, err)
		}

		old := time.Now().Add(-FormKept - time.Minute).UnixMilli()
		if _, err := s.db.sql.ExecContext(t.Context(), `UPDATE halobot_form SET kept_at = $1 WHERE key = 'V1'`, old); err != nil {
			t.Fatal(err)
		}
		if _, known, err := s.Form(t.Context(), "V1"); known || err != nil {
			t.Errorf("after a day it is known: %t, %v", known, err)
		}
		if err := s.forgetForms(t.Context()); err != nil {
			t.Fatal(err)
		}
		var left int
		if err := s.db.sql.QueryRowContext(t.Context(), `SELECT count(*) FROM halobot_form`).Scan(&left); err != nil || left != 1 {
			t.Errorf("%d forms are left, %v", left, err)
		}
	})
}
