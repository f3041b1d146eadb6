// Package auditlog is the store of audit events: it appends, imports, seals, verifies and retains them in one directory.
//
// An append returns when its events, their hashes and the new tree head are on the disk. From then on each event is there exactly once, at
// one index for ever. One process writes at a time; readers take no lock, and each sees the one state of the log that it opened.
//
//	kt.db        SQLite: the catalogue of segments, the events that are not yet sealed (the tail), quarantine, retention
//	segments/    sealed events, package segment
//	tiles/       the Merkle tree over all events, package ledger
//	checkpoint   the latest signed note; the catalogue has the same
//	lock         who writes
//
// What the catalogue does not name does not exist. Files are written first, then the catalogue commits to them in one transaction, so that a
// crash leaves the log as it was before or as it was to be. The signed checkpoint states the tree's root and, in its further lines, the
// running hashes of the catalogue's own tables: nobody without the key can take a row away.
package auditlog
