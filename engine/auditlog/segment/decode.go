package segment

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"

	"github.com/keeptrusts/kt/engine/predicate"
)

// pages opens the pages of a column.
func (s *Segment) pages(name string) (*parquet.FilePages, error) {
	chunk := s.chunks[name]
	if chunk == nil {
		return nil, fmt.Errorf("%s: expected a column %s, found none", s.path, name)
	}
	if chunk.NumValues() != int64(s.rows) {
		return nil, fmt.Errorf("%s: column %s: expected %d values, found %d", s.path, name, s.rows, chunk.NumValues())
	}
	pages, ok := chunk.Pages().(*parquet.FilePages)
	if !ok {
		return nil, fmt.Errorf("%s: column %s: expected pages of a file", s.path, name)
	}
	return pages, nil
}

// each calls fn with every page of a column from a row on, and the row at which it begins, until fn returns false.
func (s *Segment) each(name string, from int, fn func(row int, p parquet.Page) (bool, error)) (err error) {
	defer s.guard(&err)
	pages, err := s.pages(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pages.Close()) }()
	if from > 0 {
		if err := pages.SeekToRow(int64(from)); err != nil {
			return s.broken(err)
		}
	}
	for row := from; row < s.rows; {
		p, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return s.broken(fmt.Errorf("column %s ends after %d rows", name, row))
		}
		if err != nil {
			return s.broken(fmt.Errorf("column %s: %w", name, err))
		}
		n := int(p.NumRows())
		more, err := false, error(nil)
		if n < 1 || row+n > s.rows {
			err = s.broken(fmt.Errorf("column %s has too many rows", name))
		} else {
			more, err = fn(row, p)
		}
		parquet.Release(p)
		if err != nil || !more {
			return err
		}
		row += n
	}
	return nil
}

// textColumn decodes a column of texts, once.
func (s *Segment) textColumn(name string) (*predicate.Column, error) {
	if c := s.columns[name]; c != nil {
		return c, nil
	}
	c := &predicate.Column{Codes: make([]int32, s.rows)}
	dictionary := false
	err := s.each(name, 0, func(row int, p parquet.Page) (bool, error) {
		if d := p.Dictionary(); d != nil {
			if !dictionary {
				if row > 0 {
					return false, s.broken(fmt.Errorf("column %s is a dictionary in a part", name))
				}
				dictionary = true
				c.Texts = textsIn(d)
			}
			return true, s.codes(c, name, row, p)
		}
		if dictionary {
			return false, s.broken(fmt.Errorf("column %s is a dictionary in a part", name))
		}
		if c.Texts == nil {
			c.Texts, c.Plain = make([]string, s.rows), true
		}
		return true, s.plain(c, name, row, p)
	})
	if err != nil {
		return nil, err
	}
	s.columns[name] = c
	return c, nil
}

// textsIn are the values of a dictionary.
func textsIn(d parquet.Dictionary) []string {
	page := d.Page()
	values := page.Data()
	data, offsets := values.ByteArray()
	all := string(data)
	out := make([]string, d.Len())
	for i := range out {
		out[i] = all[offsets[i]:offsets[i+1]]
	}
	return out
}

// codes notes the codes of a page of a dictionary column.
func (s *Segment) codes(c *predicate.Column, name string, row int, p parquet.Page) error {
	values := p.Data()
	codes := values.Int32()
	n := int(p.NumRows())
	levels := p.DefinitionLevels()
	if len(levels) == 0 {
		if len(codes) != n {
			return s.broken(fmt.Errorf("column %s: %d codes for %d rows", name, len(codes), n))
		}
		copy(c.Codes[row:], codes)
	} else if err := s.spread(c.Codes[row:row+n], codes, levels, name); err != nil {
		return err
	}
	for _, code := range c.Codes[row : row+n] {
		if int(code) >= len(c.Texts) || code < -1 {
			return s.broken(fmt.Errorf("column %s: code %d, of %d values", name, code, len(c.Texts)))
		}
	}
	return nil
}

// spread puts values where the levels say that there is one, and -1 elsewhere.
func (s *Segment) spread(to, values []int32, levels []byte, name string) error {
	at := 0
	for i := range to {
		if i >= len(levels) || levels[i] == 0 {
			to[i] = -1
			continue
		}
		if at == len(values) {
			return s.broken(fmt.Errorf("column %s has too few values", name))
		}
		to[i] = values[at]
		at++
	}
	return nil
}

// plain notes the texts of a page that has no dictionary.
func (s *Segment) plain(c *predicate.Column, name string, row int, p parquet.Page) error {
	values := p.Data()
	data, offsets := values.ByteArray()
	all := string(data)
	levels := p.DefinitionLevels()
	at := 0
	for i := range int(p.NumRows()) {
		if len(levels) > 0 && levels[i] == 0 {
			c.Codes[row+i] = -1
			continue
		}
		if at+1 >= len(offsets) {
			return s.broken(fmt.Errorf("column %s has too few values", name))
		}
		c.Codes[row+i], c.Texts[row+i] = int32(row+i), all[offsets[at]:offsets[at+1]]
		at++
	}
	return nil
}

// numberColumn decodes a column of numbers or instants, once; none stands for what is absent.
func (s *Segment) numberColumn(name string) ([]int64, error) {
	if c := s.numbers[name]; c != nil {
		return c, nil
	}
	out := make([]int64, s.rows)
	err := s.each(name, 0, func(row int, p parquet.Page) (bool, error) {
		return true, s.numbersOf(out[row:row+int(p.NumRows())], name, p)
	})
	if err != nil {
		return nil, err
	}
	s.numbers[name] = out
	return out, nil
}

func (s *Segment) numbersOf(to []int64, name string, p parquet.Page) error {
	values := p.Data()
	numbers := values.Int64()
	levels := p.DefinitionLevels()
	if len(levels) == 0 {
		if len(numbers) != len(to) {
			return s.broken(fmt.Errorf("column %s has too few values", name))
		}
		copy(to, numbers)
		return nil
	}
	at := 0
	for i := range to {
		if levels[i] == 0 {
			to[i] = none
			continue
		}
		if at == len(numbers) {
			return s.broken(fmt.Errorf("column %s has too few values", name))
		}
		to[i] = numbers[at]
		at++
	}
	return nil
}

// flagColumn decodes a column of flags, as numbers 0 and 1, once.
func (s *Segment) flagColumn(name string) ([]int64, error) {
	if c := s.numbers[name]; c != nil {
		return c, nil
	}
	out := make([]int64, s.rows)
	err := s.each(name, 0, func(row int, p parquet.Page) (bool, error) {
		values := p.Data()
		bits := values.Boolean()
		n := int(p.NumRows())
		if len(bits) < (n+7)/8 {
			return false, s.broken(fmt.Errorf("column %s has too few values", name))
		}
		for i := range n {
			out[row+i] = int64(bits[i/8] >> (i % 8) & 1)
		}
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	s.numbers[name] = out
	return out, nil
}

// textAt is the text of one row, for which the row's page alone is read; nil: absent.
func (s *Segment) textAt(name string, row int) (out *string, err error) {
	if c := s.columns[name]; c != nil {
		return textOf(c, row), nil
	}
	err = s.each(name, row, func(at int, p parquet.Page) (bool, error) {
		var one [1]parquet.Value
		n, err := p.Values().ReadValues(one[:])
		if n != 1 || at != row {
			return false, s.broken(fmt.Errorf("column %s, row %d: %w", name, row, err))
		}
		if !one[0].IsNull() {
			t := string(one[0].ByteArray())
			out = &t
		}
		return false, nil
	})
	return out, err
}

func textOf(c *predicate.Column, row int) *string {
	code := c.Codes[row]
	if code < 0 {
		return nil
	}
	return &c.Texts[code]
}
