"""The commands of `dojo`, one a module: each has `run(console, options)` and returns the exit code."""
