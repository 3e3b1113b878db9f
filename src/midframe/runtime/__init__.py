"""A job in threads: reader, classification, order of the output, writer, queues, events and their listeners."""
