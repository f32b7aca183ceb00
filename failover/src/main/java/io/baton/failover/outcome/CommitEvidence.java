package io.baton.failover.outcome;

/** What is noted of a transaction that wrote, ahead of its COMMIT. */
public sealed interface CommitEvidence permits TransactionMark, LedgerEntry {

  /** The server that it runs on, and the backend that serves it. */
  ServerInstance server();
}
