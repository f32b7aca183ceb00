package io.baton.failover.outcome;

/** Evidence of a transaction that wrote, taken ahead of its COMMIT. */
public sealed interface CommitEvidence permits CommitMarker, LedgerEntry {

  /** Returns the server that it runs on, and the backend that serves it. */
  ServerInstance server();
}
