package mapping

import (
	"slices"
	"strings"
	"testing"

	"github.com/keeptrusts/kt/mappings"
)

// shipped is the mapping inside the binary. Its links are held against the checks where the whole library is loaded; here each counts as known.
func shipped(t *testing.T) *Set {
	t.Helper()
	set, err := Load(mappings.FS)
	if err != nil {
		t.Fatal(err)
	}
	linked := map[string]bool{}
	for _, f := range set.Frameworks {
		for _, c := range f.Controls {
			for _, link := range c.Checks {
				linked[link.ID] = true
			}
		}
	}
	if err := set.Check(linked); err != nil {
		t.Fatal(err)
	}
	return set
}

func ids(f *Framework) []string {
	out := make([]string, len(f.Controls))
	for i, c := range f.Controls {
		out[i] = c.ID
	}
	return out
}

func TestTheShippedFrameworksHoldTheControlsThatAnAIGatewayBearsUpon(t *testing.T) {
	set := shipped(t)
	for framework, want := range map[string]string{
		"soc2": "CC2.1 CC4.1 CC4.2 CC5.2 CC6.1 CC6.2 CC6.3 CC6.6 CC6.7 CC7.1 CC7.2 CC7.3 CC7.4 CC7.5 CC8.1 CC9.2 A1.1 A1.2 A1.3 C1.1 C1.2 PI1.1 PI1.2 PI1.3 PI1.4 PI1.5",
		"iso27001": "A.5.3 A.5.15 A.5.16 A.5.17 A.5.18 A.5.23 A.5.24 A.5.25 A.5.26 A.5.27 A.5.28 A.5.33 A.5.35 A.5.36 " +
			"A.8.2 A.8.3 A.8.4 A.8.5 A.8.9 A.8.10 A.8.12 A.8.14 A.8.15 A.8.16 A.8.17 A.8.24 A.8.32 A.8.34",
	} {
		f, err := set.Framework(framework)
		if err != nil {
			t.Fatal(err)
		}
		if got := ids(f); !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%s: got  %v\nwant %v", framework, got, want)
		}
	}
	if len(set.Waivers) != 0 {
		t.Error("a waiver is shipped")
	}
}

func TestEachShippedLinkSaysWhy(t *testing.T) {
	for _, f := range shipped(t).Frameworks {
		for _, c := range f.Controls {
			if len(c.Checks) > 0 && len(c.Evidence) == 0 {
				t.Errorf("%s %s names no evidence", f.ID, c.ID)
			}
			for _, link := range c.Checks {
				if link.Why == "" {
					t.Errorf("%s %s: %s does not say why", f.ID, c.ID, link.ID)
				}
			}
		}
	}
}

func TestTheShippedMappingPutsLooseNamesRight(t *testing.T) {
	set := shipped(t)
	for _, c := range []struct{ id, want string }{
		{"A.12.4", "A.8.15 A.8.17"}, {"A.12.4.1", "A.8.15"}, {"A.12.4.3", "A.8.15"}, {"A.12.4.4", "A.8.17"},
	} {
		var got []string
		for _, control := range set.Resolve("iso27001", c.id) {
			got = append(got, control.ID)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: got %v, want %s", c.id, got, c.want)
		}
	}
	links := func(control, check string) bool {
		return slices.ContainsFunc(set.Resolve("soc2", control)[0].Checks, func(l Link) bool { return l.ID == check })
	}
	// Detection stands at CC7.2, the answer to incidents at CC7.3 and CC7.4; removal of access at CC6.2 and CC6.3.
	if links("CC7.2", "esc-sla") || !links("CC7.2", "detect-alert") || !links("CC7.3", "esc-sla") || !links("CC7.4", "esc-sla") {
		t.Error("escalations are not linked where incidents are answered")
	}
	if !links("CC6.2", "user-deprovision") || !links("CC6.2", "key-revoke-timely") || !links("CC6.3", "key-revoke-timely") {
		t.Error("the removal of access is not linked at CC6.2 and CC6.3")
	}
}
