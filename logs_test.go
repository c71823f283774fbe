package halobot_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// logCalls are slog's ways to write a line, and outage's, each with how many arguments come before
// the facts.
var logCalls = map[string]int{
	"Debug": 1, "Info": 1, "Warn": 1, "Error": 1, "With": 0, "Log": 3, "Failed": 1,
	"DebugContext": 2, "InfoContext": 2, "WarnContext": 2, "ErrorContext": 2,
}

// loggers are what such a call is made on, by the last part of its name.
var loggers = []string{"log", "Log", "down", "outage", "away"}

// TestAFactHasOneNameInTheLog holds the names of the facts on the log's lines to the table in
// docs/operations.md: whoever searches for one finds all of it.
func TestAFactHasOneNameInTheLog(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## The log\n")
	section, _, _ = strings.Cut(section, "\n## ")
	documented := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`.*?) \\|").FindAllStringSubmatch(section, -1) {
		for _, name := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(row[1], -1) {
			documented[name[1]] = true
		}
	}
	used := factsInTheLog(t)
	for _, name := range slices.Sorted(maps.Keys(used)) {
		if !documented[name] {
			t.Errorf("docs/operations.md has no fact %q, which is on the lines at %s", name, strings.Join(used[name], ", "))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(documented)) {
		if used[name] == nil {
			t.Errorf("docs/operations.md has a fact %q, which is on no line", name)
		}
	}
}

// factsInTheLog are the names of the facts on the bot's own lines, with where each is used.
func factsInTheLog(t *testing.T) map[string][]string {
	t.Helper()
	used := map[string][]string{}
	files := token.NewFileSet()
	for _, root := range []string{"cmd", "internal"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() && (d.Name() == "sandbox" && root == "internal" || d.Name() == "testdata") {
				if err == nil {
					err = fs.SkipDir
				}
				return err
			}
			if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			file, err := parser.ParseFile(files, path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					for _, name := range factsOf(call) {
						used[name] = append(used[name], fmt.Sprint(files.Position(call.Pos())))
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return used
}

// factsOf are the names of a call's facts, where it writes a line.
func factsOf(call *ast.CallExpr) (names []string) {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	before, ok := logCalls[method.Sel.Name]
	if !ok || !slices.Contains(loggers, lastName(method.X)) {
		return nil
	}
	args := call.Args[min(before, len(call.Args)):]
	for i := 0; i < len(args); i += 2 {
		literal, ok := args[i].(*ast.BasicLit)
		if !ok { // a list that was made before
			continue
		}
		name, err := strconv.Unquote(literal.Value)
		if err != nil {
			name = literal.Value
		}
		names = append(names, name)
	}
	return names
}

// lastName is the last part of an expression that is a name; "" of any other.
func lastName(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return x.Sel.Name
	}
	return ""
}
