package policy

import (
	"io/fs"
	"strings"
	"testing/fstest"

	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/mapping"
)

// mappingFiles are the library's YAML mappings and waivers as they were read, so that what is judged is what the digest says.
func (l *Library) mappingFiles() fs.FS {
	out := fstest.MapFS{}
	for _, f := range l.Files {
		if name, ok := strings.CutPrefix(f.Path, "mappings/"); ok && !strings.HasSuffix(name, ".rego") {
			out[name] = &fstest.MapFile{Data: f.Data, Mode: 0o444}
		}
	}
	return out
}

// frameworksData is data.kt.mappings: each framework's document by its id.
func frameworksData(set *mapping.Set) map[string]any {
	out := map[string]any{}
	for i := range set.Frameworks {
		out[set.Frameworks[i].ID] = frameworkData(&set.Frameworks[i])
	}
	return out
}

// waiversData is data.kt.waivers: the entries of the register under the names of the file.
func waiversData(set *mapping.Set) []any {
	out := make([]any, len(set.Waivers))
	for i, w := range set.Waivers {
		entry := map[string]any{
			"id": w.ID, "check": w.Check, "subjects": texts(w.Subjects), "reason": w.Reason,
			"requested_by": w.RequestedBy, "approved_by": w.ApprovedBy, "approved_at": clock.Format(w.ApprovedAt),
			"from": clock.Format(w.From), "until": clock.Format(w.Until),
		}
		for key, value := range map[string]string{"compensating": w.Compensating, "ticket": w.Ticket} {
			if value != "" {
				entry[key] = value
			}
		}
		out[i] = entry
	}
	return out
}
