"""Workers on several machines: a Ray cluster. Ray is an extra, and only this package imports it."""

import os

# Ray reads these when it is imported. Values that the user has set, or an earlier import of Ray, take precedence.
for _name, _value in {
    "RAY_USAGE_STATS_ENABLED": "0",  # a cluster that is started here sends no statistics
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # the default of Ray's next versions; without it, Ray prints a warning
    "RAY_DEDUP_LOGS_SKIP_REGEX": "(?s).*",  # Ray prints errors of its daemons to standard output, log or no log
}.items():
    os.environ.setdefault(_name, _value)
