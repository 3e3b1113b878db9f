"""Workers on several machines: a Ray cluster. The only home of Ray, which is an extra: import this only when wanted."""
