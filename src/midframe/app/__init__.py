"""The local web app: a page on the public job API, and the queue of jobs after it."""
