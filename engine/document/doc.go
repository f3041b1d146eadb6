// Package document reads one YAML or JSON document strictly, knows where each value stands in it, and holds it against a
// JSON Schema of schemas/.
//
// What is read is plain data: a date stays the text that it is, a number keeps its digits, null members of objects are
// dropped, and what two readers could understand differently (duplicate keys, anchors, tags, octal numbers, a second
// document) is refused. Every complaint is a Problem with file, line, column and JSON pointer.
package document
