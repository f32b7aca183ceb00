package io.baton.failover.outcome;

import java.util.UUID;

/**
 * The entry of a transaction in the ledger. The transaction itself writes it, so it exists if and
 * only if the transaction is committed.
 *
 * @param server where it runs
 * @param session whose row it is
 * @param number the number that the row has if this transaction was the session's last to commit
 */
public record LedgerEntry(ServerInstance server, UUID session, long number)
    implements CommitEvidence {}
