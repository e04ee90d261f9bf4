//go:build js && wasm

package main

import "syscall/js"

var (
	objectClass = js.Global().Get("Object")
	arrayClass  = js.Global().Get("Array")
	bytesClass  = js.Global().Get("Uint8Array")
)

func object() js.Value { return objectClass.New() }
func array() js.Value  { return arrayClass.New() }

// jsBytes copies bytes out.
func jsBytes(b []byte) js.Value {
	v := bytesClass.New(len(b))
	js.CopyBytesToJS(v, b)
	return v
}

// toBytes copies bytes in, nil for anything but a Uint8Array.
func toBytes(v js.Value) []byte {
	if v.Type() != js.TypeObject || !v.InstanceOf(bytesClass) || v.Length() == 0 {
		return nil
	}
	b := make([]byte, v.Length())
	js.CopyBytesToGo(b, v)
	return b
}

func get(o js.Value, name string) js.Value {
	if o.Type() != js.TypeObject {
		return js.Undefined()
	}
	return o.Get(name)
}

func bytesOf(o js.Value, name string) []byte { return toBytes(get(o, name)) }

func text(o js.Value, name string) string {
	v := get(o, name)
	if v.Type() != js.TypeString {
		return ""
	}
	return v.String()
}

func flag(o js.Value, name string) bool {
	v := get(o, name)
	return v.Type() == js.TypeBoolean && v.Bool()
}

// option is a flag that may be missing.
func option(o js.Value, name string) *bool {
	if get(o, name).Type() != js.TypeBoolean {
		return nil
	}
	b := flag(o, name)
	return &b
}

// number reads what JavaScript counts exactly; everything else is 0.
func number(o js.Value, name string) uint64 {
	v := get(o, name)
	if v.Type() != js.TypeNumber {
		return 0
	}
	f := v.Float()
	if !(f >= 0 && f <= 1<<53) {
		return 0
	}
	return uint64(f)
}

func list(o js.Value, name string) []js.Value {
	v := get(o, name)
	if v.Type() != js.TypeObject || !v.InstanceOf(arrayClass) {
		return nil
	}
	out := make([]js.Value, v.Length())
	for i := range out {
		out[i] = v.Index(i)
	}
	return out
}

func texts(of []string) js.Value {
	return jsArray(of, func(s string) js.Value { return js.ValueOf(s) })
}

// jsArray writes each element by one function.
func jsArray[T any](of []T, write func(T) js.Value) js.Value {
	out := array()
	for _, e := range of {
		out.Call("push", write(e))
	}
	return out
}
