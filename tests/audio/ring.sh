#!/bin/bash
# The ring between two threads: a program that is run by itself, so that `make test-tsan` can watch it.
exec "$BUILD/tests/audio/ring_threads"
