# Thresholds of exports and deletion: how long data may outstay its configured retention before its deletion counts as not executed.
package kt.thresholds

# How much older than its configured retention a class's oldest record may be: told from warn, a deviation from fail.
deletion_executed := {"warn": "2d", "fail": "7d"}
