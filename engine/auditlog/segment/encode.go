package segment

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

const (
	// pageRows is the most rows of a page, and pageSize after how many bytes of texts a page ends: what must be read to get at one row.
	pageRows = 1 << 13
	pageSize = 64 << 10
	magic    = "PAR1"
)

var levels = rle.Encoding{BitWidth: 1}

// encoder writes a Parquet file, group by group of rows and column by column. It uses the Parquet library's formats and encodings, not its writer,
// which would look every value up again that is a code already.
type encoder struct {
	out    io.Writer
	offset int64
	zstd   *zstd.Encoder
	groups []format.RowGroup
	pages  []format.OffsetIndex // by column, of each group

	rows   int // of the present group
	chunks []format.ColumnChunk

	present    []byte // 0 or 1 for each row of a page
	nulls      int64  // of the page
	codes      []int32
	lengths    []int32
	numbers    []int64
	body       []byte
	scratch    []byte
	compressed []byte
}

func newEncoder(out io.Writer) (*encoder, error) {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithZeroFrames(true),
		zstd.WithEncoderCRC(false))
	if err != nil {
		return nil, err
	}
	e := &encoder{out: out, zstd: z}
	return e, e.write([]byte(magic))
}

func (e *encoder) write(b []byte) error {
	n, err := e.out.Write(b)
	e.offset += int64(n)
	return err
}

// begin begins a column.
func (e *encoder) begin(c column, path ...string) *format.ColumnMetaData {
	e.chunks = append(e.chunks, format.ColumnChunk{MetaData: format.ColumnMetaData{Type: c.physical(), PathInSchema: path, Codec: format.Zstd,
		NumValues: int64(e.rows)}})
	e.pages = append(e.pages, format.OffsetIndex{})
	e.nulls = 0
	return &e.chunks[len(e.chunks)-1].MetaData
}

// texts writes a column of texts.
func (e *encoder) texts(c column, t *texts, path ...string) error {
	meta := e.begin(c, path...)
	if t.dictionary() {
		meta.Encoding = []format.Encoding{format.Plain, format.RLE, format.RLEDictionary}
		meta.DictionaryPageOffset = e.offset
		if err := e.dictionary(meta, t.values); err != nil {
			return err
		}
		meta.Statistics.MinValue, meta.Statistics.MaxValue = textBounds(t.values)
	} else {
		meta.Encoding = []format.Encoding{format.RLE, format.DeltaLengthByteArray}
	}
	for row := 0; row < e.rows; {
		end := t.pageEnd(row, e.rows)
		e.body = e.body[:0]
		if c.optional {
			e.present = e.present[:0]
			for _, code := range t.codes[row:end] {
				e.present = append(e.present, byte(^uint32(code)>>31)) // 0 of what is negative
			}
			e.levels()
		}
		kind := format.RLEDictionary
		if t.dictionary() {
			e.codesOf(t.codes[row:end])
		} else {
			kind = format.DeltaLengthByteArray
			e.textsOf(t, row, end)
		}
		if err := e.page(meta, kind, row, end); err != nil {
			return err
		}
		row = end
	}
	return nil
}

// pageEnd is where a page ends that begins at a row.
func (c *texts) pageEnd(row, rows int) int {
	end := min(row+pageRows, rows)
	if c.dictionary() {
		return end
	}
	size := 0
	for ; row < end; row++ {
		if size >= pageSize {
			return row
		}
		if code := c.codes[row]; code >= 0 {
			size += len(c.values[code])
		}
	}
	return end
}

// dictionary writes the page of a dictionary's values.
func (e *encoder) dictionary(meta *format.ColumnMetaData, values []string) error {
	e.body = e.body[:0]
	for _, v := range values {
		e.body = binary.LittleEndian.AppendUint32(e.body, uint32(len(v)))
		e.body = append(e.body, v...)
	}
	h := format.PageHeader{Type: format.DictionaryPage}
	h.DictionaryPageHeader.Set(format.DictionaryPageHeader{NumValues: int32(len(values)), Encoding: format.Plain})
	_, err := e.put(meta, &h)
	return err
}

// levels appends which of the rows have a value.
func (e *encoder) levels() {
	e.nulls = int64(len(e.present))
	for _, there := range e.present {
		e.nulls -= int64(there)
	}
	e.scratch, _ = levels.EncodeLevels(e.scratch[:0], e.present) // one bit is a width that it knows
	e.body = binary.LittleEndian.AppendUint32(e.body, uint32(len(e.scratch)))
	e.body = append(e.body, e.scratch...)
}

// codesOf appends the codes of the rows that have one.
func (e *encoder) codesOf(codes []int32) {
	e.codes = e.codes[:0]
	for _, code := range codes {
		if code >= 0 {
			e.codes = append(e.codes, code)
		}
	}
	if len(e.codes) == 0 {
		e.body = append(e.body, 0) // their width, and no run
		return
	}
	var dictionary rle.DictionaryEncoding
	e.scratch, _ = dictionary.EncodeInt32(e.scratch[:0], e.codes) // it finds the width that they need
	e.body = append(e.body, e.scratch...)
}

// textsOf appends the texts of the rows that have one: their lengths, then all bytes.
func (e *encoder) textsOf(t *texts, row, end int) {
	e.lengths = e.lengths[:0]
	for _, code := range t.codes[row:end] {
		if code >= 0 {
			e.lengths = append(e.lengths, int32(len(t.values[code])))
		}
	}
	var packed delta.BinaryPackedEncoding
	e.scratch, _ = packed.EncodeInt32(e.scratch[:0], e.lengths) // it never fails
	e.body = append(e.body, e.scratch...)
	for _, code := range t.codes[row:end] {
		if code >= 0 {
			e.body = append(e.body, t.values[code]...)
		}
	}
}

// integers writes a column of numbers or instants.
func (e *encoder) integers(c column, numbers []int64) error {
	meta := e.begin(c, c.name)
	meta.Encoding = []format.Encoding{format.RLE, format.DeltaBinaryPacked}
	meta.Statistics.MinValue, meta.Statistics.MaxValue = bounds(numbers)
	for row := 0; row < e.rows; row += pageRows {
		end := min(row+pageRows, e.rows)
		e.body = e.body[:0]
		if c.optional {
			e.present = e.present[:0]
			for _, n := range numbers[row:end] {
				present := byte(1)
				if n == none {
					present = 0
				}
				e.present = append(e.present, present)
			}
			e.levels()
		}
		e.numbers = e.numbers[:0]
		for _, n := range numbers[row:end] {
			if n != none {
				e.numbers = append(e.numbers, n)
			}
		}
		var packed delta.BinaryPackedEncoding
		e.scratch, _ = packed.EncodeInt64(e.scratch[:0], e.numbers) // it never fails
		e.body = append(e.body, e.scratch...)
		if err := e.page(meta, format.DeltaBinaryPacked, row, end); err != nil {
			return err
		}
	}
	return nil
}

// flags writes a column of flags, eight in a byte.
func (e *encoder) flags(c column, flags []int64) error {
	meta := e.begin(c, c.name)
	meta.Encoding = []format.Encoding{format.Plain, format.RLE}
	for row := 0; row < e.rows; row += pageRows {
		end := min(row+pageRows, e.rows)
		e.body = append(e.body[:0], make([]byte, (end-row+7)/8)...)
		for i, f := range flags[row:end] {
			e.body[i/8] |= byte(f) << (i % 8)
		}
		if err := e.page(meta, format.Plain, row, end); err != nil {
			return err
		}
	}
	return nil
}

// page writes the body as a page of values.
func (e *encoder) page(meta *format.ColumnMetaData, encoding format.Encoding, row, end int) error {
	if meta.DataPageOffset == 0 {
		meta.DataPageOffset = e.offset
	}
	h := format.PageHeader{Type: format.DataPage}
	h.DataPageHeader.Set(format.DataPageHeader{NumValues: int32(end - row), Encoding: encoding, DefinitionLevelEncoding: format.RLE,
		RepetitionLevelEncoding: format.RLE, Statistics: format.Statistics{NullCount: e.nulls}})
	meta.Statistics.NullCount += e.nulls
	at := e.offset
	size, err := e.put(meta, &h)
	pages := &e.pages[len(e.pages)-1]
	pages.PageLocations = append(pages.PageLocations, format.PageLocation{Offset: at, CompressedPageSize: int32(size), FirstRowIndex: int64(row)})
	return err
}

// put writes the body compressed, with its header before it, and gives the size of both.
func (e *encoder) put(meta *format.ColumnMetaData, h *format.PageHeader) (size int, err error) {
	e.compressed = e.zstd.EncodeAll(e.body, e.compressed[:0])
	h.UncompressedPageSize, h.CompressedPageSize = int32(len(e.body)), int32(len(e.compressed))
	h.CRC = int32(crc32.ChecksumIEEE(e.compressed))
	header, err := thrift.Marshal(new(thrift.CompactProtocol), h)
	if err != nil {
		return 0, err
	}
	meta.TotalUncompressedSize += int64(len(header) + len(e.body))
	meta.TotalCompressedSize += int64(len(header) + len(e.compressed))
	if err := e.write(header); err != nil {
		return 0, err
	}
	return len(header) + len(e.compressed), e.write(e.compressed)
}

// group writes a group of rows.
func (e *encoder) group(t *table) (err error) {
	e.rows, e.chunks = t.rows, make([]format.ColumnChunk, 0, columns+len(t.fields.chosen))
	at := e.offset
	for i, c := range layout {
		switch c.kind {
		case text:
			err = e.texts(c, t.texts[i], c.name)
		case flag:
			err = e.flags(c, t.numbers[i])
		default:
			err = e.integers(c, t.numbers[i])
		}
		if err != nil {
			return fmt.Errorf("column %s: %w", c.name, err)
		}
	}
	for _, f := range t.fields.chosen {
		if err := e.texts(fieldColumn(f.name), &f.texts, fieldsGroup, f.name); err != nil {
			return fmt.Errorf("column %s.%s: %w", fieldsGroup, f.name, err)
		}
	}
	group := format.RowGroup{NumRows: int64(e.rows), FileOffset: at, Columns: e.chunks, Ordinal: int16(len(e.groups))}
	for i := range e.chunks {
		group.TotalByteSize += e.chunks[i].MetaData.TotalUncompressedSize
		group.TotalCompressedSize += e.chunks[i].MetaData.TotalCompressedSize
	}
	e.groups = append(e.groups, group)
	return nil
}

// close writes where the pages are, and the footer.
func (e *encoder) close(fields []string, more ...format.KeyValue) error {
	meta := format.FileMetaData{Version: 2, Schema: schemaOf(fields), RowGroups: e.groups, CreatedBy: createdBy, KeyValueMetadata: more,
		ColumnOrders: slices.Repeat([]format.ColumnOrder{{Value: &format.TypeDefinedOrder{}}}, columns+len(fields))}
	next := 0
	for _, group := range e.groups {
		meta.NumRows += group.NumRows
		for i := range group.Columns {
			b, err := thrift.Marshal(new(thrift.CompactProtocol), &e.pages[next])
			if err != nil {
				return err
			}
			group.Columns[i].OffsetIndexOffset, group.Columns[i].OffsetIndexLength = e.offset, int32(len(b))
			if err := e.write(b); err != nil {
				return err
			}
			next++
		}
	}
	footer, err := thrift.Marshal(new(thrift.CompactProtocol), &meta)
	if err != nil {
		return err
	}
	footer = binary.LittleEndian.AppendUint32(footer, uint32(len(footer)))
	return e.write(append(footer, magic...))
}

// boundSize is how long a text may be, in bytes, to stand in the footer as the least or greatest of its column.
const boundSize = 64

// textBounds are the least and the greatest text; nil where they are too long.
func textBounds(values []string) (least, greatest []byte) {
	if len(values) == 0 {
		return nil, nil
	}
	low, high := slices.Min(values), slices.Max(values)
	if len(low) > boundSize || len(high) > boundSize {
		return nil, nil
	}
	return []byte(low), []byte(high)
}

// bounds are the least and the greatest number; nil where there is none.
func bounds(numbers []int64) (least, greatest []byte) {
	low, high := int64(math.MaxInt64), int64(none)
	for _, n := range numbers {
		if n != none {
			low, high = min(low, n), max(high, n)
		}
	}
	if high == none {
		return nil, nil
	}
	return binary.LittleEndian.AppendUint64(nil, uint64(low)), binary.LittleEndian.AppendUint64(nil, uint64(high))
}
