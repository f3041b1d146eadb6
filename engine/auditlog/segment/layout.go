package segment

import (
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding"
)

// kind is what a column holds.
type kind uint8

const (
	text kind = iota
	whole
	instant
	flag
)

// column is one of the columns that every segment has.
type column struct {
	name     string
	kind     kind
	optional bool
}

// Columns by name.
const (
	logIndex      = "log_index"
	id            = "id"
	idDerived     = "id_derived"
	timestamp     = "timestamp"
	actorType     = "actor_type"
	actorID       = "actor_id"
	action        = "action" // as logged
	resourceType  = "resource_type"
	resourceID    = "resource_id"
	outcome       = "outcome"
	outcomeBasis  = "outcome_basis"
	details       = "details"
	ipAddress     = "ip_address"
	source        = "source"
	epoch         = "epoch"
	sequence      = "sequence"
	ingestedAt    = "ingested_at"
	tenant        = "tenant"
	correlationID = "correlation_id"
	policyVersion = "policy_version"
	extra         = "extra"
	fieldsGroup   = "details_fields"
)

// layout is every column but those of members of details. What is optional is null where the event does not have it: "" is a value.
var layout = []column{
	{logIndex, whole, false}, {id, text, false}, {idDerived, flag, false}, {timestamp, instant, false},
	{actorType, text, false}, {actorID, text, false}, {action, text, false}, {resourceType, text, false}, {resourceID, text, false},
	{outcome, text, false}, {outcomeBasis, text, true}, {details, text, true}, {ipAddress, text, true}, {source, text, true},
	{epoch, text, true}, {sequence, whole, true}, {ingestedAt, instant, true}, {tenant, text, true}, {correlationID, text, true},
	{policyVersion, text, true}, {extra, text, true},
}

const (
	// pageSize is how many bytes of values a page has: what must be read to get at one row.
	pageSize = 64 << 10
	// A column becomes a dictionary where it has few values for its rows.
	dictionaryShare = 4
	dictionaryMost  = 1 << 14
)

var codec = &zstd.Codec{Level: zstd.SpeedFastest}

// encodingOf is how a column of texts is written: as a dictionary where many rows share few values.
func encodingOf(c *texts, rows int) encoding.Encoding {
	if n := c.distinct(); n <= dictionaryMost && n <= max(rows/dictionaryShare, 1) {
		return &parquet.RLEDictionary
	}
	return &parquet.Plain
}

// schemaOf is the Parquet schema of some rows.
func schemaOf(t *table) *parquet.Schema {
	group := parquet.Group{}
	for _, c := range layout {
		var node parquet.Node
		switch c.kind {
		case text:
			node = parquet.Encoded(parquet.String(), encodingOf(t.texts[c.name], t.rows))
		case whole:
			node = parquet.Encoded(parquet.Int(64), &parquet.DeltaBinaryPacked)
		case instant: // in UTC, though not marked as such: DuckDB reads what is marked in microseconds only
			node = parquet.Encoded(parquet.TimestampAdjusted(parquet.Nanosecond, false), &parquet.DeltaBinaryPacked)
		case flag:
			node = parquet.Leaf(parquet.BooleanType)
		}
		node = parquet.Compressed(node, codec)
		if c.optional {
			node = parquet.Optional(node)
		}
		group[c.name] = node
	}
	if len(t.fields) > 0 {
		fields := parquet.Group{}
		for _, f := range t.fields {
			fields[f.name] = parquet.Optional(parquet.Compressed(parquet.Encoded(parquet.String(), &parquet.RLEDictionary), codec))
		}
		group[fieldsGroup] = fields
	}
	return parquet.NewSchema("event", group)
}
