package auditlog

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/keeptrusts/kt/engine/event"
)

// TestMain lets the test binary be a process of its own that writes to a store, for tests that kill it.
func TestMain(m *testing.M) {
	job := os.Getenv("KT_AUDITLOG_CHILD")
	if job == "" {
		os.Exit(m.Run())
	}
	if err := child(job, os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// child writes to the store below root until it is done or killed, and tells what is acknowledged.
func child(job, root string, args []string) error {
	ctx := context.Background()
	p := place{filepath.Join(root, "store"), filepath.Join(root, "keys")}
	w, err := OpenWriter(ctx, p.dir, p.options())
	if err != nil {
		return err
	}
	fmt.Println("open")
	switch job {
	case "hold":
		_, err = io.Copy(io.Discard, os.Stdin)
		return err
	case "import":
		log, err := event.Open(args, nil, event.Options{})
		if err != nil {
			return err
		}
		_, err = w.Import(ctx, Import{Log: log, Progress: func(r Report) { fmt.Println(r.Stored + r.Duplicates) }})
		if err != nil {
			return err
		}
	case "append":
		from, err := strconv.Atoi(args[0])
		if err != nil {
			return err
		}
		var parser event.Parser
		for n := from; ; n++ {
			e, err := parser.Parse([]byte(numbered("gw", n, n%1000)))
			if err != nil {
				return err
			}
			if _, err := w.Append(ctx, []event.Event{e}); err != nil {
				return err
			}
			fmt.Println(n)
		}
	}
	return w.Close()
}

// process is a child at work.
type process struct {
	command *exec.Cmd
	lines   *bufio.Scanner
}

func start(t testing.TB, job, root string, args ...string) *process {
	t.Helper()
	c := exec.Command(os.Args[0], append([]string{root}, args...)...)
	c.Env = append(os.Environ(), "KT_AUDITLOG_CHILD="+job, "GOMAXPROCS=1")
	c.Stderr = os.Stderr
	if job == "hold" { // until it is killed, or this process ends
		_, err := c.StdinPipe()
		check(t, err)
	}
	out, err := c.StdoutPipe()
	check(t, err)
	check(t, c.Start())
	p := &process{c, bufio.NewScanner(out)}
	if !p.lines.Scan() || p.lines.Text() != "open" {
		t.Fatalf("the child did not open the store: %q", p.lines.Text())
	}
	return p
}

// rest is the last number that the child told, -1: none; it returns when the child has ended.
func (p *process) rest(t testing.TB) int {
	t.Helper()
	last := -1
	for p.lines.Scan() {
		if n, err := strconv.Atoi(p.lines.Text()); err == nil {
			last = n
		}
	}
	_ = p.command.Wait() // it was killed
	return last
}
