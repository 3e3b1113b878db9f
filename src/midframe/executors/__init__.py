"""Who draws: this process, a process for each device, or the machines of a cluster."""
