package io.baton.testkit;

/** A Unix signal, with what it means to a PostgreSQL server. */
enum Signal {
  /** Dies on the spot. */
  KILL,
  /** Stands still until {@link #CONT}. */
  STOP,
  CONT,
  /** Immediate shutdown: ends without a checkpoint, recovers at the next start. */
  QUIT,
  /** Fast shutdown: ends sessions, writes a checkpoint. */
  INT,
  /** Reads its configuration again. */
  HUP,
  /** Looks for a file named promote. */
  USR1
}
