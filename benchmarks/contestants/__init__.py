"""The servers that are compared: settings and addresses of each. All read one database; see `benchmarks.read_api`."""
