package predicate

import "github.com/keeptrusts/kt/engine/canon"

// Columns is a group of events by column, such as a sealed segment. Rows are numbered from 0. Values are as Rego sees them: action is the
// canonical name, action_as_logged is always there.
type Columns interface {
	Rows() int
	// Column is the column whose values are exactly those of the path; nil where the path's values do not stand in a column of their own.
	Column(Path) (*Column, error)
	// Value is the path's value in one row, nil where it is absent. It is valid until the next call.
	Value(row int, path Path) (*canon.Value, error)
}

// Column holds the values of one path in all rows.
type Column struct {
	// Codes has, for each row, the place of its value in Texts; -1 where it is absent. A nil Codes with nil Texts: absent in every row.
	Codes []int32
	// Texts are the values, each distinct one once where the column is a dictionary.
	Texts []string
	// JSON says that Texts are canonical JSON; else each is the text of a string.
	JSON bool
	// Plain says that Texts are not distinct: row i has Texts[i] where Codes[i] is i.
	Plain bool
}
