package predicate

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/clock"
)

// Limits of a query, so that nobody can have kt look at each event a million times.
const (
	maxQuery  = 64 << 10 // bytes
	maxValues = 1000
)

// Clause is one part of a query: a field, an operator and the value to hold it against.
type Clause struct{ Field, Operator, Value string }

// operators, longest first, so that >= is not read as > and =.
var operators = []string{"!=", ">=", "<=", "=", "<", ">", "~"}

// ParseFilter reads a filter: comma-joined field=value, also !=, >=, <=, >, <, ~ (contains). A value without a field belongs to the field
// before it, as in action=policy.update,policy.create. A comma or a backslash in a value is written with a backslash before it.
func ParseFilter(text string) ([]Clause, error) {
	if len(text) > maxQuery {
		return nil, fmt.Errorf("expected a filter of at most %d bytes, found %d", maxQuery, len(text))
	}
	var out []Clause
	for _, part := range splitFilter(text) {
		field, operator, value := cutOperator(part)
		switch {
		case operator == "" && len(out) == 0:
			return nil, fmt.Errorf("expected field=value, found %q", part)
		case operator == "":
			last := out[len(out)-1]
			out = append(out, Clause{last.Field, last.Operator, part})
		default:
			out = append(out, Clause{field, operator, value})
		}
	}
	return out, nil
}

// splitFilter splits at commas that no backslash guards.
func splitFilter(text string) []string {
	var out []string
	var part strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text) && (text[i+1] == ',' || text[i+1] == '\\'):
			i++
			part.WriteByte(text[i])
		case text[i] == ',':
			out = append(out, part.String())
			part.Reset()
		default:
			part.WriteByte(text[i])
		}
	}
	if part.Len() > 0 || len(out) > 0 {
		out = append(out, part.String())
	}
	return out
}

// cutOperator finds the first operator after a field's name.
func cutOperator(part string) (field, operator, value string) {
	end := strings.IndexFunc(part, func(c rune) bool { return strings.ContainsRune("!=<>~", c) })
	if end <= 0 || strings.ContainsAny(part[:end], " \t/") {
		return "", "", part
	}
	for _, o := range operators {
		if strings.HasPrefix(part[end:], o) {
			return strings.TrimSpace(part[:end]), o, part[end+len(o):]
		}
	}
	return "", "", part
}

// Query is the condition of clauses: several values of one field are alternatives, of a field that must not have them all are excluded, and
// bounds and different fields must all hold. canonical gives an action's canonical name.
func Query(clauses []Clause, canonical func(string) string) (*Node, error) {
	if len(clauses) > maxValues {
		return nil, fmt.Errorf("expected at most %d values, found %d", maxValues, len(clauses))
	}
	type key struct{ field, operator string }
	groups := map[key][]*Node{}
	var order []key
	for _, c := range clauses {
		n, err := c.condition(canonical)
		if err != nil {
			return nil, err
		}
		k := key{c.Field, c.Operator}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], n)
	}
	var all []*Node
	for _, k := range order {
		if k.operator == "=" || k.operator == "~" {
			all = append(all, Or(groups[k]...))
			continue
		}
		all = append(all, groups[k]...)
	}
	return And(all...), nil
}

// fields are the names that queries know, with what an event has at its top; below details any name goes.
var fields = []string{"action", "actor", "resource", "outcome", "outcome_basis", "ip", "ip_address", "source", "epoch", "sequence", "id", "tenant",
	"correlation_id", "policy_version", "timestamp", "ingested_at", "text"}

// outcomes are all that an event can have.
var outcomes = []string{"success", "failure", "denied", "unknown"}

func (c Clause) condition(canonical func(string) string) (*Node, error) {
	wrong := func(expected string) error {
		return fmt.Errorf("%s%s%s: expected %s", c.Field, c.Operator, c.Value, expected)
	}
	if !slices.Contains(fields, c.Field) && !strings.HasPrefix(c.Field, "details.") && !strings.HasPrefix(c.Field, "actor.") && !strings.HasPrefix(c.Field, "resource.") {
		return nil, fmt.Errorf("%s: expected one of %s, or a member such as details.rule", c.Field, strings.Join(fields, ", "))
	}
	if c.Value == "" && c.Operator != "=" && c.Operator != "!=" {
		return nil, wrong("a value")
	}
	if c.Operator == "!=" {
		n, err := Clause{c.Field, "=", c.Value}.condition(canonical)
		if err != nil {
			return nil, err
		}
		return Not(n), nil
	}
	switch c.Field {
	case "text":
		if c.Operator != "=" && c.Operator != "~" {
			return nil, wrong("text=… or text~…")
		}
		return anywhere(c.Value), nil
	case "ip", "ip_address":
		if c.Operator == "=" {
			return address(c.Value, wrong)
		}
	case "actor", "resource":
		return reference(c, wrong)
	case "action":
		if c.Operator == "=" {
			c.Value = canonical(c.Value)
		}
	case "outcome":
		if c.Operator == "=" && !slices.Contains(outcomes, c.Value) {
			return nil, wrong(strings.Join(outcomes, ", "))
		}
	case "timestamp", "ingested_at":
		return instant(c, wrong)
	}
	path := ParsePath(c.Field)
	if c.Field == "ip" {
		path = PathOf("ip_address")
	}
	return c.value(path), nil
}

// value holds a value of the event against the clause's: as numbers where both are, as texts else. A true or false is its own name.
func (c Clause) value(path Path) *Node {
	text := fmt.Sprintf("%s %s %q", path, c.Operator, c.Value)
	number, err := canon.Parse([]byte(c.Value))
	isNumber := err == nil && number.Kind == canon.Number
	var limit ast.Value
	if isNumber {
		limit = Term(&number).Value
	}
	holds := comparison(c.Operator)
	return On(path, text, func(v *canon.Value) bool {
		if v == nil {
			return false
		}
		if v.Kind == canon.Number && isNumber && holds != nil {
			return holds(Term(v).Value.Compare(limit))
		}
		var have string
		switch v.Kind {
		case canon.String, canon.Number:
			have = v.Text
		case canon.Bool:
			have = fmt.Sprint(v.Bool)
		default:
			have = string(canon.Append(nil, v))
		}
		if holds == nil {
			return strings.Contains(have, c.Value)
		}
		return holds(strings.Compare(have, c.Value))
	})
}

// comparison is what an operator says of an order; nil of ~.
func comparison(operator string) func(int) bool {
	if operator == "=" {
		operator = "=="
	}
	for _, c := range comparisons {
		if c.word == operator {
			return c.holds
		}
	}
	return nil
}

// reference is a condition on the actor or the resource: by id, or by type and id as in user/usr_1; token/ is every token.
func reference(c Clause, wrong func(string) error) (*Node, error) {
	if c.Operator == "~" {
		return c.value(PathOf(c.Field, "id")), nil
	}
	if c.Operator != "=" {
		return nil, wrong("=, != or ~")
	}
	id := c.value(PathOf(c.Field, "id"))
	kind, rest, ok := strings.Cut(c.Value, "/")
	if !ok {
		return id, nil
	}
	ofKind := Clause{c.Field, "=", kind}.value(PathOf(c.Field, "type"))
	if rest == "" {
		return ofKind, nil
	}
	return Or(id, And(ofKind, Clause{c.Field, "=", rest}.value(PathOf(c.Field, "id")))), nil
}

// address is the condition that an address is the given one or lies in the given network.
func address(value string, wrong func(string) error) (*Node, error) {
	network, err := netip.ParsePrefix(value)
	if err != nil {
		one, err := netip.ParseAddr(value)
		if err != nil {
			return nil, wrong("an address, or a network such as 192.0.2.0/24")
		}
		network = netip.PrefixFrom(one.Unmap().WithZone(""), one.Unmap().BitLen())
	}
	return On(PathOf("ip_address"), "ip_address in "+network.String(), func(v *canon.Value) bool {
		if v == nil || v.Kind != canon.String {
			return false
		}
		a, err := netip.ParseAddr(v.Text)
		return err == nil && network.Contains(a.Unmap().WithZone(""))
	}), nil
}

// instant holds a time against one that is written in any offset, or a date.
func instant(c Clause, wrong func(string) error) (*Node, error) {
	limit, err := clock.ParseInstant(c.Value)
	holds := comparison(c.Operator)
	if err != nil || holds == nil {
		return nil, wrong("a time such as 2026-03-01T09:30:00Z, or a date, after =, !=, <, <=, > or >=")
	}
	return On(PathOf(c.Field), c.Field+" "+c.Operator+" "+clock.Format(limit), func(v *canon.Value) bool {
		if v == nil {
			return false
		}
		t, err := clock.Parse(v.Text)
		return err == nil && holds(t.Compare(limit))
	}), nil
}

// anywhere is the condition that a text stands in any of the event's values, whatever the case of its letters.
func anywhere(text string) *Node {
	want := strings.ToLower(text)
	return On(Path{}, fmt.Sprintf("text contains %q", text), func(v *canon.Value) bool { return says(v, want) })
}

func says(v *canon.Value, want string) bool {
	if v == nil {
		return false
	}
	switch v.Kind {
	case canon.String, canon.Number:
		return strings.Contains(strings.ToLower(v.Text), want)
	case canon.Array:
		return slices.ContainsFunc(v.Items, func(i canon.Value) bool { return says(&i, want) })
	case canon.Object:
		return slices.ContainsFunc(v.Members, func(m canon.Member) bool { return says(&m.Value, want) })
	}
	return false
}
