"""What `midframe doctor` knows: versions, kernels, devices, cache, disks, and whether all of it works here.

Everything that loads libraries runs in processes of its own (`midframe.diagnosis.isolated`), so that a library that
crashes, hangs or prints is a finding instead of the end. Nothing here downloads anything, or names the host or user.
"""
