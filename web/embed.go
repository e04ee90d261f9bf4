// Package web holds the web client as `npm run build` left it in dist, for the
// server to embed. In a tree where the client was not built there is only one
// page, which says how to build it.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Placeholder is the page that is shown in place of a client that was not built.
const Placeholder = "placeholder.html"

// Files returns the built client, rooted where "/" is served. Without a build it
// holds Placeholder and no index.html.
func Files() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // dist is a valid path: it is embedded above
	}
	return sub
}
