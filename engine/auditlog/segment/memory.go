package segment

import "sync"

// pool is memory of the size of a column that is used again: one segment is read after the other, and each would make as much anew.
type pool[T any] struct{ free sync.Pool }

var (
	intMemory  pool[int32]
	longMemory pool[int64]
	byteMemory pool[byte]
)

// take is an empty slice with room for n.
func (p *pool[T]) take(n int) []T {
	if have, ok := p.free.Get().(*[]T); ok && cap(*have) >= n {
		return (*have)[:0]
	}
	return make([]T, 0, max(n, MaxRows))
}

// put gives a slice back that nobody uses any more.
func (p *pool[T]) put(s []T) {
	if cap(s) >= MaxRows {
		p.free.Put(&s)
	}
}
