package webui

import (
	"net/http"
	"strings"
)

// policy is the Content Security Policy (CSP Level 3) of every answer. The two
// Trusted Types policies are Svelte's, for its templates, and the client's own,
// for the addresses of its workers.
var policy = strings.Join([]string{
	"default-src 'none'",
	"script-src 'self' 'wasm-unsafe-eval'",
	"style-src 'self'",
	"img-src 'self' blob: data:",
	"media-src 'self' blob:",
	"connect-src 'self'",
	"worker-src 'self'",
	"font-src 'self'",
	"manifest-src 'self'",
	"base-uri 'none'",
	"form-action 'self'",
	"frame-ancestors 'none'",
	"require-trusted-types-for 'script'",
	"trusted-types svelte-trusted-html roundel",
}, "; ")

// permissions names what the page uses itself and denies what a meeting never
// needs (W3C Permissions Policy); no frame gets any of it.
var permissions = strings.Join([]string{
	"autoplay=(self)", "camera=(self)", "display-capture=(self)", "fullscreen=(self)",
	"microphone=(self)", "picture-in-picture=(self)", "screen-wake-lock=(self)",
	"geolocation=()", "hid=()", "midi=()", "payment=()", "serial=()", "usb=()",
}, ", ")

// hsts asks browsers to use HTTPS alone for half a year (RFC 6797, 6.1).
const hsts = "max-age=15552000"

// Secure sets the security headers on every answer of next. public reports, for
// each, whether everybody trusts the certificate: only then may browsers be told
// to refuse the site without one.
func Secure(next http.Handler, public func() bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", permissions)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		if public() {
			h.Set("Strict-Transport-Security", hsts)
		}
		next.ServeHTTP(w, r)
	})
}
