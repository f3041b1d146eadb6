// Package cases runs the cases that stand beside each check, and the deletion test over those that fail.
//
// A case is a small snapshot, some events and the verdict that they must get; it goes through the whole engine, as real input does. The
// deletion test then takes each field of a deviating subject's record away, one at a time: in Rego a missing field makes a rule
// silently empty, so a check must say `unknown` where it can no longer tell, or a deviation would vanish with the field that proved it.
package cases
