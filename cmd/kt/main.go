// Command kt judges an organisation's configuration and audit log against policies written in Rego, and says which controls of a
// framework hold.
package main

import (
	"os"
	_ "time/tzdata" // so that calendar periods are the same on every machine
)

func main() { os.Exit(run(os.Args[1:])) }
