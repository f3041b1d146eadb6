# Thresholds of failover: how soon traffic must move away from a provider that fails and back again, and how often that is exercised.
package kt.thresholds

# How soon traffic must leave a provider that is out, how soon it must return once that has recovered, and how many of a
# hundred requests during the outage may fail.
failover_operated := {"switch": "60s", "back": "1h", "failed_percent": 5}

# The age of a gateway's last failover drill: twelve months, of which one may be a leap February; told a month before.
failover_drill := {"warn": "335d", "fail": "366d"}
