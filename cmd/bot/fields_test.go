package main

import (
	"reflect"
	"strings"
	"testing"

	"halobot/internal/config"
	"halobot/internal/draft"
)

func TestEveryFieldOfAClientHasItsFlagsAndItsVariable(t *testing.T) {
	t.Parallel()
	has := func(command any, f draft.Field) bool {
		_, ok := reflect.TypeOf(command).FieldByNameFunc(func(name string) bool {
			return strings.EqualFold(name, strings.ReplaceAll(string(f), "_", ""))
		})
		return ok
	}
	for _, in := range draft.Fields {
		if !has(createCmd{}, in.Field) || !has(alertCmd{}, in.Field) {
			t.Errorf("bot create or bot alert has no %s", in.Flag())
		}
		if _, err := config.Load([]string{in.Variable + "={{"}, "", config.Rules); err == nil || !strings.Contains(err.Error(), in.Variable) {
			t.Errorf("%s is not read: %v", in.Variable, err)
		}
	}
}
