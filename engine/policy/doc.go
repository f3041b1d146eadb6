// Package policy reads a policy library - checks, thresholds, roll-up, mappings and waivers - from a directory, from a
// git revision or from the binary, and compiles it with the METADATA that tells what each check reads.
//
// A library is loaded whole or not at all: a check that does not compile, two checks with one id, or a mapping that
// links a check that does not exist are errors that name file and line.
package policy
