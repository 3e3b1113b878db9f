"""Pictures as they run through pipes between programs: Y4M, or raw planes."""
