package segment

import (
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// kind is what a column holds.
type kind uint8

const (
	text kind = iota
	whole
	instant
	flag
)

// column is one of the columns of a segment.
type column struct {
	name     string
	kind     kind
	optional bool // null where the event does not have it: "" is a value
}

// The columns that every segment has, by their place in layout and in the file.
const (
	logIndex = iota
	id
	idDerived
	timestamp
	actorType
	actorID
	action // as logged
	resourceType
	resourceID
	outcome
	outcomeBasis
	details
	ipAddress
	source
	epoch
	sequence
	ingestedAt
	tenant
	correlationID
	policyVersion
	extra // what has no column of its own
	columns
)

var layout = [columns]column{
	logIndex: {"log_index", whole, false}, id: {"id", text, false}, idDerived: {"id_derived", flag, false}, timestamp: {"timestamp", instant, false},
	actorType: {"actor_type", text, false}, actorID: {"actor_id", text, false}, action: {"action", text, false},
	resourceType: {"resource_type", text, false}, resourceID: {"resource_id", text, false}, outcome: {"outcome", text, false},
	outcomeBasis: {"outcome_basis", text, true}, details: {"details", text, true}, ipAddress: {"ip_address", text, true},
	source: {"source", text, true}, epoch: {"epoch", text, true}, sequence: {"sequence", whole, true}, ingestedAt: {"ingested_at", instant, true},
	tenant: {"tenant", text, true}, correlationID: {"correlation_id", text, true}, policyVersion: {"policy_version", text, true},
	extra: {"extra", text, true},
}

// fieldsGroup is the group of columns that repeat members of details.
const fieldsGroup = "details_fields"

// fieldColumn is the column of a member of details: its canonical JSON.
func fieldColumn(name string) column { return column{name, text, true} }

// version is the form of segments that this package writes, and the only one that it reads; it stands in the file under versionKey.
const (
	version    = "1"
	versionKey = "kt.segment"
	// leftKey has the members of details that have no column.
	leftKey   = "kt.details_without_column"
	createdBy = "kt"
)

// schemaOf is the Parquet schema of a segment with columns for these members of details.
func schemaOf(fields []string) []format.SchemaElement {
	top := int32(columns)
	if len(fields) > 0 {
		top++
	}
	schema := make([]format.SchemaElement, 0, columns+2+len(fields))
	schema = append(schema, format.SchemaElement{Name: "event", NumChildren: thrift.New(top)})
	for _, c := range layout {
		schema = append(schema, c.element())
	}
	if len(fields) > 0 {
		schema = append(schema, format.SchemaElement{Name: fieldsGroup, NumChildren: thrift.New(int32(len(fields))), RepetitionType: thrift.New(format.Required)})
		for _, name := range fields {
			schema = append(schema, fieldColumn(name).element())
		}
	}
	return schema
}

// element is the column in a Parquet schema.
func (c column) element() format.SchemaElement {
	e := format.SchemaElement{Name: c.name, Type: thrift.New(c.physical()), RepetitionType: thrift.New(format.Required)}
	if c.optional {
		e.RepetitionType = thrift.New(format.Optional)
	}
	switch c.kind {
	case text:
		e.ConvertedType = thrift.New(deprecated.UTF8)
		e.LogicalType.Value = &format.StringType{}
	case instant: // in UTC, though not marked as such: DuckDB reads what is marked in microseconds only
		e.LogicalType.Value = &format.TimestampType{Unit: format.TimeUnit{Value: &format.NanoSeconds{}}}
	}
	return e
}

func (c column) physical() format.Type {
	switch c.kind {
	case text:
		return format.ByteArray
	case flag:
		return format.Boolean
	}
	return format.Int64
}
