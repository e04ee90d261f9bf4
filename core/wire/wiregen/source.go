package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// source is what the generators need of the Go packages meeting and wire.
type source struct {
	structs   []*structType
	unions    []*union
	constants []constant
	lists     []list
	byName    map[string]*structType
	unionOf   map[string]*union
}

type structType struct {
	name   string
	doc    string
	fields []field
}

type field struct {
	name     string // in JSON
	doc      string
	optional bool // may be absent
	typ      ast.Expr
}

// union is a string type with its constants.
type union struct {
	name   string
	doc    string
	values []constant
}

// constant has its value as a literal that Go, TypeScript and JSON share.
type constant struct {
	name  string
	doc   string
	value string
}

// list is a package-level array of strings.
type list struct {
	name   string
	doc    string
	values []string
}

// load parses the packages in the folders dirs. Structs count only when their
// fields have JSON names.
func load(dirs ...string) (*source, error) {
	s := &source{byName: map[string]*structType{}, unionOf: map[string]*union{}}
	for _, dir := range dirs {
		if err := s.loadFolder(dir); err != nil {
			return nil, err
		}
	}
	s.keepUnions()
	return s, nil
}

func (s *source) loadFolder(dir string) error {
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			if gen, ok := decl.(*ast.GenDecl); ok {
				if err := s.declaration(gen); err != nil {
					return fmt.Errorf("%s: %w", path, err)
				}
			}
		}
	}
	return nil
}

func (s *source) declaration(gen *ast.GenDecl) error {
	for _, spec := range gen.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if err := s.typeSpec(gen, spec); err != nil {
				return err
			}
		case *ast.ValueSpec:
			if err := s.valueSpec(gen, spec); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *source) typeSpec(gen *ast.GenDecl, spec *ast.TypeSpec) error {
	doc := text(spec.Doc, gen.Doc)
	switch typ := spec.Type.(type) {
	case *ast.StructType:
		st := &structType{name: spec.Name.Name, doc: doc}
		for _, f := range typ.Fields.List {
			if f.Tag == nil {
				return nil
			}
			st.fields = append(st.fields, jsonField(f))
		}
		if !spec.Name.IsExported() {
			return nil
		}
		if s.byName[st.name] != nil {
			return fmt.Errorf("two types are named %s", st.name)
		}
		s.structs = append(s.structs, st)
		s.byName[st.name] = st
	case *ast.Ident:
		if typ.Name == "string" {
			u := &union{name: spec.Name.Name, doc: doc}
			s.unions = append(s.unions, u)
			s.unionOf[u.name] = u
		}
	}
	return nil
}

func jsonField(f *ast.Field) field {
	raw, _ := strconv.Unquote(f.Tag.Value)
	name, options, _ := strings.Cut(reflect.StructTag(raw).Get("json"), ",")
	return field{
		name:     name,
		doc:      text(f.Doc, f.Comment),
		optional: strings.Contains(options, "omitempty"),
		typ:      f.Type,
	}
}

func (s *source) valueSpec(gen *ast.GenDecl, spec *ast.ValueSpec) error {
	for i, name := range spec.Names {
		if !name.IsExported() || i >= len(spec.Values) {
			continue
		}
		doc := text(spec.Doc, spec.Comment)
		if !gen.Lparen.IsValid() {
			doc = text(gen.Doc)
		}
		if gen.Tok == token.VAR {
			if values, ok := stringList(spec.Values[i]); ok {
				s.lists = append(s.lists, list{name.Name, doc, values})
			}
			continue
		}
		value, err := types.Eval(token.NewFileSet(), nil, token.NoPos, types.ExprString(spec.Values[i]))
		if err != nil {
			return fmt.Errorf("constant %s: %w", name.Name, err)
		}
		c := constant{name.Name, doc, value.Value.ExactString()}
		if typ, ok := spec.Type.(*ast.Ident); ok {
			// A number of a type of its own is not in the JSON of any body.
			if u := s.unionOf[typ.Name]; u != nil {
				u.values = append(u.values, c)
			}
			continue
		}
		s.constants = append(s.constants, c)
	}
	return nil
}

func stringList(expr ast.Expr) ([]string, bool) {
	lit, ok := expr.(*ast.CompositeLit)
	if !ok {
		return nil, false
	}
	var values []string
	for _, e := range lit.Elts {
		b, ok := e.(*ast.BasicLit)
		if !ok || b.Kind != token.STRING {
			return nil, false
		}
		values = append(values, b.Value)
	}
	return values, true
}

// keepUnions drops string types without constants: they are plain strings.
func (s *source) keepUnions() {
	kept := s.unions[:0]
	for _, u := range s.unions {
		if len(u.values) > 0 {
			kept = append(kept, u)
			continue
		}
		delete(s.unionOf, u.name)
	}
	s.unions = kept
}

// text returns the first comment that says something.
func text(groups ...*ast.CommentGroup) string {
	for _, g := range groups {
		if t := strings.TrimSpace(g.Text()); t != "" {
			return t
		}
	}
	return ""
}
