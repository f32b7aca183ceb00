package io.baton.testkit.proxy;

import java.util.concurrent.atomic.LongAdder;

/** What a proxy counts, over all its connections. Thread-safe. */
final class Counters {
  final LongAdder accepted = new LongAdder();
  final LongAdder requests = new LongAdder();
  final LongAdder roundTrips = new LongAdder();
}
