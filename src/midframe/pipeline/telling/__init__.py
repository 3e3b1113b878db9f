"""What a running job tells, and who listens: progress, and the journal that another run goes on from."""
