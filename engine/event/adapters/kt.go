package adapters

// kt's own events need no conversion, and come as CSV too.
var _ = add(Adapter{
	Name:  "kt",
	Title: "kt's own audit events",
	plain: [][]string{required},
})
