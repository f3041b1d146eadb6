package segment

import "github.com/keeptrusts/kt/engine/predicate"

// Values are the distinct values that the column of a path may have, and whether a row may be without one, where that is known without a
// look at the rows: of texts that the segment keeps as a dictionary. ok is false of other paths.
func (s *Segment) Values(path predicate.Path) (values []string, optional, ok bool, err error) {
	defer s.guard(&err)
	column, known := byPath[path]
	if !known {
		return nil, false, false, nil
	}
	c := &s.chunks[column]
	if err := s.locate(c); err != nil || c.dictionary == nil {
		return nil, false, false, err
	}
	values = make([]string, len(c.dictionary.Ends))
	for i := range values {
		values[i] = c.dictionary.At(i)
	}
	if path == canonicalAction {
		canonicalNames(&predicate.Column{Texts: values, Plain: true})
	}
	return values, c.optional, true, nil
}
