package io.baton.benchmarks.overhead;

/** An operation that a contestant could not do, and why. */
record Failure(String contestant, Operation operation, String reason) {}
