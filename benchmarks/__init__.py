"""The project against its peers: each command prints a table. `benchmarks/README.md` says how, and what came out."""
