package mls

import (
	"bytes"
	"slices"
)

// maxExtensions bounds one list of extensions.
const maxExtensions = 256

// lastDefaultExtension is the highest extension type that every implementation
// has, so that capabilities need not list it (RFC 9420 section 7.2).
const lastDefaultExtension = ExtensionExternalSenders

func encodeExtensions(e *encoder, extensions []Extension) {
	e.nested(func() {
		for _, x := range extensions {
			e.uint16(x.Type)
			e.vector(x.Data)
		}
	})
}

// decodeExtensions refuses two entries of a type (RFC 9420 section 13.4).
func decodeExtensions(d *decoder) []Extension {
	var extensions []Extension
	d.nested(func(d *decoder) {
		x := Extension{Type: d.uint16(), Data: d.vector()}
		if _, twice := findExtension(extensions, x.Type); twice || len(extensions) == maxExtensions {
			d.spoil()
			return
		}
		extensions = append(extensions, x)
	})
	return extensions
}

func findExtension(extensions []Extension, kind uint16) ([]byte, bool) {
	for _, x := range extensions {
		if x.Type == kind {
			return x.Data, true
		}
	}
	return nil, false
}

func cloneExtensions(extensions []Extension) []Extension {
	if extensions == nil {
		return nil
	}
	copied := make([]Extension, len(extensions))
	for i, x := range extensions {
		copied[i] = Extension{Type: x.Type, Data: bytes.Clone(x.Data)}
	}
	return copied
}

func equalExtensions(a, b []Extension) bool {
	return slices.EqualFunc(a, b, func(x, y Extension) bool {
		return x.Type == y.Type && bytes.Equal(x.Data, y.Data)
	})
}

// checkExtensions refuses what decodeExtensions would refuse.
func checkExtensions(extensions []Extension) error {
	d := decoder{}
	var e encoder
	encodeExtensions(&e, extensions)
	d.rest = e.buf
	decodeExtensions(&d)
	if d.done() != nil {
		return fail(ErrUnsupported, "extensions: a type twice, or too many")
	}
	return nil
}

// required is the content of the required_capabilities extension.
type required struct{ extensions, proposals, credentials []uint16 }

// RequiredCapabilities is the GroupContext extension that names what every
// member must support (RFC 9420 section 11.1).
func RequiredCapabilities(extensions, proposals, credentials []uint16) Extension {
	var e encoder
	e.uint16s(extensions)
	e.uint16s(proposals)
	e.uint16s(credentials)
	return Extension{Type: ExtensionRequiredCapabilities, Data: e.buf}
}

// requiredOf reads the required_capabilities of a GroupContext; without the
// extension nothing is required.
func requiredOf(extensions []Extension) (required, error) {
	data, ok := findExtension(extensions, ExtensionRequiredCapabilities)
	if !ok {
		return required{}, nil
	}
	d := decode(data)
	r := required{extensions: d.uint16s(), proposals: d.uint16s(), credentials: d.uint16s()}
	return r, d.done()
}
