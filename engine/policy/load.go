package policy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"golang.org/x/sync/errgroup"

	"github.com/keeptrusts/kt/engine/document"
	"github.com/keeptrusts/kt/engine/mapping"
)

// Bounds of a library, so that a hostile folder cannot exhaust memory.
const (
	maxFile  = 4 << 20
	maxFiles = 20000
	// maxErrors is how many compile errors are told at once.
	maxErrors = 50
)

// Load reads and compiles a library. Its errors name file, line and what to do.
func Load(ctx context.Context, src Source) (*Library, error) {
	lib := &Library{Source: src}
	if err := lib.read(); err != nil {
		return nil, err
	}
	if err := lib.parse(ctx); err != nil {
		return nil, err
	}
	if err := lib.compile(); err != nil {
		return nil, err
	}
	if err := lib.describe(); err != nil {
		return nil, err
	}
	if err := lib.link(ctx); err != nil {
		return nil, err
	}
	lib.Commit, lib.Dirty = src.state(lib.Files)
	lib.Digest = digest(lib.Files)
	return lib, nil
}

// loaded tells whether a file takes part in an evaluation: Rego, mappings and waivers, without tests and cases.
func loaded(path string) bool {
	switch {
	case strings.HasSuffix(path, "_test.rego"):
		return false
	case strings.HasSuffix(path, ".rego"):
		return true
	case strings.HasPrefix(path, "mappings/"):
		return !strings.Contains(strings.TrimPrefix(path, "mappings/"), "/") &&
			(strings.HasSuffix(path, ".yaml") || strings.HasSuffix(path, ".yml"))
	}
	return false
}

func (l *Library) read() error {
	for _, part := range []struct {
		name string
		fsys fs.FS
	}{{"policies/", l.Source.Policies}, {"mappings/", l.Source.Mappings}} {
		files, err := readFolder(part.fsys, part.name, loaded)
		if err != nil {
			return fmt.Errorf("%s: %w", l.Source.Shown(strings.TrimSuffix(part.name, "/")), err)
		}
		l.Files = append(l.Files, files...)
	}
	if l.Source.waiversFile != "" {
		l.Files = slices.DeleteFunc(l.Files, func(f File) bool { return f.Path == waiversPath })
		l.Files = append(l.Files, File{Path: waiversPath, Data: l.Source.Waivers})
	}
	slices.SortFunc(l.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return nil
}

const waiversPath = "mappings/waivers.yaml"

// readFolder reads the files below a folder that keep wants, under the given prefix. Hidden files and folders are left out.
func readFolder(fsys fs.FS, prefix string, keep func(path string) bool) ([]File, error) {
	var files []File
	err := fs.WalkDir(fsys, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path != "." && strings.HasPrefix(entry.Name(), ".") {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if entry.IsDir() || !keep(prefix+path) {
			return nil
		}
		if len(files) == maxFiles {
			return fmt.Errorf("more than %d files; name the folder of the library", maxFiles)
		}
		data, err := readFile(fsys, path)
		if err != nil {
			return err
		}
		files = append(files, File{Path: prefix + path, Data: data})
		return nil
	})
	return files, err
}

func readFile(fsys fs.FS, path string) ([]byte, error) {
	f, err := fsys.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("%s: expected at most %d bytes, found more", path, maxFile)
	}
	return data, err
}

func (l *Library) parse(ctx context.Context) error {
	var rego []File
	for _, f := range l.Files {
		if strings.HasSuffix(f.Path, ".rego") {
			rego = append(rego, f)
		}
	}
	modules := make([]*ast.Module, len(rego))
	failures := make([]error, len(rego))
	group, _ := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, f := range rego {
		group.Go(func() error {
			modules[i], failures[i] = parseModule(f)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if err := errors.Join(failures...); err != nil {
		return l.regoError(failures...)
	}
	l.Modules = make(map[string]*ast.Module, len(modules))
	for i, m := range modules {
		l.Modules[rego[i].Path] = m
	}
	return nil
}

func parseModule(f File) (*ast.Module, error) {
	return ast.ParseModuleWithOpts(f.Path, string(f.Data), ast.ParserOptions{
		ProcessAnnotation: true, RegoVersion: ast.RegoV1, Capabilities: capabilities(),
	})
}

func (l *Library) compile() error {
	if err := refusePrint(l.Modules); err != nil {
		return l.regoError(err)
	}
	schemas, err := schemaSet()
	if err != nil {
		return err
	}
	compiler := newCompiler().WithSchemas(schemas).WithUseTypeCheckAnnotations(true)
	compiler.SetErrorLimit(maxErrors)
	compiler.Compile(l.Modules)
	if compiler.Failed() {
		return l.regoError(compiler.Errors)
	}
	l.Compiler = compiler
	return nil
}

// link loads the mappings, from YAML and from Rego, and holds their links and the waivers against the checks.
func (l *Library) link(ctx context.Context) error {
	set, err := mapping.Load(l.mappingFiles())
	if err != nil {
		return l.shownError(err)
	}
	data := map[string]any{"kt": map[string]any{"mappings": frameworksData(set), "waivers": waiversData(set)}}
	l.Store = inmem.NewFromObjectWithOpts(data, inmem.OptRoundTripOnWrite(false), inmem.OptReturnASTValuesOnRead(true))
	if err := l.regoMappings(ctx, set); err != nil {
		return l.shownError(err)
	}
	if err := set.Check(l.Known()); err != nil {
		return l.shownError(err)
	}
	l.Mappings = set
	return nil
}

// regoMappings adds the frameworks that Rego in mappings/ defines, under the same schema as YAML.
func (l *Library) regoMappings(ctx context.Context, set *mapping.Set) error {
	if l.Compiler.RuleTree.Child(ast.DefaultRootDocument.Value) == nil || len(l.Compiler.GetRulesWithPrefix(ast.MustParseRef("data.kt.mappings"))) == 0 {
		return nil
	}
	value, err := l.evaluate(ctx, "data.kt.mappings")
	if err != nil {
		return err
	}
	object, ok := value.(ast.Object)
	if !ok {
		return errors.New("mappings/*.rego: data.kt.mappings is undefined; expected an object of frameworks")
	}
	for _, key := range object.Keys() {
		name, ok := key.Value.(ast.String)
		if !ok || set.Documents[string(name)] != nil {
			continue
		}
		text, err := ast.JSON(object.Get(key).Value)
		if err != nil {
			return fmt.Errorf("mappings/*.rego: framework %s: %w", name, err)
		}
		doc, err := document.FromAny(l.ruleFile("data.kt.mappings", string(name)), text)
		if err != nil {
			return err
		}
		framework, err := mapping.Decode(doc)
		if err != nil {
			return err
		}
		if framework.ID != string(name) {
			return fmt.Errorf("%s: data.kt.mappings.%s: expected framework %q, found %q", doc.Name, name, name, framework.ID)
		}
		set.Add(framework, doc)
	}
	return nil
}

// digest hashes the sorted lines that sha256sum would print for the files.
func digest(files []File) string {
	lines := make([]string, len(files))
	for i, f := range files {
		content := sha256.Sum256(f.Data)
		lines[i] = hex.EncodeToString(content[:]) + "  " + f.Path + "\n"
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "")))
	return "sha256:" + hex.EncodeToString(sum[:])
}
