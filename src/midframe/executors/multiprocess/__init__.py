"""One worker process a device, on this machine; frames lie in shared memory."""
