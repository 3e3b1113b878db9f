"""Workers on several machines: a Ray cluster. The only home of Ray, which is an extra: import this only when wanted."""

import os

# Ray reads these when it is imported. Where the user has imported or set them before, that counts.
for _name, _value in {
    "RAY_USAGE_STATS_ENABLED": "0",  # a cluster that is started here reports to nobody
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # the default of Ray's next versions; without it, Ray talks about it
    "RAY_DEDUP_LOGS_SKIP_REGEX": "(?s).*",  # Ray prints its daemons' troubles to our standard output, log or no log
}.items():
    os.environ.setdefault(_name, _value)
