// Package predicate holds conditions on audit events: one small tree, made from a policy's rules or from a query's flags, and evaluated
// over single events or over columns of many.
//
// A condition made from rules never says no where the rules could say yes, or could fail: it is False only where plain OPA gives nothing
// and reports nothing, True only where OPA's expression holds, and Ask wherever it cannot tell, so that full Rego has the last word.
package predicate
