package main

import (
	"io"
	"os"

	"github.com/charmbracelet/x/term"

	"github.com/keeptrusts/kt/engine/report"
)

// maxWidth is how wide text is set on a wide terminal, in columns: longer lines are hard to read.
const maxWidth = 120

// look is how a stream shows text: in colour and wrapped on a terminal, plain elsewhere and where NO_COLOR is set.
func look(w io.Writer) report.Look {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(f.Fd()) {
		return report.Look{}
	}
	out := report.Look{Width: 80, Color: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
	if width, _, err := term.GetSize(f.Fd()); err == nil && width > 0 {
		out.Width = min(width, maxWidth)
	}
	return out
}
