package shield

import (
	"strings"

	"github.com/roundel-meet/roundel/core/meeting"
)

// strongVersions are the protocol versions that know authenticated encryption
// (RFC 5246, RFC 8446, RFC 6347, RFC 9147).
var strongVersions = map[string]bool{
	"TLS 1.2": true, "TLS 1.3": true, "DTLS 1.2": true, "DTLS 1.3": true,
}

// oldVersions are known and out of use (RFC 8996).
var oldVersions = map[string]bool{
	"TLS 1.0": true, "TLS 1.1": true, "DTLS 1.0": true,
}

// strongSuites are the AEAD suites with forward secrecy (RFC 8446, B.4;
// RFC 5289; RFC 7905).
var strongSuites = map[string]bool{
	"TLS_AES_128_GCM_SHA256":                        true,
	"TLS_AES_256_GCM_SHA384":                        true,
	"TLS_CHACHA20_POLY1305_SHA256":                  true,
	"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256":       true,
	"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384":       true,
	"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256":         true,
	"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384":         true,
	"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": true,
	"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256":   true,
}

// strongSRTP are the AEAD protection profiles (RFC 7714, 14.2).
var strongSRTP = map[string]bool{
	meeting.SRTPAES128GCM: true,
	meeting.SRTPAES256GCM: true,
}

// weakerSRTP are the profiles of RFC 5764, 4.1.2 that encrypt.
var weakerSRTP = map[string]bool{
	meeting.SRTPAES128CM:          true,
	"SRTP_AES128_CM_HMAC_SHA1_32": true,
}

// exceptions returns what is weaker about a leg, in the order of its parts.
// Media that is not up yet is no exception; it is pending.
func exceptions(leg Leg) []Exception {
	var found []Exception
	add := func(part Part, grade Grade, suite string) {
		if grade == Strong {
			return
		}
		found = append(found, Exception{
			Participant: leg.Participant, Name: leg.Name, Kind: leg.Leg.Kind,
			Grade: grade, Part: part, Suite: suite, Since: leg.Leg.Since,
		})
	}
	grade, suite := gradeTLS(leg.Leg.Signalling.Version, leg.Leg.Signalling.Suite)
	add(PartSignalling, grade, suite)
	if m := leg.Leg.Media; m != nil {
		grade, suite = gradeTLS(m.DTLS, m.Suite)
		add(PartDTLS, grade, suite)
		add(PartSRTP, gradeSRTP(m.SRTP), m.SRTP)
	}
	return found
}

// gradeTLS grades a version and a suite, and returns the name of the worse one.
func gradeTLS(version, suite string) (Grade, string) {
	switch {
	case oldVersions[version]:
		return Weaker, version
	case !strongVersions[version]:
		return Unknown, version
	case strongSuites[suite]:
		return Strong, suite
	case strings.HasPrefix(suite, "TLS_") && (strings.Contains(suite, "_CBC_") || strings.HasPrefix(suite, "TLS_RSA_WITH_AES_")):
		return Weaker, suite
	default:
		return Unknown, suite
	}
}

func gradeSRTP(profile string) Grade {
	switch {
	case strongSRTP[profile]:
		return Strong
	case weakerSRTP[profile]:
		return Weaker
	default:
		return Unknown
	}
}
