package event

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/keeptrusts/kt/engine/canon"
)

// columns is the header of a CSV file.
type columns struct {
	names []string
	order []int // of the columns, by name in canonical order
}

// required are the columns without which no row can be an event.
var required = []string{"timestamp", "actor", "action", "resource", "outcome"}

// looksLikeHeader says whether a line names audit columns.
func looksLikeHeader(line string) bool {
	cells, err := splitRow(nil, strings.TrimSuffix(line, "\r"))
	return err == nil && slices.Contains(cells, required[0])
}

func newColumns(header string) (*columns, error) {
	names, err := splitRow(nil, header)
	if err != nil {
		return nil, err
	}
	c := &columns{}
	for i, name := range names {
		if !utf8.ValidString(name) || name == "" {
			return nil, fmt.Errorf("expected a name over every column, found %q over column %d", name, i+1)
		}
		if slices.Contains(names[:i], name) {
			return nil, fmt.Errorf("expected each column once, found %q twice", name)
		}
		c.names = append(c.names, strings.Clone(name))
		c.order = append(c.order, i)
	}
	for _, name := range required {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("expected a header with the columns %s, comma-separated, found no %s", strings.Join(required, ", "), name)
		}
	}
	slices.SortFunc(c.order, func(a, b int) int { return canon.CompareKeys(c.names[a], c.names[b]) })
	return c, nil
}

// splitRow splits one row into its cells, appended to cells. Cells without doubled quotes are parts of the row.
func splitRow(cells []string, row string) ([]string, error) {
	for {
		if !strings.HasPrefix(row, `"`) {
			end := strings.IndexByte(row, ',')
			cell := row
			if end >= 0 {
				cell = row[:end]
			}
			if strings.IndexByte(cell, '"') >= 0 {
				return cells, fmt.Errorf("expected a cell with a quote to be quoted as a whole, found %q", short(cell))
			}
			cells = append(cells, cell)
			if end < 0 {
				return cells, nil
			}
			row = row[end+1:]
			continue
		}
		cell, rest, err := quotedCell(row)
		if err != nil {
			return cells, err
		}
		cells = append(cells, cell)
		if rest == "" {
			return cells, nil
		}
		if rest[0] != ',' {
			return cells, fmt.Errorf("expected a comma after a quoted cell, found %q", short(rest))
		}
		row = rest[1:]
	}
}

// quotedCell reads the quoted cell at the beginning of row.
func quotedCell(row string) (cell, rest string, err error) {
	doubled := false
	for i := 1; i < len(row); i++ {
		if row[i] != '"' {
			continue
		}
		if i+1 < len(row) && row[i+1] == '"' {
			doubled = true
			i++
			continue
		}
		cell = row[1:i]
		if doubled {
			cell = strings.ReplaceAll(cell, `""`, `"`)
		}
		return cell, row[i+1:], nil
	}
	return "", "", fmt.Errorf("expected the closing quote of a cell, found the end of the row after %q", short(row))
}

// rowParser turns rows into objects, in the same memory each time.
type rowParser struct {
	cells   []string
	members []canon.Member
	actor   [2]canon.Member
	details canon.Parser
}

// object makes the JSON object that a row stands for. Empty cells are absent.
func (p *rowParser) object(c *columns, row string) (canon.Value, *Problem) {
	var err error
	if p.cells, err = splitRow(p.cells[:0], strings.TrimSuffix(row, "\r")); err != nil {
		return canon.Value{}, &Problem{"", "a CSV row", err.Error()}
	}
	if len(p.cells) != len(c.names) {
		return canon.Value{}, &Problem{"", fmt.Sprintf("%d cells, as many as the header has", len(c.names)), fmt.Sprint(len(p.cells))}
	}
	p.members = p.members[:0]
	for _, i := range c.order {
		cell := unguard(p.cells[i])
		if cell == "" {
			continue
		}
		if !utf8.ValidString(cell) {
			return canon.Value{}, &Problem{"/" + c.names[i], "UTF-8", fmt.Sprintf("%q", short(cell))}
		}
		v, problem := p.value(c.names[i], cell)
		if problem != nil {
			return canon.Value{}, problem
		}
		if v.Kind == canon.Null {
			continue
		}
		p.members = append(p.members, canon.Member{Key: c.names[i], Value: v})
	}
	return canon.Value{Kind: canon.Object, Members: p.members}, nil
}

// unguard strips the apostrophe that keeps spreadsheets from taking a cell for a formula.
func unguard(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && strings.IndexByte("=+-@\t\r", cell[1]) >= 0 {
		return cell[1:]
	}
	return cell
}

func (p *rowParser) value(name, cell string) (canon.Value, *Problem) {
	switch name {
	case "actor":
		kind, id, ok := strings.Cut(cell, "/")
		if ok {
			p.actor = [2]canon.Member{{Key: "id", Value: text(id)}, {Key: "type", Value: text(kind)}}
			return canon.Value{Kind: canon.Object, Members: p.actor[:]}, nil
		}
	case "sequence":
		digits := len(cell) > 0 && (cell[0] != '0' || len(cell) == 1)
		for _, c := range []byte(cell) {
			digits = digits && c >= '0' && c <= '9'
		}
		if digits {
			return canon.Value{Kind: canon.Number, Text: cell}, nil
		}
	case "details":
		v, err := p.details.ParseString(cell)
		if err != nil {
			return canon.Value{}, jsonProblem("/details", "a JSON object", err)
		}
		if depth(v) >= canon.MaxDepth {
			return canon.Value{}, &Problem{"/details", fmt.Sprintf("arrays and objects nested at most %d deep", canon.MaxDepth-1), "more"}
		}
		return *v, nil
	}
	return text(cell), nil
}

// depth is how deep arrays and objects are nested in v.
func depth(v *canon.Value) int {
	deepest := 0
	for i := range v.Items {
		deepest = max(deepest, depth(&v.Items[i]))
	}
	for i := range v.Members {
		deepest = max(deepest, depth(&v.Members[i].Value))
	}
	if v.Kind == canon.Array || v.Kind == canon.Object {
		deepest++
	}
	return deepest
}
