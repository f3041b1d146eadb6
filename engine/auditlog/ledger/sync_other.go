//go:build !linux

package ledger

// sync makes what was written last, and its names.
func (w *writer) sync() error { return w.syncEach() }
