// Package check evaluates checks over a snapshot, an audit log and change records, and gives each a status.
//
// Evaluation is OPA's own, rule by rule; what this package adds is only how often a rule runs. Events stream by once and
// are offered to all checks that could see something in them (see [stream]); rules that do not depend on the event are
// evaluated once and handed to OPA as already known. Nothing here reads a clock, a file or the network.
package check
