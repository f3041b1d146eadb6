package policy

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing/fstest"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/keeptrusts/kt/engine/clock"
)

// repository is a git repository together with the path of one folder inside it.
type repository struct {
	git  *git.Repository
	root string // absolute path of the work tree
}

// openRepository finds the repository that a folder lies in; nil where there is none.
func openRepository(dir string) *repository {
	repo, err := git.PlainOpenWithOptions(dir, &git.PlainOpenOptions{DetectDotGit: true, EnableDotGitCommonDir: true})
	if err != nil {
		return nil
	}
	tree, err := repo.Worktree()
	if err != nil {
		return nil
	}
	root, err := filepath.EvalSymlinks(tree.Filesystem.Root())
	if err != nil {
		return nil
	}
	return &repository{git: repo, root: root}
}

// inside is the slash path of a folder or file within the work tree, ok only when it lies there.
func (r *repository) inside(path string) (string, bool) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", false
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	rel, err := filepath.Rel(r.root, abs)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", false
	}
	return filepath.ToSlash(rel), true
}

func (r *repository) head() (*object.Commit, error) {
	ref, err := r.git.Head()
	if err != nil {
		return nil, err
	}
	return r.git.CommitObject(ref.Hash())
}

// state tells the commit at HEAD, and whether some loaded file is not in it byte for byte.
func (s Source) state(files []File) (commit string, dirty bool) {
	if s.git == nil {
		return s.Commit, s.Dirty
	}
	head, err := s.git.head()
	if err != nil {
		return "", true
	}
	tree, err := head.Tree()
	if err != nil {
		return "", true
	}
	seen := map[string]bool{}
	for _, f := range files {
		if s.inBinary(f.Path) {
			continue
		}
		path, ok := s.git.inside(s.Shown(f.Path))
		if !ok {
			return head.Hash.String(), true
		}
		seen[path] = true
		entry, err := tree.File(path)
		if err != nil || entry.Hash != plumbing.ComputeHash(plumbing.BlobObject, f.Data) {
			return head.Hash.String(), true
		}
	}
	return head.Hash.String(), s.missingFrom(tree, seen)
}

// missingFrom tells whether the commit holds a file of the library that is gone from the folders.
func (s Source) missingFrom(tree *object.Tree, seen map[string]bool) bool {
	for _, dir := range []string{s.policiesDir, s.mappingsDir} {
		if dir == "" {
			continue
		}
		path, ok := s.git.inside(dir)
		if !ok {
			continue
		}
		sub := tree
		if path != "." {
			var err error
			if sub, err = tree.Tree(path); err != nil {
				continue
			}
		}
		missing := false
		_ = sub.Files().ForEach(func(f *object.File) error {
			full := f.Name
			if path != "." {
				full = path + "/" + f.Name
			}
			role := "policies/" + f.Name
			if dir == s.mappingsDir {
				role = "mappings/" + f.Name
			}
			missing = missing || (loaded(role) && !seen[full] && s.waiversFile == "")
			return nil
		})
		if missing {
			return true
		}
	}
	return false
}

// At is the library as it was at a revision: a commit, a tag, a branch, or a date (the last commit on the first-parent line of HEAD
// that was committed at or before it).
func (s Source) At(rev string) (Source, error) {
	if s.git == nil {
		return Source{}, fmt.Errorf("policy revision %q: the policies do not lie in a git repository; name them with --policies", rev)
	}
	commit, err := s.git.resolve(rev)
	if err != nil {
		return Source{}, err
	}
	tree, err := commit.Tree()
	if err != nil {
		return Source{}, fmt.Errorf("policy revision %q: %w", rev, err)
	}
	past := Source{Policies: s.Policies, Mappings: s.Mappings, Commit: commit.Hash.String(),
		policiesDir: s.policiesDir, mappingsDir: s.mappingsDir}
	if past.Policies, err = s.folderAt(tree, s.policiesDir, s.Policies, rev); err != nil {
		return Source{}, err
	}
	if past.Mappings, err = s.folderAt(tree, s.mappingsDir, s.Mappings, rev); err != nil {
		return Source{}, err
	}
	if s.waiversFile != "" {
		path, ok := s.git.inside(s.waiversFile)
		file, ferr := tree.File(path)
		if !ok || ferr != nil {
			return Source{}, fmt.Errorf("policy revision %q: %s is not in commit %s", rev, s.waiversFile, commit.Hash)
		}
		text, err := file.Contents()
		if err != nil {
			return Source{}, err
		}
		past.Waivers, past.waiversFile = []byte(text), s.waiversFile
	}
	return past, nil
}

func (s Source) folderAt(tree *object.Tree, dir string, now fs.FS, rev string) (fs.FS, error) {
	if dir == "" {
		return now, nil
	}
	path, ok := s.git.inside(dir)
	if !ok {
		return nil, fmt.Errorf("policy revision %q: %s lies outside the git repository %s", rev, dir, s.git.root)
	}
	if path != "." {
		var err error
		if tree, err = tree.Tree(path); err != nil {
			return nil, fmt.Errorf("policy revision %q: the commit has no folder %s", rev, path)
		}
	}
	out := fstest.MapFS{}
	err := tree.Files().ForEach(func(f *object.File) error {
		if f.Size > maxFile {
			return fmt.Errorf("%s: %d bytes, expected at most %d", f.Name, f.Size, maxFile)
		}
		text, err := f.Contents()
		if err == nil {
			out[f.Name] = &fstest.MapFile{Data: []byte(text), Mode: 0o444}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("policy revision %q: %w", rev, err)
	}
	return out, nil
}

func (r *repository) resolve(rev string) (*object.Commit, error) {
	if hash, err := r.git.ResolveRevision(plumbing.Revision(rev)); err == nil {
		return r.git.CommitObject(*hash)
	}
	at, err := clock.ParseInstant(rev)
	if err != nil {
		return nil, fmt.Errorf("policy revision %q: expected a commit, a tag, a branch, a date or an RFC 3339 time of the repository %s", rev, r.root)
	}
	commit, err := r.head()
	for err == nil && commit.Committer.When.After(at) {
		commit, err = commit.Parent(0)
	}
	if errors.Is(err, object.ErrParentNotFound) {
		return nil, fmt.Errorf("policy revision %q: the repository %s has no commit at or before %s", rev, r.root, at.Format(time.RFC3339))
	}
	if err != nil {
		return nil, fmt.Errorf("policy revision %q: %w", rev, err)
	}
	return commit, nil
}

// WaiverCommits is when the line with each waiver's id was committed, by id. Empty where git does not know.
func (l *Library) WaiverCommits() map[string]time.Time {
	out := map[string]time.Time{}
	s := l.Source
	if s.git == nil || len(l.Mappings.Waivers) == 0 {
		return out
	}
	path, ok := s.git.inside(s.Shown(waiversPath))
	if !ok {
		return out
	}
	head, err := s.git.head()
	if err != nil {
		return out
	}
	blame, err := git.Blame(head, path)
	if err != nil {
		return out
	}
	for _, w := range l.Mappings.Waivers {
		for _, line := range blame.Lines {
			if text := strings.TrimLeft(line.Text, " -"); strings.HasPrefix(text, "id:") && strings.Contains(text, w.ID) {
				out[w.ID] = line.Date.UTC()
			}
		}
	}
	return out
}
