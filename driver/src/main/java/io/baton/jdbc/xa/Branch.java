package io.baton.jdbc.xa;

import javax.transaction.xa.Xid;

/**
 * A branch on its connection, as far as the transaction manager has brought it.
 *
 * <p>Immutable.
 *
 * @param id its identifier
 * @param phase how far it is
 * @param prepared whether it was prepared on this connection
 */
record Branch(BranchId id, Phase phase, boolean prepared) {

  /** How far a branch is. */
  enum Phase {
    /** The application works in it. */
    ACTIVE,
    /** The application is done; it was not prepared yet. */
    ENDED,
    /** It is prepared: the connection is free for others. */
    PREPARED,
    /** It is over. */
    FINISHED,
    /** It is certainly rolled back, and the transaction manager may not have asked for that. */
    ROLLED_BACK,
    /** Whether its first phase, or its only one, took place is not known. */
    IN_DOUBT
  }

  /** One that begins. */
  static Branch started(Xid xid) {
    return new Branch(BranchId.of(xid), Phase.ACTIVE, false);
  }

  /** The same one, further on. */
  Branch at(Phase next) {
    return new Branch(id, next, prepared || next == Phase.PREPARED);
  }

  /** Whether it is the one of that identifier. */
  boolean is(Xid xid) {
    return id.equals(xid);
  }

  /** Whether the connection has its transaction. */
  boolean hasConnection() {
    return phase == Phase.ACTIVE || phase == Phase.ENDED;
  }
}
