"""What an input holds and what a job would do, found out without doing it."""
