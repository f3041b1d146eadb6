package segment

import "slices"

// A column of texts is a dictionary where many rows share few values, so that a condition looks at each once.
const (
	dictionaryShare = 4       // at most one value for so many rows
	dictionaryMost  = 1 << 16 // values
	dictionarySize  = 1 << 20 // bytes of all values
)

// texts is a column of texts before it is written, as codes of its values.
type texts struct {
	codes  []int32 // by row; -1: absent
	values []string
	known  map[string]int32 // of each value its code; nil: the column is no dictionary, and a value may be there twice
	size   int              // bytes of values
	most   int              // how many values a dictionary may have
	last   int32            // code of the latest value; -1: none
}

func newTexts(rows int) *texts {
	return &texts{codes: make([]int32, 0, rows), known: map[string]int32{}, most: min(dictionaryMost, max(rows/dictionaryShare, 1)), last: -1}
}

// add appends a row's value and gives its code.
func (c *texts) add(v string) int32 {
	code := c.code(v)
	c.codes = append(c.codes, code)
	return code
}

func (c *texts) code(v string) int32 {
	if c.last >= 0 && c.values[c.last] == v {
		return c.last
	}
	code, ok := c.known[v]
	if !ok {
		code = int32(len(c.values))
		c.values = append(c.values, v)
		c.size += len(v)
		switch {
		case c.known == nil:
		case len(c.values) > c.most || c.size > dictionarySize:
			c.known = nil
		default:
			c.known[v] = code
		}
	}
	c.last = code
	return code
}

// dictionary says whether the values are distinct and few.
func (c *texts) dictionary() bool { return c.known != nil }

// at is the value of a row.
func (c *texts) at(row int) (v string, ok bool) {
	code := c.codes[row]
	if code < 0 {
		return "", false
	}
	return c.values[code], true
}

// pad makes the column as long as rows, with nulls.
func (c *texts) pad(rows int) {
	for len(c.codes) < rows {
		c.codes = append(c.codes, absent[:min(rows-len(c.codes), len(absent))]...)
	}
}

var absent = slices.Repeat([]int32{-1}, 1024)
