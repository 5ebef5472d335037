"""What people read: reports as pages, tables and data, and the summary of `auditor demo`."""
