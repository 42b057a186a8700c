"""One command for every figure that the project publishes: `make bench`."""
