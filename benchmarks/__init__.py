"""Benchmarks: ratios against raw COPY and peers, measured in one run; never part of the tests."""
