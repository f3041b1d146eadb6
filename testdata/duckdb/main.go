// Command duckdb runs SQL in DuckDB and writes the rows as JSON, one a line: an outside reader of kt's Parquet files for tests and
// benchmarks. It needs cgo, and so it is a module of its own. With -time it writes how many seconds the statement took, and no rows.
package main

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
)

func main() {
	timed := flag.Bool("time", false, "write the seconds that the statement took instead of its rows; the best of three")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: duckdb [-time] SQL")
		os.Exit(2)
	}
	if err := run(flag.Arg(0), *timed); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(statement string, timed bool) error {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	if !timed {
		return each(db, statement, bufio.NewWriter(os.Stdout))
	}
	best := time.Duration(1<<63 - 1)
	for range 3 {
		began := time.Now()
		if err := each(db, statement, nil); err != nil {
			return err
		}
		best = min(best, time.Since(began))
	}
	fmt.Println(best.Seconds())
	return db.Close()
}

// each writes the rows, or only reads them where out is nil.
func each(db *sql.DB, statement string, out *bufio.Writer) error {
	rows, err := db.Query(statement)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err says what went wrong
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	values, places := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		places[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return err
		}
		if out == nil {
			continue
		}
		row := map[string]any{}
		for i, name := range names {
			row[name] = values[i]
		}
		line, err := json.Marshal(row)
		if err != nil {
			return err
		}
		if _, err := out.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	if out != nil {
		if err := out.Flush(); err != nil {
			return err
		}
	}
	return rows.Err()
}
