package io.baton.engine;

import io.baton.jdbc.options.SessionTarget;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.journal.ReplayBlocker;
import io.baton.session.sql.StatementAnalysis;
import io.baton.session.sql.StatementAnalyzer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The objects of the PostgreSQL driver that a session hands out, as {@code unwrap} and {@code
 * getCopyAPI} do. What the application does with them is no call of the session.
 *
 * <p>Such work cannot be routed, so the session goes to the writer ahead of it. It cannot be held
 * back either: while a switchover or a cut over holds transactions back, the session waits, as the
 * first use may begin one. And it cannot be recovered: a session that is known to have lost its
 * connection, or its transaction, is restored first, or says what it has lost.
 *
 * <p>Safe for use by several threads, which wait for the calls of the session; {@link #expose} and
 * {@link #end} wait for none.
 */
public final class HandedOutObjects {

  private static final StatementAnalyzer ANALYZER = new StatementAnalyzer();

  /** Does nothing, at the writer. */
  private static final StatementAnalysis AT_WRITER = ANALYZER.analyze("/*+ baton:writer */");

  private static final StatementAnalysis ANYWHERE = ANALYZER.analyze("");

  private static final Execution<Connection, Boolean> NOTHING = connection -> true;
  private static final Execution<Connection, Boolean> ANSWER =
      physical -> {
        PhysicalConnection.executeAsItIs(physical, "");
        return true;
      };

  /** The session whose objects they are. */
  interface Owner {
    /** Makes a call on the connection itself. */
    <R> R call(StatementAnalysis analysis, Execution<? super Connection, R> execution)
        throws SQLException;

    /** Something happens that cannot be replayed. */
    void block(ReplayBlocker reason);
  }

  private final Owner session;
  private final ClusterHandle cluster;
  private final SessionConnections connections;
  private final CallRecorder recorder;
  private final SessionStop stop;
  private final CallMaker maker;
  private final ReentrantLock calls;

  /** Whether the application has an object through which it can write past the session. */
  private final AtomicBoolean writesUnseen = new AtomicBoolean();

  HandedOutObjects(Owner session, SessionParts parts, CallMaker maker, ReentrantLock calls) {
    this.session = session;
    this.cluster = parts.cluster();
    this.connections = parts.connections();
    this.recorder = parts.recorder();
    this.stop = parts.stop();
    this.maker = maker;
    this.calls = calls;
  }

  /** Goes to the writer, if sessions are meant for it and no transaction is open. */
  public void goToWriter() throws SQLException {
    calls.lock();
    try {
      if (physical().isSevered() || recorder.owesFailedTransaction()) {
        settle(NOTHING);
      } else if (cluster.sessionTarget() == SessionTarget.WRITER) {
        goToWriterFromOneThatWorks();
      }
    } finally {
      calls.unlock();
    }
  }

  private void goToWriterFromOneThatWorks() throws SQLException {
    boolean isHeld =
        cluster.cluster().awaitsSwitchover() || cluster.cluster().cutovers().holdsTransactions();
    if (!connections.current().isOnWriter()) {
      session.call(AT_WRITER, NOTHING);
    } else if (isHeld && maker.isIdle(connections.current())) {
      maker.make(
          new Call<>(Target.CONNECTION, AT_WRITER, CallEffect.WRITE, NOTHING, System.nanoTime()));
    }
  }

  /**
   * As {@link #goToWriter}, ahead of an object that is handed out. One that was handed out before
   * may have lost its connection, of which nothing is known here: the driver closes none that
   * breaks in a COPY. So the server is asked whether it answers.
   */
  public void goToWriterThatAnswers() throws SQLException {
    calls.lock();
    try {
      if (physical().isExposed()) {
        settle(ANSWER);
      }
      goToWriter();
    } finally {
      calls.unlock();
    }
  }

  /** Makes a call that does nothing, where the session is meant to be. */
  private void settle(Execution<Connection, Boolean> nothing) throws SQLException {
    if (!stop.isClosed()) {
      boolean toWriter = cluster.sessionTarget() == SessionTarget.WRITER;
      session.call(toWriter ? AT_WRITER : ANYWHERE, nothing);
    }
  }

  /** The application gets hold of the driver's own object, and may do anything with it. */
  public void expose() {
    if (!stop.isClosed()) {
      physical().expose();
      if (writesUnseen.compareAndSet(false, true)) {
        cluster.clockOfProcess().unseenWritesBegin();
        if (stop.isClosed()) { // by a thread that could not see it yet
          end();
        }
      }
      session.block(ReplayBlocker.RAW_ACCESS);
    }
  }

  private PhysicalConnection physical() {
    return connections.current().physical();
  }

  /** The session has ended: what is written through the objects from now on fails. */
  void end() {
    if (writesUnseen.compareAndSet(true, false)) {
      cluster.clockOfProcess().unseenWritesEnd();
    }
  }
}
