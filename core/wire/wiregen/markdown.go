package main

import (
	"fmt"
	"go/ast"
	"reflect"
	"strings"

	"github.com/roundel-meet/roundel/core/wire"
)

// Marks around what is generated in docs/protocol.md; the text between other
// marks is written by hand.
const (
	markBegin = "<!-- generated: %s -->\n"
	markEnd   = "<!-- end generated -->\n"
)

// markdown returns the document with each generated part made anew.
func markdown(s *source, document string) (string, error) {
	parts := []struct{ name, content string }{
		{"requests", s.mdRequests()},
		{"events", mdEvents()},
		{"operations", mdOperations()},
		{"codes", s.mdCodes()},
		{"limits", s.mdLimits()},
		{"bodies", s.mdBodies()},
	}
	for _, part := range parts {
		begin := fmt.Sprintf(markBegin, part.name)
		before, rest, found := strings.Cut(document, begin)
		_, after, closed := strings.Cut(rest, markEnd)
		if !found || !closed {
			return "", fmt.Errorf("docs/protocol.md has no part %q", part.name)
		}
		document = before + begin + part.content + markEnd + after
	}
	return document, nil
}

func (s *source) mdRequests() string {
	var b strings.Builder
	b.WriteString("| request | body | reply | what it does |\n|---|---|---|---|\n")
	for _, r := range wire.Requests() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.Type, mdBody(r.Body), mdBody(r.Reply), r.Doc)
	}
	return b.String()
}

func mdEvents() string {
	var b strings.Builder
	b.WriteString("| event | body | what it says |\n|---|---|---|\n")
	for _, e := range wire.Events() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", e.Type, mdBody(e.Body), e.Doc)
	}
	return b.String()
}

func mdOperations() string {
	var b strings.Builder
	b.WriteString("| call | body | answer | what it does |\n|---|---|---|---|\n")
	for _, o := range wire.Operations() {
		fmt.Fprintf(&b, "| `%s %s` | %s | %s | %s |\n", o.Method, o.Path, mdBody(o.Body), mdBody(o.Reply), o.Doc)
	}
	return b.String()
}

func (s *source) mdCodes() string {
	var b strings.Builder
	b.WriteString("| code | meaning |\n|---|---|\n")
	for _, v := range s.unionOf["Code"].values {
		fmt.Fprintf(&b, "| `%s` | %s |\n", strings.Trim(v.value, `"`), v.doc)
	}
	return b.String()
}

// mdLimits lists the numeric constants.
func (s *source) mdLimits() string {
	var b strings.Builder
	b.WriteString("| limit | value | of |\n|---|---|---|\n")
	for _, c := range s.constants {
		if strings.HasPrefix(c.name, "Max") {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", c.name, c.value, c.doc)
		}
	}
	return b.String()
}

// mdBodies describes each type of body, in the order of the source.
func (s *source) mdBodies() string {
	var b strings.Builder
	for _, st := range s.structs {
		if st.name == "Message" || len(st.fields) == 0 {
			continue
		}
		fmt.Fprintf(&b, "### %s\n\n%s\n\n| field | type | meaning |\n|---|---|---|\n", st.name, st.doc)
		for _, f := range st.fields {
			typ := s.mdType(f.typ)
			if f.optional {
				typ = strings.TrimSuffix(typ, " or null") + ", optional"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.name, typ, strings.ReplaceAll(f.doc, "\n", " "))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func (s *source) mdType(expr ast.Expr) string {
	switch t := expr.(type) {
	case *ast.StarExpr:
		return s.mdType(t.X) + " or null"
	case *ast.ArrayType:
		if isByte(t.Elt) {
			return "base64"
		}
		return "list of " + s.mdType(t.Elt)
	case *ast.MapType:
		return "object of " + s.mdType(t.Value) + " by " + s.mdType(t.Key)
	case *ast.SelectorExpr:
		return s.mdName(t.Sel.Name)
	case *ast.Ident:
		return s.mdName(t.Name)
	}
	panic(fmt.Sprintf("no words for %T", expr))
}

func (s *source) mdName(name string) string {
	if u := s.unionOf[name]; u != nil {
		var values []string
		for _, v := range u.values {
			values = append(values, "`"+strings.Trim(v.value, `"`)+"`")
		}
		return strings.Join(values, ", ")
	}
	switch ts := s.tsName(name); ts {
	case "unknown":
		return "JSON"
	case "Time":
		return "time"
	case name:
		if s.byName[name] != nil {
			return mdLink(name)
		}
		return ts
	default:
		return ts
	}
}

func mdBody(sample any) string {
	if sample == nil {
		return "–"
	}
	t := reflect.TypeOf(sample)
	switch {
	case t.Kind() == reflect.Slice:
		return "list of " + mdLink(t.Elem().Name())
	case t.NumField() == 0:
		return "–"
	}
	return mdLink(t.Name())
}

func mdLink(name string) string { return "[" + name + "](#" + strings.ToLower(name) + ")" }
