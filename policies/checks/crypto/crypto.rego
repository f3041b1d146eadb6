# METADATA
# title: Connections and stored secrets are encrypted
# description: >-
#   Every listener and every upstream must be reached over an encrypting protocol and a current version of TLS, with a certificate
#   that is valid and has not ended; every store of secrets must encrypt or hash them. Otherwise whoever can
#   read the network or the disk reads prompts and keys.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: crypto
#   severity: high
#   nature: operating
#   reads: snapshot
#   evidence: [endpoints of the configuration snapshot]
package kt.checks.crypto

import data.kt.lib.clock
import data.kt.thresholds

population contains _subject(e) if some e in input.snapshot.endpoints

deviation contains {"subject": _subject(e), "reason": reason} if {
	some e in input.snapshot.endpoints
	faults := _faults(e)
	count(faults) > 0
	reason := sprintf("%s.", [concat("; ", faults)])
}

warning contains {"subject": _subject(e), "reason": reason} if {
	some e in input.snapshot.endpoints
	_networked(e)
	left := clock.instant(e.certificate.not_after) - clock.now
	left <= clock.duration(thresholds.crypto.certificate_warn)
	reason := sprintf("The certificate ends in %s: renew it.", [clock.words(left)])
}

unknown contains {"subject": _subject(e), "reason": reason} if {
	some e in input.snapshot.endpoints
	not _known(e)
	reason := "What kind of endpoint it is, is unknown: record whether it is an upstream, a listener or a store."
}

unknown contains {"subject": _subject(e), "reason": reason} if {
	some e in input.snapshot.endpoints
	missing := {concat(".", path) | some path in _needs[e.kind]; object.get(e, path, null) == null}
	count(missing) > 0
	reason := sprintf("It has no %s, so its protection is unknown: record it.", [concat(", ", missing)])
}

# What must be known of each kind of endpoint.
_needs := {
	"listener": _network_needs,
	"upstream": _network_needs,
	"store": [["encrypted"]],
}

_network_needs := [["url"], ["tls_version"], ["certificate", "not_after"], ["certificate", "valid"]]

_known(e) if _needs[e.kind]

_networked(e) if e.kind in {"listener", "upstream"}

_faults(e) := union({
	{sprintf("%s is reached without encryption: use TLS", [e.url]) | not _scheme(e) in thresholds.crypto.schemes},
	{sprintf("It accepts TLS %s: accept only %s", [e.tls_version, concat(" and ", thresholds.crypto.tls)]) | not e.tls_version in thresholds.crypto.tls},
	{"Its certificate is not valid: replace it" | e.certificate.valid == false},
	{sprintf("Its certificate ended at %s: renew it", [e.certificate.not_after]) | clock.instant(e.certificate.not_after) <= clock.now},
}) if {
	_networked(e)
}

_faults(e) := {"Secrets lie in it as they are: encrypt or hash them"} if {
	e.kind == "store"
	e.encrypted == false
}

_scheme(e) := split(lower(e.url), "://")[0]

_subject(e) := {"type": "endpoint", "id": e.id}
