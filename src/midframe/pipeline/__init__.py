"""From a source to a sink: jobs, their execution, and what they tell about themselves."""
