package segment

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"unsafe"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

const (
	// maxPage is the most bytes of a page, compressed or not: one text beyond pageSize, which has no more than an event.
	maxPage = 8 << 20
	// maxTexts is the most bytes of a column: of the events, or their ids, which may be derived.
	maxTexts = MaxBytes + MaxRows*64
)

// Strings are texts one after the other in one piece of memory.
type Strings struct {
	Bytes []byte
	Ends  []int32 // where each ends in Bytes
}

// At is a text. It is a part of Bytes.
func (s *Strings) At(i int) string {
	from := int32(0)
	if i > 0 {
		from = s.Ends[i-1]
	}
	b := s.Bytes[from:s.Ends[i]]
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// Plain says that JSON holds every text as it is: none has a quote, a backslash or a control character.
func (s *Strings) Plain() bool {
	if bytes.IndexByte(s.Bytes, '"') >= 0 || bytes.IndexByte(s.Bytes, '\\') >= 0 {
		return false
	}
	rest := s.Bytes
	for ; len(rest) >= 8; rest = rest[8:] {
		// a byte below 0x20 borrows from its highest bit, unless it was set before
		if w := binary.LittleEndian.Uint64(rest); (w-0x2020202020202020)&^w&0x8080808080808080 != 0 {
			return false
		}
	}
	for _, c := range rest {
		if c < ' ' {
			return false
		}
	}
	return true
}

// equal says whether they are these texts.
func (s *Strings) equal(texts []string) bool {
	if len(s.Ends) != len(texts) {
		return false
	}
	for i, t := range texts {
		if s.At(i) != t {
			return false
		}
	}
	return true
}

// chunk is a column of an open segment.
type chunk struct {
	column
	meta       *format.ColumnChunk
	pages      []span   // nil: not read yet
	dictionary *Strings // nil: not read yet, or none
	texts      []string // of the dictionary, each by itself; "" of an empty one or one that nobody asked for
	parts      []*part  // by page, those that were read
	all        *part    // every row; nil: not read yet
}

// span is where a page is, and which rows it has.
type span struct {
	offset, size int64
	from, to     int
}

// part is some neighbouring rows of a column.
type part struct {
	from, to int
	codes    []int32 // by row the place of its text; -1: absent; nil: in order
	texts    *Strings
	numbers  []int64 // by row; none: absent
}

// at is the text of a row.
func (p *part) at(row int) (text string, ok bool) {
	i := row - p.from
	if p.codes != nil {
		if i = int(p.codes[i]); i < 0 {
			return "", false
		}
	}
	return p.texts.At(i), true
}

// locate reads where a column's pages are.
func (s *Segment) locate(c *chunk) error {
	if c.pages != nil {
		return nil
	}
	var index format.OffsetIndex
	if err := readThrift(s.file, c.meta.OffsetIndexOffset, int64(c.meta.OffsetIndexLength), s.size, &index); err != nil {
		return s.broken(fmt.Errorf("column %s: the list of its pages: %w", c.name, err))
	}
	pages := make([]span, len(index.PageLocations))
	for i, p := range index.PageLocations {
		to := s.rows
		if i+1 < len(pages) {
			to = int(min(index.PageLocations[i+1].FirstRowIndex, int64(s.rows)))
		}
		pages[i] = span{p.Offset, int64(p.CompressedPageSize), int(p.FirstRowIndex), to}
		if p.FirstRowIndex < 0 || pages[i].to <= pages[i].from || i == 0 && pages[i].from != 0 {
			return s.broken(fmt.Errorf("column %s: page %d with the rows %d to %d", c.name, i, p.FirstRowIndex, to))
		}
	}
	if len(pages) == 0 {
		return s.broken(fmt.Errorf("column %s without pages", c.name))
	}
	c.pages = pages
	return s.readDictionary(c)
}

// readDictionary reads the values of a column that is a dictionary.
func (s *Segment) readDictionary(c *chunk) error {
	at := c.meta.MetaData.DictionaryPageOffset
	if at == 0 || c.kind != text {
		return nil
	}
	body, h, err := s.page(at, c.pages[0].offset-at)
	if err == nil && !h.DictionaryPageHeader.Valid {
		err = errors.New("another page")
	}
	n := int(h.DictionaryPageHeader.V.NumValues)
	if err == nil && (n < 0 || n > dictionaryMost || n > len(body)/4) {
		err = fmt.Errorf("%d values in %d bytes", n, len(body))
	}
	if err != nil {
		return s.broken(fmt.Errorf("column %s: its dictionary: %w", c.name, err))
	}
	values := &Strings{make([]byte, 0, len(body)), make([]int32, 0, n)}
	for range n {
		if len(body) < 4 || uint64(binary.LittleEndian.Uint32(body)) > uint64(len(body)-4) {
			return s.broken(fmt.Errorf("column %s: a dictionary that is cut off", c.name))
		}
		size := binary.LittleEndian.Uint32(body)
		values.Bytes = append(values.Bytes, body[4:4+size]...)
		values.Ends = append(values.Ends, int32(len(values.Bytes)))
		body = body[4+size:]
	}
	if len(body) > 0 {
		return s.broken(fmt.Errorf("column %s: more than a dictionary", c.name))
	}
	c.dictionary = values
	return nil
}

// page reads and unpacks a page. Its body is valid until the next call.
func (s *Segment) page(offset, size int64) (body []byte, h format.PageHeader, err error) {
	if offset < 0 || size < 1 || size > maxPage || offset > s.size-size {
		return nil, h, fmt.Errorf("a page of %d bytes at %d, of %d", size, offset, s.size)
	}
	s.compressed = slices.Grow(s.compressed[:0], int(size))[:size]
	if _, err := s.file.ReadAt(s.compressed, offset); err != nil {
		return nil, h, err
	}
	r := new(thrift.CompactProtocol).NewReaderFromBytes(s.compressed)
	if err := thrift.NewDecoder(r).Decode(&h); err != nil {
		return nil, h, fmt.Errorf("a page's header at %d: %w", offset, err)
	}
	rest := s.compressed[r.BytesRead():]
	if int(h.CompressedPageSize) != len(rest) || h.UncompressedPageSize < 0 || h.UncompressedPageSize > maxPage {
		return nil, h, fmt.Errorf("a page of %d bytes, %d unpacked, at %d, expected %d", h.CompressedPageSize, h.UncompressedPageSize, offset, len(rest))
	}
	if crc32.ChecksumIEEE(rest) != uint32(h.CRC) {
		return nil, h, fmt.Errorf("a page at %d that does not have its checksum", offset)
	}
	s.plain = slices.Grow(s.plain[:0], int(h.UncompressedPageSize))
	if s.plain, err = s.zstd.DecodeAll(rest, s.plain); err != nil {
		return nil, h, fmt.Errorf("a page at %d: %w", offset, err)
	}
	if len(s.plain) != int(h.UncompressedPageSize) {
		return nil, h, fmt.Errorf("a page of %d bytes unpacked at %d, expected %d", len(s.plain), offset, h.UncompressedPageSize)
	}
	return s.plain, h, nil
}

// whole reads every row of a column, once.
func (s *Segment) whole(column int) (_ *part, err error) {
	defer s.guard(&err)
	c := &s.chunks[column]
	if c.all != nil {
		return c.all, nil
	}
	if err := s.locate(c); err != nil {
		return nil, err
	}
	p := s.wholePart(c)
	for i := range c.pages {
		if err := s.unpack(c, i, p); err != nil {
			return nil, err
		}
	}
	c.all, c.parts = p, nil
	return p, nil
}

// part reads the rows of a column among which one is.
func (s *Segment) part(column, row int) (_ *part, err error) {
	defer s.guard(&err)
	c := &s.chunks[column]
	if c.all != nil {
		return c.all, nil
	}
	if err := s.locate(c); err != nil {
		return nil, err
	}
	i, found := slices.BinarySearchFunc(c.pages, row, func(p span, row int) int { return p.from - row })
	if !found {
		i--
	}
	if c.parts == nil {
		c.parts = make([]*part, len(c.pages))
	}
	if c.parts[i] == nil {
		p := s.newPart(c, c.pages[i].from, c.pages[i].to)
		if err := s.unpack(c, i, p); err != nil {
			return nil, err
		}
		c.parts[i] = p
	}
	return c.parts[i], nil
}

// wholePart has room for all rows of a column, in memory that is used again.
func (s *Segment) wholePart(c *chunk) *part {
	p := &part{from: 0, to: s.rows}
	switch {
	case c.kind != text:
		p.numbers = longMemory.take(s.rows)
	case c.dictionary != nil:
		p.texts, p.codes = c.dictionary, intMemory.take(s.rows)
	default:
		p.texts = &Strings{Bytes: byteMemory.take(int(min(c.meta.MetaData.TotalUncompressedSize, maxPage))), Ends: intMemory.take(s.rows)}
		if c.optional {
			p.codes = intMemory.take(s.rows)
		}
	}
	return p
}

// giveBack gives the memory of a whole column back.
func (p *part) giveBack(c *chunk) {
	longMemory.put(p.numbers)
	intMemory.put(p.codes)
	if p.texts != nil && c.dictionary == nil {
		byteMemory.put(p.texts.Bytes)
		intMemory.put(p.texts.Ends)
	}
}

func (s *Segment) newPart(c *chunk, from, to int) *part {
	p := &part{from: from, to: to}
	switch {
	case c.kind != text:
		p.numbers = make([]int64, 0, to-from)
	case c.dictionary != nil:
		p.texts, p.codes = c.dictionary, make([]int32, 0, to-from)
	default:
		p.texts = &Strings{Ends: make([]int32, 0, to-from)}
		if c.optional {
			p.codes = make([]int32, 0, to-from)
		}
	}
	return p
}

// unpack appends the rows of a page to a part.
func (s *Segment) unpack(c *chunk, page int, p *part) error {
	at := c.pages[page]
	body, h, err := s.page(at.offset, at.size)
	if err == nil {
		err = s.values(c, &h, at.to-at.from, body, p)
	}
	if err != nil {
		return s.broken(fmt.Errorf("column %s, rows %d to %d: %w", c.name, at.from, at.to-1, err))
	}
	return nil
}

func (s *Segment) values(c *chunk, h *format.PageHeader, rows int, body []byte, p *part) error {
	if !h.DataPageHeader.Valid || int(h.DataPageHeader.V.NumValues) != rows {
		return fmt.Errorf("a page of %d rows", h.DataPageHeader.V.NumValues)
	}
	var present []int32 // 0 or 1 by row; nil: all are there
	n := rows
	if c.optional {
		if len(body) < 4 || uint64(binary.LittleEndian.Uint32(body)) > uint64(len(body)-4) {
			return errors.New("a page that is cut off")
		}
		size := 4 + int(binary.LittleEndian.Uint32(body))
		s.scratch = slices.Grow(s.scratch[:0], 2*rows)[:2*rows]
		present = s.scratch[:rows]
		if err := hybrid(present, body[4:size], 1); err != nil {
			return err
		}
		body, n = body[size:], 0
		for _, there := range present {
			n += int(there)
		}
	}
	switch encoding := h.DataPageHeader.V.Encoding; {
	case c.kind == text && encoding == format.RLEDictionary && c.dictionary != nil:
		return s.codes(c, body, present, n, rows, p)
	case c.kind == text && encoding == format.DeltaLengthByteArray && c.dictionary == nil:
		return ownTexts(body, present, n, p)
	case c.kind == flag && encoding == format.Plain:
		return flags(body, rows, p)
	case (c.kind == whole || c.kind == instant) && encoding == format.DeltaBinaryPacked:
		return numbers(body, present, n, rows, p)
	default:
		return fmt.Errorf("the encoding %s", encoding)
	}
}

// codes appends codes of a dictionary.
func (s *Segment) codes(c *chunk, body []byte, present []int32, n, rows int, p *part) error {
	if len(body) < 1 {
		return errors.New("no codes")
	}
	from := len(p.codes)
	p.codes = p.codes[:from+rows]
	to := p.codes[from:]
	if n < rows {
		to = s.scratch[rows : rows+n]
	}
	if err := hybrid(to, body[1:], uint(body[0])); err != nil {
		return err
	}
	most := int32(len(c.dictionary.Ends))
	for _, code := range to {
		if uint32(code) >= uint32(most) {
			return fmt.Errorf("the code %d, of %d values", uint32(code), most)
		}
	}
	if n < rows {
		spread(p.codes[from:], to, present)
	}
	return nil
}

// spread puts values where there is one, and -1 elsewhere.
func spread(to, values, present []int32) {
	at := 0
	for i, there := range present {
		if there == 0 {
			to[i] = -1
			continue
		}
		to[i] = values[at]
		at++
	}
}

// ownTexts appends texts that stand in the page.
func ownTexts(body []byte, present []int32, n int, p *part) error {
	first := int32(len(p.texts.Ends))
	lengths := make([]int64, n)
	body, err := differences(lengths, body)
	if err != nil {
		return err
	}
	end, total := int64(len(p.texts.Bytes)), int64(0)
	for _, length := range lengths {
		if length < 0 || length > int64(len(body))-total {
			return fmt.Errorf("a text of %d bytes, of %d", length, int64(len(body))-total)
		}
		total += length
		p.texts.Ends = append(p.texts.Ends, int32(end+total))
	}
	if total != int64(len(body)) {
		return fmt.Errorf("%d bytes after the last text", int64(len(body))-total)
	}
	if end+total > maxTexts {
		return fmt.Errorf("more than %d bytes of texts", maxTexts)
	}
	p.texts.Bytes = append(p.texts.Bytes, body...)
	for _, there := range present {
		if there == 0 {
			p.codes = append(p.codes, -1)
			continue
		}
		p.codes = append(p.codes, first)
		first++
	}
	return nil
}

// flags appends flags, eight in a byte.
func flags(body []byte, rows int, p *part) error {
	if len(body) != (rows+7)/8 {
		return fmt.Errorf("%d bytes for %d flags", len(body), rows)
	}
	for i := range rows {
		p.numbers = append(p.numbers, int64(body[i/8]>>(i%8)&1))
	}
	return nil
}

// numbers appends numbers.
func numbers(body []byte, present []int32, n, rows int, p *part) error {
	from := len(p.numbers)
	p.numbers = p.numbers[:from+rows]
	to := p.numbers[from:]
	rest, err := differences(to[:n], body)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return fmt.Errorf("%d bytes after the last number", len(rest))
	}
	for i, at := rows-1, n-1; n < rows && i >= 0; i-- { // from the end, since they move towards it
		if present[i] == 0 {
			to[i] = none
			continue
		}
		to[i] = to[at]
		at--
	}
	return nil
}
