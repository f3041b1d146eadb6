# How soon what happens must be noticed, and how often compliance must be evaluated.
package kt.thresholds

# How long after its due time an evaluation may be delivered, and how far apart due times may lie: a day, and the hour by which a
# local day may be longer.
review_ran := {"grace": "4h", "every": "25h"}

# How soon after something alarming an alert must be raised.
detect_alert := {"limit": "15m"}

# How many failed sign-ins of one account within how long are a burst.
login_burst := {"failures": 10, "window": "10m"}
