package segment

import (
	"fmt"
	"strings"

	"github.com/keeptrusts/kt/engine/canon"
)

// members calls fn with every member of an object in canonical form: its name, and its value as it stands there. What comes here was
// made by kt, so that only its form is looked at.
func members(object string, fn func(name, value string) error) error {
	if len(object) < 2 || object[0] != '{' || object[len(object)-1] != '}' {
		return fmt.Errorf("expected an object in canonical form, found %.40q", object)
	}
	rest := object[1 : len(object)-1]
	for rest != "" {
		end, ok := item(rest)
		if !ok || end >= len(rest) || rest[end] != ':' {
			return fmt.Errorf("expected a member's name in canonical form, found %.40q", rest)
		}
		name, err := unquote(rest[:end])
		if err != nil {
			return err
		}
		rest = rest[end+1:]
		if end, ok = item(rest); !ok {
			return fmt.Errorf("expected a member's value in canonical form, found %.40q", rest)
		}
		if err := fn(name, rest[:end]); err != nil {
			return err
		}
		if rest = rest[end:]; rest != "" {
			if rest[0] != ',' {
				return fmt.Errorf("expected a comma between members, found %.40q", rest)
			}
			rest = rest[1:]
		}
	}
	return nil
}

// item finds where the value at the beginning of a text ends.
func item(s string) (end int, ok bool) {
	if s == "" {
		return 0, false
	}
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			n := quoted(s[i:])
			if n < 0 {
				return 0, false
			}
			i += n - 1
			if depth == 0 {
				return i + 1, true
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1, true
			}
			if depth < 0 {
				return i, i > 0
			}
		case ',', ':':
			if depth == 0 {
				return i, i > 0
			}
		}
	}
	return len(s), depth == 0
}

// quoted is the length of the quoted text at the beginning; -1: it does not end.
func quoted(s string) int {
	for i := 1; ; {
		n := strings.IndexByte(s[i:], '"')
		if n < 0 {
			return -1
		}
		i += n + 1
		slashes := 0
		for j := i - 2; j > 0 && s[j] == '\\'; j-- {
			slashes++
		}
		if slashes%2 == 0 {
			return i
		}
	}
}

// unquote reads a JSON string.
func unquote(s string) (string, error) {
	if len(s) >= 2 && s[0] == '"' && strings.IndexByte(s, '\\') < 0 {
		return s[1 : len(s)-1], nil
	}
	v, err := canon.Parse([]byte(s))
	if err != nil || v.Kind != canon.String {
		return "", fmt.Errorf("expected a text, found %.40q", s)
	}
	return v.Text, nil
}
