package io.baton.engine;

import io.baton.routing.consistency.CausalClock;
import io.baton.session.catalogue.FunctionCatalogue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * By which catalogue it was judged which tables were written. Once the catalogue says something
 * else, other programs may have made triggers, rules or keys before that, and writes have changed
 * more tables than was known: then a write to all tables is noted.
 *
 * <p>Thread-safe.
 */
final class JudgedBy {

  /** The version of a catalogue that was not read: by it, every write is one to all tables. */
  private static final long UNREAD = 0;

  private final AtomicLong version;

  JudgedBy(FunctionCatalogue catalogue) {
    this.version = new AtomicLong(catalogue.version());
  }

  /**
   * To be called when it was looked up which tables a read shows, and before it is asked what it
   * needs.
   */
  void check(FunctionCatalogue catalogue, CausalClock clock) {
    long now = catalogue.version();
    long before = version.get();
    if (now != before) {
      if (before != UNREAD) {
        clock.wrote();
      }
      version.compareAndSet(before, now);
    }
  }
}
