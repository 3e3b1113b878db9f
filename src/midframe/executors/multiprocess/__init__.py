"""An executor whose engines run in processes of their own, one a device."""
