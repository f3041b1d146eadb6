package segment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// maxFooter is the most bytes that a footer or the list of a column's pages may have.
const maxFooter = 4 << 20

// readThrift decodes a part of a file that its footer, or its end, says where to find.
func readThrift(file io.ReaderAt, offset, size, limit int64, v any) error {
	if offset < 0 || size < 1 || size > maxFooter || offset > limit-size {
		return fmt.Errorf("%d bytes at %d, of %d", size, offset, limit)
	}
	b := make([]byte, size)
	if _, err := file.ReadAt(b, offset); err != nil {
		return err
	}
	n, err := sized(b, thriftStruct, 0)
	if err != nil {
		return err
	}
	if n != len(b) {
		return fmt.Errorf("%d bytes where %d were announced", n, len(b))
	}
	return thrift.Unmarshal(new(thrift.CompactProtocol), b, v)
}

// Types of Thrift's compact protocol.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftInt64  = 6 // and shorter ones
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftStruct = 12
)

var errThrift = errors.New("a list or a text that is longer than what holds it")

// sized gives the length of a value at the beginning of b, and fails where a list or a text announces more than there is: the decoder
// would believe it, and take that much memory.
func sized(b []byte, kind byte, depth int) (int, error) {
	if depth > 16 {
		return 0, errors.New("lists and structures that are nested too deep")
	}
	switch kind {
	case thriftTrue, thriftFalse, thriftByte:
		if len(b) < 1 {
			return 0, errThrift
		}
		return 1, nil
	case thriftDouble:
		if len(b) < 8 {
			return 0, errThrift
		}
		return 8, nil
	case thriftBinary:
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n) {
			return 0, errThrift
		}
		return n + int(size), nil
	case thriftList, thriftSet:
		return sizedList(b, depth)
	case thriftStruct:
		return sizedStruct(b, depth)
	}
	if kind < thriftByte || kind > thriftInt64 {
		return 0, fmt.Errorf("a field of the unknown type %d", kind)
	}
	_, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, errThrift
	}
	return n, nil
}

func sizedList(b []byte, depth int) (int, error) {
	if len(b) < 1 {
		return 0, errThrift
	}
	size, at := uint64(b[0]>>4), 1
	if size == 15 {
		var n int
		if size, n = binary.Uvarint(b[1:]); n <= 0 {
			return 0, errThrift
		}
		at += n
	}
	if size > uint64(len(b)-at) { // each item has a byte at least
		return 0, errThrift
	}
	for range size {
		n, err := sized(b[at:], b[0]&15, depth+1)
		if err != nil {
			return 0, err
		}
		at += n
	}
	return at, nil
}

func sizedStruct(b []byte, depth int) (int, error) {
	for at := 0; at < len(b); {
		head := b[at]
		at++
		if head == 0 {
			return at, nil
		}
		if head>>4 == 0 { // the field's number stands by itself
			_, n := binary.Varint(b[at:])
			if n <= 0 {
				return 0, errThrift
			}
			at += n
		}
		if kind := head & 15; kind != thriftTrue && kind != thriftFalse {
			n, err := sized(b[at:], kind, depth+1)
			if err != nil {
				return 0, err
			}
			at += n
		}
	}
	return 0, errThrift
}

// readFooter reads what a file says of itself, and holds it against what a segment must be.
func readFooter(file io.ReaderAt, size int64) (*format.RowGroup, *footerFields, error) {
	const ends = 2*len(magic) + 4
	if size < int64(ends) {
		return nil, nil, fmt.Errorf("%d bytes", size)
	}
	var head [len(magic)]byte
	var tail [4 + len(magic)]byte
	if _, err := file.ReadAt(head[:], 0); err != nil {
		return nil, nil, err
	}
	if _, err := file.ReadAt(tail[:], size-int64(len(tail))); err != nil {
		return nil, nil, err
	}
	if string(head[:]) != magic || string(tail[4:]) != magic {
		return nil, nil, fmt.Errorf("no Parquet file, or one that is cut off")
	}
	length := int64(binary.LittleEndian.Uint32(tail[:4]))
	limit := size - int64(len(tail))
	var meta format.FileMetaData
	if err := readThrift(file, limit-length, length, limit, &meta); err != nil {
		return nil, nil, fmt.Errorf("the footer: %w", err)
	}
	return checkFooter(&meta)
}

// footerFields are the members of details: those that have a column, and those that rows may have besides.
type footerFields struct {
	names []string
	left  map[string]bool
}

func checkFooter(meta *format.FileMetaData) (*format.RowGroup, *footerFields, error) {
	out, known := &footerFields{left: map[string]bool{}}, false
	for _, kv := range meta.KeyValueMetadata {
		if kv.Key == versionKey {
			if kv.Value != version {
				return nil, nil, fmt.Errorf("a segment of version %.20q: this kt reads version %s, use a newer one", kv.Value, version)
			}
			known = true
		}
		if kv.Key == leftKey {
			for _, name := range strings.Fields(kv.Value) {
				out.left[name] = true
			}
		}
	}
	if !known {
		return nil, nil, errors.New("a Parquet file that kt has not written")
	}
	var fields []string
	if len(meta.Schema) > columns+2 {
		for _, e := range meta.Schema[columns+2:] {
			if !plainName(e.Name) || len(fields) > 0 && e.Name <= fields[len(fields)-1] {
				return nil, nil, fmt.Errorf("a column for the member of details %.60q", e.Name)
			}
			fields = append(fields, e.Name)
		}
	}
	if len(fields) > fieldsMost || !reflect.DeepEqual([]format.SchemaElement(meta.Schema), schemaOf(fields)) {
		return nil, nil, errors.New("other columns than a segment's")
	}
	if len(meta.RowGroups) != 1 {
		return nil, nil, fmt.Errorf("%d groups of rows", len(meta.RowGroups))
	}
	group := &meta.RowGroups[0]
	if group.NumRows < 1 || group.NumRows > MaxRows || meta.NumRows != group.NumRows {
		return nil, nil, fmt.Errorf("%d rows, expected 1 to %d", group.NumRows, MaxRows)
	}
	if len(group.Columns) != columns+len(fields) {
		return nil, nil, fmt.Errorf("%d columns, expected %d", len(group.Columns), columns+len(fields))
	}
	for i := range group.Columns {
		c, want := &group.Columns[i].MetaData, columnOf(i, fields)
		path := []string{want.name}
		if i >= columns {
			path = []string{fieldsGroup, want.name}
		}
		if !reflect.DeepEqual([]string(c.PathInSchema), path) || c.Type != want.physical() || c.Codec != format.Zstd || c.NumValues != group.NumRows {
			return nil, nil, fmt.Errorf("something else in the place of the column %s", want.name)
		}
		if c.TotalUncompressedSize < 0 || c.TotalUncompressedSize > math.MaxInt32 {
			return nil, nil, fmt.Errorf("column %s: %d bytes", want.name, c.TotalUncompressedSize)
		}
	}
	out.names = fields
	return group, out, nil
}

// columnOf is a column by its place in the file.
func columnOf(i int, fields []string) column {
	if i < columns {
		return layout[i]
	}
	return fieldColumn(fields[i-columns])
}
