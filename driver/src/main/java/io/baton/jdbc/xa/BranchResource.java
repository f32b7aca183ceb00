package io.baton.jdbc.xa;

import static javax.transaction.xa.XAException.XAER_INVAL;
import static javax.transaction.xa.XAException.XAER_NOTA;
import static javax.transaction.xa.XAException.XAER_PROTO;
import static javax.transaction.xa.XAException.XAER_RMERR;
import static javax.transaction.xa.XAException.XAER_RMFAIL;
import static javax.transaction.xa.XAException.XA_RBCOMMFAIL;
import static javax.transaction.xa.XAException.XA_RBROLLBACK;

import io.baton.engine.TwoPhaseCommit;
import io.baton.jdbc.xa.Branch.Phase;
import io.baton.routing.topology.FailureText;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.jspecify.annotations.Nullable;

/**
 * The branches of distributed transactions on one connection, one after the other, as a transaction
 * manager leads them.
 *
 * <p>What the protocol allows, and what a violation of it is told, is as with pgjdbc: a branch is
 * begun, ended and prepared on one connection, is not suspended, and may be committed or rolled
 * back on any connection once it is prepared.
 *
 * <p>The argument for a loss of the server. Until its first phase is sent, a branch is a
 * transaction as any other: it is replayed and verified, or it is lost, the application is told so,
 * and the transaction manager too as soon as it asks ({@code XA_RB*}). A first phase that was cut
 * off is settled by what the new writer shows; if that cannot tell, the transaction manager is told
 * {@code XAER_RMFAIL}, and finds the branch by {@link #recover} if there is one. A second phase
 * that was cut off is settled or repeated; see {@link io.baton.failover.outcome.PreparedInquiry}.
 *
 * <p>{@code BranchDifferencesTest} and {@code BranchFailureTest} pin the codes.
 *
 * <p>Thread-safe: calls wait for each other. A rollback waits for the statement under way.
 */
final class BranchResource implements XAResource {

  private final TwoPhaseCommit session;
  private final ReentrantLock calls = new ReentrantLock();
  private volatile Consumer<SQLException> follower = failure -> {};

  /** The last branch; null until there is one. Written under the lock of the calls. */
  private volatile @Nullable Branch branch;

  /**
   * What the call under way found of the session, to be told without the lock. Guarded by calls.
   */
  private @Nullable SQLException found;

  /** Makes the resource of a connection. */
  BranchResource(TwoPhaseCommit session) {
    this.session = session;
  }

  /** Tells of each failure of the session from now on, to one that holds no lock. */
  void follow(Consumer<SQLException> newFollower) {
    follower = newFollower;
  }

  /** Whether the connection has the transaction of a branch. */
  boolean isInBranch() {
    Branch now = branch;
    return now != null && now.hasConnection();
  }

  // ----------------------------------------------------------------------- the work of a branch

  @Override
  public void start(@Nullable Xid xid, int flags) throws XAException {
    check(flags == TMNOFLAGS || flags == TMRESUME || flags == TMJOIN, XAER_INVAL, "Invalid flags");
    Xid started = present(xid);
    calls.lock();
    try {
      Phase phase = phase();
      check(phase != Phase.ACTIVE, XAER_PROTO, "The connection is in a branch that is not ended");
      check(flags != TMRESUME, XAER_RMERR, "Branches are not suspended and resumed");
      if (flags == TMJOIN) {
        check(
            isBranch(started) && phase == Phase.ENDED,
            XAER_RMERR,
            "Only an ended branch is joined");
      } else {
        check(phase != Phase.ENDED, XAER_RMERR, "The connection has a branch that is not finished");
        begin();
      }
      branch = flags == TMJOIN ? at(Phase.ACTIVE) : Branch.started(started);
    } finally {
      leave();
    }
  }

  private void begin() throws XAException {
    try {
      session.begin();
    } catch (SQLException failure) {
      throw failed(BranchErrors.ofUse(failure, session.isClosed()), "begun", failure);
    }
  }

  @Override
  public void end(@Nullable Xid xid, int flags) throws XAException {
    check(flags == TMSUSPEND || flags == TMFAIL || flags == TMSUCCESS, XAER_INVAL, "Invalid flags");
    Xid ended = present(xid);
    calls.lock();
    try {
      check(isAt(ended, Phase.ACTIVE), XAER_PROTO, "The branch was not started here");
      check(flags != TMSUSPEND, XAER_RMERR, "Branches are not suspended and resumed");
      if (session.isClosed()) {
        become(Phase.ROLLED_BACK);
        throw lostWithSession();
      }
      become(Phase.ENDED);
    } finally {
      leave();
    }
  }

  // ------------------------------------------------------------------------------ the first phase

  /** Prepares the branch; that it only read is never answered, for it is prepared all the same. */
  @Override
  public int prepare(@Nullable Xid xid) throws XAException {
    Xid prepared = present(xid);
    calls.lock();
    try {
      Branch now = branch;
      boolean isOpen = now != null && (now.hasConnection() || now.phase() == Phase.ROLLED_BACK);
      check(isOpen, wasPrepared() ? XAER_PROTO : XAER_NOTA, "No branch is open here");
      check(isBranch(prepared), XAER_RMERR, "The connection is in another branch");
      check(phase() != Phase.ROLLED_BACK, XA_RBROLLBACK, "The branch is rolled back");
      check(phase() == Phase.ENDED, XAER_INVAL, "The branch is not ended");
      checkOpen(XA_RBCOMMFAIL);
      try {
        session.prepare(BranchId.text(prepared));
      } catch (SQLException failure) {
        tolerate(XA_RBCOMMFAIL, "prepared", failure);
      }
      become(Phase.PREPARED);
      return XA_OK;
    } finally {
      leave();
    }
  }

  /**
   * Sees to it that there is a transaction that can be prepared or committed: a server answers the
   * end of a failed one without an error.
   */
  private void checkOpen(int lost) throws XAException {
    if (session.isClosed()) {
      become(Phase.ROLLED_BACK);
      throw lostWithSession();
    }
    if (session.isIdle()) {
      become(Phase.IN_DOUBT);
      throw BranchErrors.error(
          XAER_RMERR, "The transaction of the branch was ended by a statement");
    }
    if (!session.isOpen()) {
      boolean isLost = session.isLost();
      giveUp(Phase.ROLLED_BACK);
      throw BranchErrors.error(
          isLost ? lost : XA_RBROLLBACK, "The transaction of the branch has failed");
    }
  }

  /** Throws what a failed first phase is told, unless it took place. */
  private void tolerate(int lost, String what, SQLException failure) throws XAException {
    if (BranchErrors.tookPlace(failure)) {
      found = failure;
      return;
    }
    int code = BranchErrors.ofFirstPhase(failure, session.isClosed(), lost);
    giveUp(code == XAER_RMFAIL ? Phase.IN_DOUBT : Phase.ROLLED_BACK);
    throw failed(code, what, failure);
  }

  /** Frees the connection of a transaction that is gone. */
  private void giveUp(Phase as) {
    become(as);
    try {
      if (!session.isClosed() && !session.isIdle()) {
        session.rollback();
      }
    } catch (SQLException failure) {
      found = failure; // The transaction is gone anyhow; the next call finds out the rest.
    }
  }

  @Override
  public void commit(@Nullable Xid xid, boolean onePhase) throws XAException {
    Xid committed = present(xid);
    calls.lock();
    try {
      if (onePhase) {
        commitInOnePhase(committed);
      } else {
        check(!isInBranch(), XAER_PROTO, "The connection is in a branch");
        finish(committed, true);
      }
    } finally {
      leave();
    }
  }

  private void commitInOnePhase(Xid xid) throws XAException {
    Branch now = branch;
    Phase phase = phase();
    check(!(isBranch(xid) && wasPrepared()), XAER_PROTO, "The branch is prepared");
    check(now != null && phase != Phase.PREPARED, XAER_RMERR, "The branch was not started here");
    check(isBranch(xid) && phase != Phase.FINISHED, XAER_NOTA, "The branch is not known here");
    check(phase != Phase.ROLLED_BACK, XA_RBROLLBACK, "The branch is rolled back");
    check(phase != Phase.IN_DOUBT, XAER_RMFAIL, "What became of the branch is not known");
    check(phase == Phase.ENDED, XAER_PROTO, "The branch is not ended");
    checkOpen(XA_RBROLLBACK);
    try {
      session.commit();
    } catch (SQLException failure) {
      tolerate(XA_RBROLLBACK, "committed", failure);
    }
    become(Phase.FINISHED);
  }

  // ----------------------------------------------------------------------------- the second phase

  /**
   * Rolls back a branch, prepared or not. One that is not is gone also if its session is: the
   * server rolls back whatever has lost its client.
   */
  @Override
  public void rollback(@Nullable Xid xid) throws XAException {
    Xid rolledBack = present(xid);
    calls.lock();
    try {
      Branch now = branch;
      if (now != null && isBranch(rolledBack) && now.hasConnection()) {
        giveUp(Phase.FINISHED);
      } else if (isAt(rolledBack, Phase.ROLLED_BACK)) {
        become(Phase.FINISHED);
      } else {
        finish(rolledBack, false);
      }
    } finally {
      leave();
    }
  }

  /** Ends what is prepared. */
  private void finish(Xid xid, boolean commits) throws XAException {
    int unknown =
        isAt(xid, Phase.PREPARED)
            ? XAER_RMERR
            : isAt(xid, Phase.IN_DOUBT) ? XAER_RMFAIL : XAER_NOTA;
    check(
        session.isClosed() || session.isIdle(),
        XAER_RMFAIL,
        "The connection is in a transaction of its own");
    try {
      session.end(BranchId.text(xid), commits);
    } catch (SQLException failure) {
      if (!BranchErrors.tookPlace(failure)) {
        int code = BranchErrors.ofSecondPhase(failure, session.isClosed(), unknown);
        throw failed(code, commits ? "committed" : "rolled back", failure);
      }
      found = failure;
    }
    if (branch == null) {
      branch = Branch.started(xid).at(Phase.FINISHED);
    } else if (isBranch(xid)) {
      become(Phase.FINISHED);
    }
  }

  // ------------------------------------------------------------------------------------- recovery

  /** Lists what is prepared on the writer: on the new one after a failover. */
  @Override
  public Xid[] recover(int flag) throws XAException {
    check((flag & ~(TMSTARTRSCAN | TMENDRSCAN)) == 0, XAER_INVAL, "Invalid flags");
    if ((flag & TMSTARTRSCAN) == 0) {
      return new Xid[0];
    }
    calls.lock();
    try {
      return session.identifiers().stream()
          .map(BranchId::parse)
          .flatMap(Optional::stream)
          .toArray(Xid[]::new);
    } catch (SQLException failure) {
      throw failed(BranchErrors.ofUse(failure, session.isClosed()), "listed", failure);
    } finally {
      leave();
    }
  }

  /** Refused, as there is nothing to forget: Baton decides about no branch by itself. */
  @Override
  public void forget(@Nullable Xid xid) throws XAException {
    throw BranchErrors.error(XAER_NOTA, "No branch is ended heuristically");
  }

  /** Whether it is the very same connection, so that no other one is asked to prepare a branch. */
  @Override
  public boolean isSameRM(XAResource other) {
    return other == this;
  }

  /** Returns 0, as with pgjdbc: branches have no timeout of their own. */
  @Override
  public int getTransactionTimeout() {
    return 0;
  }

  /** Returns false, as with pgjdbc. */
  @Override
  public boolean setTransactionTimeout(int seconds) {
    return false;
  }

  // --------------------------------------------------------------------------------------- states

  private Phase phase() {
    Branch now = branch;
    return now == null ? Phase.FINISHED : now.phase();
  }

  private boolean wasPrepared() {
    Branch now = branch;
    return now != null && now.prepared();
  }

  private boolean isBranch(Xid xid) {
    Branch now = branch;
    return now != null && now.is(xid);
  }

  private boolean isAt(Xid xid, Phase phase) {
    return isBranch(xid) && phase() == phase;
  }

  private Branch at(Phase phase) {
    return Objects.requireNonNull(branch).at(phase);
  }

  private void become(Phase phase) {
    branch = at(phase);
  }

  /** The end of a call: what it found is told. */
  private void leave() {
    SQLException toTell = found;
    found = null;
    calls.unlock();
    if (toTell != null) {
      follower.accept(toTell);
    }
  }

  private static Xid present(@Nullable Xid xid) throws XAException {
    if (xid == null) {
      throw BranchErrors.error(XAER_INVAL, "The xid is null");
    }
    return xid;
  }

  private static void check(boolean allowed, int code, String message) throws XAException {
    if (!allowed) {
      throw BranchErrors.error(code, message);
    }
  }

  private XAException failed(int code, String what, SQLException failure) {
    found = failure;
    return BranchErrors.error(
        code, "The branch could not be " + what + ": " + FailureText.message(failure), failure);
  }

  private static XAException lostWithSession() {
    return BranchErrors.error(
        XA_RBCOMMFAIL, "The session has ended, and with it the transaction of the branch");
  }
}
