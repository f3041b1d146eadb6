package policy

import (
	"github.com/open-policy-agent/opa/v1/storage/inmem"

	"github.com/keeptrusts/kt/engine/mapping"
)

// Alone is the library with another register of waivers and no frameworks, for judging a check by itself. It shares everything else
// with the library.
func (l *Library) Alone(waivers []mapping.Waiver) *Library {
	one := *l
	one.Source.git = nil // whoever approved these waivers did not commit them here
	one.Mappings = &mapping.Set{Waivers: waivers}
	data := map[string]any{"kt": map[string]any{"mappings": map[string]any{}, "waivers": waiversData(one.Mappings)}}
	one.Store = inmem.NewFromObjectWithOpts(data, inmem.OptRoundTripOnWrite(false), inmem.OptReturnASTValuesOnRead(true))
	return &one
}
