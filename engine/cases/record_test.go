package cases

import (
	"testing"

	"github.com/keeptrusts/kt/engine/canon"
)

func TestTypesAreTheSingularOfLists(t *testing.T) {
	for list, want := range map[string]string{
		"tokens": "token", "deliveries": "delivery", "retention": "retention", "access_reviews": "access_review", "slis": "sli",
		"endpoints": "endpoint", "accesses": "access", "branches": "branch", "gateways": "gateway",
	} {
		if got := singular(list); got != want {
			t.Errorf("%s: expected %s, found %s", list, want, got)
		}
	}
}

func TestWithoutLeavesTheOriginalAlone(t *testing.T) {
	v, err := canon.Parse([]byte(`{"a":[{"b":1,"c":{"d":2}},{"b":3}],"e":4}`))
	if err != nil {
		t.Fatal(err)
	}
	before := string(canon.Append(nil, &v))
	for path, want := range map[string]struct {
		trail trail
		text  string
	}{
		"a[0].c.d": {trail{{key: "a"}, {index: 0}, {key: "c"}, {key: "d"}}, `{"a":[{"b":1,"c":{}},{"b":3}],"e":4}`},
		"a[1].b":   {trail{{key: "a"}, {index: 1}, {key: "b"}}, `{"a":[{"b":1,"c":{"d":2}},{}],"e":4}`},
		"e":        {trail{{key: "e"}}, `{"a":[{"b":1,"c":{"d":2}},{"b":3}]}`},
		"nothing":  {trail{{key: "nothing"}}, before},
	} {
		if got := want.trail.String(); got != path {
			t.Errorf("expected the path %s, found %s", path, got)
		}
		reduced := without(v, want.trail)
		if got := string(canon.Append(nil, &reduced)); got != want.text {
			t.Errorf("%s: expected %s, found %s", path, want.text, got)
		}
		if after := string(canon.Append(nil, &v)); after != before {
			t.Fatalf("%s: the original became %s", path, after)
		}
	}
	if paths := fields(&v, nil, keepID); len(paths) != 6 {
		t.Errorf("expected 6 members at all depths, found %v", paths)
	}
}
