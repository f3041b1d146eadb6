# What the configuration of gateways, routes and endpoints must hold to.
package kt.thresholds

# How long a gateway may run something else than what was approved, and how often it must be observed to know that.
config_drift := {"limit": "15m", "observed": "24h"}

# What a route to an outside provider must stop, the actions that stop it, and entries of data_classes that are no restriction.
dlp_rules := {"kinds": ["pii", "secret"], "actions": ["block", "redact"], "wildcard": `(?i)^(all|any|[*./:_-]*\*[*./:_-]*)$`}

# URL schemes that encrypt, accepted TLS versions, and the remaining life from which a certificate's end is told.
crypto := {"schemes": ["https", "wss", "grpcs", "tls"], "tls": ["1.2", "1.3"], "certificate_warn": "14d"}

# The value that each setting of a gateway must have.
baseline_settings := {"anonymous_access": false, "audit": true, "debug_capture": false, "verify_upstream": true}

# Origins that a gateway must not let browsers call it from.
baseline_origins := ["*", "null", "http://*", "https://*"]
