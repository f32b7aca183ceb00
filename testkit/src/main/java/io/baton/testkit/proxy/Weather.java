package io.baton.testkit.proxy;

import java.time.Duration;

/** The state of the network that the proxy stands for. Immutable. */
record Weather(Flow flow, Duration delay) {
  static final Weather FAIR = new Weather(Flow.PASSES, Duration.ZERO);

  enum Flow {
    /** Bytes arrive. */
    PASSES,
    /** Bytes get lost, and so does the news that a side has closed. */
    SWALLOWS,
    /** There are no connections. */
    CUT
  }

  Weather with(Flow newFlow) {
    return new Weather(newFlow, delay);
  }

  Weather with(Duration newDelay) {
    return new Weather(flow, newDelay);
  }

  boolean passes() {
    return flow == Flow.PASSES;
  }
}
