package event

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Stdin is the path that stands for standard input.
const Stdin = "-"

// input is one stream of the log. It can be opened more than once.
type input struct {
	path string // as the user named it, for messages
	name string // what the rest of the product calls it: never where it lies
	size int64  // as stored; -1: unknown
	open func(context.Context) (io.ReadCloser, error)
	// remove removes what open has left behind; nil: nothing.
	remove func() error
}

// resolve turns paths into inputs, in the log's order, and lists the files of folders that were left out.
func resolve(paths []string, stdin io.Reader) (inputs []*input, ignored []string, err error) {
	piped := false
	for _, path := range paths {
		if path == Stdin {
			if piped || stdin == nil {
				return nil, nil, errors.New("standard input: expected to be named once and to be there")
			}
			piped = true
			inputs = append(inputs, spooled("standard input", "", func() (io.ReadCloser, error) { return io.NopCloser(stdin), nil }))
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: expected a file or a folder with an audit log: %w", path, plain(err))
		}
		if !info.IsDir() {
			inputs = append(inputs, fileInput(path, filepath.Base(path), info))
			continue
		}
		found, left, err := folder(path)
		if err != nil {
			return nil, nil, err
		}
		if len(found) == 0 && len(left) > 0 {
			return nil, nil, fmt.Errorf("%s: expected files that end in %s, plain or with .gz or .zst, found %s", path, strings.Join(extensions, ", "), short(strings.Join(left, ", ")))
		}
		inputs, ignored = append(inputs, found...), append(ignored, left...)
	}
	return inputs, ignored, nil
}

// plain drops what the message has already said from an error of the file system.
func plain(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}

func fileInput(path, name string, info fs.FileInfo) *input {
	open := func() (io.ReadCloser, error) { return os.Open(path) }
	if !info.Mode().IsRegular() { // a pipe gives what it has only once
		return spooled(path, name, open)
	}
	return &input{path: path, name: name, size: info.Size(), open: func(context.Context) (io.ReadCloser, error) { return open() }}
}

// extensions are those of files in a folder that are read.
var extensions = []string{".ndjson", ".jsonl", ".json", ".csv"}

func readable(name string) bool {
	name = strings.ToLower(name)
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst")
	return slices.Contains(extensions, filepath.Ext(name))
}

// folder finds the files of a folder and those below it, in the bytewise order of their paths with slashes. Hidden ones do not count.
func folder(root string) (found []*input, ignored []string, err error) {
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("%s: %w", path, plain(err))
		}
		if path == root {
			return nil
		}
		if strings.HasPrefix(entry.Name(), ".") {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if entry.IsDir() {
			return nil
		}
		info, err := os.Stat(path) // a link to a file is a file
		if err != nil {
			return fmt.Errorf("%s: %w", path, plain(err))
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if !info.Mode().IsRegular() || !readable(name) {
			ignored = append(ignored, name)
			return nil
		}
		found = append(found, fileInput(path, name, info))
		return nil
	})
	slices.SortFunc(found, func(a, b *input) int { return cmp.Compare(a.name, b.name) })
	return found, ignored, err
}

// decoded opens an input as plain bytes, whatever it is compressed with. stored sees the bytes as they are stored.
func (in *input) decoded(ctx context.Context, stored func(io.Reader) io.Reader) (*bufio.Reader, func(), error) {
	file, err := in.open(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", in.path, plain(err))
	}
	done := func() { _ = file.Close() } // it was only read
	raw := bufio.NewReaderSize(stored(file), 64<<10)
	magic, err := raw.Peek(4)
	if err != nil && err != io.EOF {
		done()
		return nil, nil, fmt.Errorf("%s: %w", in.path, plain(err))
	}
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(raw)
		if err != nil {
			done()
			return nil, nil, fmt.Errorf("%s: expected a gzip file: %w", in.path, err)
		}
		return bufio.NewReaderSize(z, 64<<10), done, nil
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow))
		if err != nil {
			done()
			return nil, nil, fmt.Errorf("%s: expected a zstd file: %w", in.path, err)
		}
		return bufio.NewReaderSize(z, 64<<10), func() { z.Close(); done() }, nil
	}
	return raw, done, nil
}

// zstdWindow is the memory that a compressed file may ask for: as much as zstd's own --ultra levels do without --long=28 or more.
const zstdWindow = 128 << 20

const byteOrderMark = "\xef\xbb\xbf"

// detect finds out the format by the first bytes, and by the name only where these say nothing.
func (in *input) detect(r *bufio.Reader) (framer, error) {
	head, err := r.Peek(4096)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("cannot be read to its end: %w", plain(err))
	}
	head = bytes.TrimPrefix(head, []byte(byteOrderMark))
	content := bytes.TrimLeft(head, " \t\r\n")
	switch {
	case len(content) == 0 || content[0] == '{':
		return lines{}, nil
	case content[0] == '[':
		return &items{}, nil
	}
	if i := binaryAt(head, err == io.EOF); i >= 0 {
		return nil, fmt.Errorf("expected an audit log as NDJSON, JSON array or CSV, plain or compressed with gzip or zstd, found a binary file (byte 0x%02x at %d)", head[i], i+1)
	}
	first, _, _ := strings.Cut(string(content), "\n")
	if looksLikeHeader(first) || strings.HasSuffix(strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(in.path, ".gz"), ".zst")), ".csv") {
		return &rows{}, nil
	}
	return lines{}, nil
}

// binaryAt finds a byte that no text has, -1: none. The last character may be cut where the text goes on.
func binaryAt(head []byte, whole bool) int {
	for i := 0; i < len(head); {
		c, size := utf8.DecodeRune(head[i:])
		if c == utf8.RuneError && size == 1 && (whole || utf8.FullRune(head[i:])) {
			return i
		}
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return i
		}
		i += size
	}
	return -1
}
