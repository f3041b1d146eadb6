package canon

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

// FromAny makes a Value of what Go's decoders give: nil, bool, string, json.Number, integers, floats, []any and map[string]any. The rules
// of Parse hold: valid UTF-8, finite numbers, at most MaxDepth deep, null members dropped.
func FromAny(v any) (Value, error) { return fromAny(v, 0) }

func fromAny(v any, depth int) (Value, error) {
	switch v := v.(type) {
	case nil:
		return Value{}, nil
	case bool:
		return Value{Kind: Bool, Bool: v}, nil
	case string:
		if !utf8.ValidString(v) {
			return Value{}, fmt.Errorf("expected valid UTF-8, found %q", v)
		}
		return Value{Kind: String, Text: v}, nil
	case json.Number:
		text, length, err := number(string(v))
		if err == nil && length != len(v) {
			err = errNumber
		}
		if err != nil {
			return Value{}, fmt.Errorf("expected a number, found %q: %w", string(v), err)
		}
		return Value{Kind: Number, Text: text}, nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return Value{}, fmt.Errorf("expected a finite number, found %v", v)
		}
		return Value{Kind: Number, Text: formatFloat(v)}, nil
	case float32:
		return fromAny(float64(v), depth)
	case int:
		return integer(int64(v)), nil
	case int8:
		return integer(int64(v)), nil
	case int16:
		return integer(int64(v)), nil
	case int32:
		return integer(int64(v)), nil
	case int64:
		return integer(v), nil
	case uint:
		return unsigned(uint64(v)), nil
	case uint8:
		return unsigned(uint64(v)), nil
	case uint16:
		return unsigned(uint64(v)), nil
	case uint32:
		return unsigned(uint64(v)), nil
	case uint64:
		return unsigned(v), nil
	case []any:
		return fromSlice(v, depth+1)
	case map[string]any:
		return fromMap(v, depth+1)
	}
	return Value{}, fmt.Errorf("a Go %T has no JSON form here", v)
}

func integer(n int64) Value   { return Value{Kind: Number, Text: strconv.FormatInt(n, 10)} }
func unsigned(n uint64) Value { return Value{Kind: Number, Text: strconv.FormatUint(n, 10)} }

func fromSlice(list []any, depth int) (Value, error) {
	if depth > MaxDepth {
		return Value{}, fmt.Errorf("nested deeper than %d arrays and objects", MaxDepth)
	}
	out := Value{Kind: Array, Items: make([]Value, len(list))}
	for i, item := range list {
		var err error
		if out.Items[i], err = fromAny(item, depth); err != nil {
			return Value{}, err
		}
	}
	return out, nil
}

func fromMap(m map[string]any, depth int) (Value, error) {
	if depth > MaxDepth {
		return Value{}, fmt.Errorf("nested deeper than %d arrays and objects", MaxDepth)
	}
	out := Value{Kind: Object, Members: make([]Member, 0, len(m))}
	for key, item := range m {
		if !utf8.ValidString(key) {
			return Value{}, fmt.Errorf("expected a name in valid UTF-8, found %q", key)
		}
		value, err := fromAny(item, depth)
		if err != nil {
			return Value{}, err
		}
		if value.Kind != Null {
			out.Members = append(out.Members, Member{Key: key, Value: value})
		}
	}
	sortMembers(out.Members)
	return out, nil
}

// Any is v as Go's decoders would give it, numbers as json.Number.
func (v *Value) Any() any {
	switch v.Kind {
	case Bool:
		return v.Bool
	case Number:
		return json.Number(v.Text)
	case String:
		return v.Text
	case Array:
		out := make([]any, len(v.Items))
		for i := range v.Items {
			out[i] = v.Items[i].Any()
		}
		return out
	case Object:
		out := make(map[string]any, len(v.Members))
		for i := range v.Members {
			out[v.Members[i].Key] = v.Members[i].Value.Any()
		}
		return out
	}
	return nil
}
