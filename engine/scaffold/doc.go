// Package scaffold makes a policy repository: the whole embedded library, mappings, a kt.yaml with a small clean fixture, a CI workflow and a
// README that tells how to add a check.
//
// It is built in a folder of its own and then moved to its place, so that nobody finds half of a repository; what goes wrong on the way
// is taken back.
package scaffold
