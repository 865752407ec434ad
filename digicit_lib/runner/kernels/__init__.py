"""The fork kernel: one process holds the libraries and forks each kernel in milliseconds."""
