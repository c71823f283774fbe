package draft

import (
	"reflect"
	"strings"
	"testing"
)

func TestTheListHasEveryFieldOfADraft(t *testing.T) {
	t.Parallel()
	var d Draft
	listed := map[string]bool{"connection": true} // a select of its own
	for _, in := range Fields {
		*in.Of(&d) = string(in.Field)
		listed[string(in.Field)] = true
		if in.Label == "" || in.Placeholder == "" || in.Max == 0 || in.Template == "" || in.Halo == "" || in.Variable == "" {
			t.Errorf("%s lacks something: %+v", in.Field, in)
		}
		if Label(in.Field) != in.Label {
			t.Errorf("the label of %s is %q", in.Field, Label(in.Field))
		}
	}
	v := reflect.ValueOf(d)
	for i := range v.NumField() {
		key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if !listed[key] {
			t.Errorf("%s is not in the list", v.Type().Field(i).Name)
		}
		if got := v.Field(i).String(); key != "connection" && got != key {
			t.Errorf("%s holds what was put into %s", key, got)
		}
	}
}
