# What the audit log must be, who may read it, and how well its sources must keep time.
package kt.thresholds

# Names that stand for nobody and nothing, and addresses from which nothing can come.
log_content := {"placeholders": ["unknown", "none", "null", "undefined", "anonymous", "n/a", "-"], "addresses": ["0.0.0.0", "::"]}

# How long the end of the log may wait for its verification.
log_integrity := {"lag": "24h"}

# How soon after a change of the audit log's configuration an alert must be raised.
log_config_change := {"alert": "15m"}

# How much later than required the oldest event of a class may be: deletion runs once a day.
log_retention := {"slack": "24h"}

# How far the median and the 99th percentile of event times may lie from ingestion, and how old that measurement may be.
clock_skew := {"median": "5s", "p99": "60s", "measured": "24h"}

# Roles that may let an account read the audit log.
log_access := {"roles": ["auditor", "audit-admin", "security"]}
