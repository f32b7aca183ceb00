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
import org.jspecify.annotations.Nullable;

/**
 * The objects of the PostgreSQL driver that a session hands out, as {@code unwrap} and {@code
 * getCopyAPI} do. What the application does with them is no call of the session.
 *
 * <p>Such work cannot be routed, so the session goes to the writer ahead of it. It cannot be held
 * back either: while a switchover or a cut over holds transactions back, the session waits, as the
 * first use may begin one. And it cannot be recovered: a session that is known to have lost its
 * connection, or its transaction, is restored first, or says what it has lost.
 *
 * <p>Safe for use by several threads, which wait for the calls of the session; {@link #end} waits
 * for none.
 */
public final class HandedOutObjects {

  private static final String IN_FAILED_TRANSACTION = "25P02";

  private static final StatementAnalyzer ANALYZER = new StatementAnalyzer();

  /** Does nothing, at the writer. */
  private static final StatementAnalysis AT_WRITER = ANALYZER.analyze("/*+ baton:writer */");

  private static final StatementAnalysis ANYWHERE = ANALYZER.analyze("");

  private static final Execution<Connection, Boolean> NOTHING = connection -> true;
  private static final Execution<Connection, Boolean> ANSWER = HandedOutObjects::answers;

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
      } else if (hasHeardFromServer()) {
        settle(ANSWER);
      }
      if (cluster.sessionTarget() == SessionTarget.WRITER) {
        goToWriterFromOneThatWorks();
      }
    } finally {
      calls.unlock();
    }
  }

  /** Outside of a transaction, what it has sent unasked may be the end of the connection. */
  private boolean hasHeardFromServer() {
    return maker.isIdle(connections.current()) && physical().hasInput();
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

  /** In a failed transaction, the server refuses to do nothing, too. */
  private static boolean answers(Connection physical) throws SQLException {
    try {
      PhysicalConnection.askForSign(physical);
    } catch (SQLException refused) {
      if (!IN_FAILED_TRANSACTION.equals(refused.getSQLState())) {
        throw refused;
      }
    }
    return true;
  }

  /** Makes a call that does nothing, where the session is meant to be. */
  private void settle(Execution<Connection, Boolean> nothing) throws SQLException {
    if (!stop.isClosed()) {
      boolean toWriter = cluster.sessionTarget() == SessionTarget.WRITER;
      session.call(toWriter ? AT_WRITER : ANYWHERE, nothing);
    }
  }

  /**
   * The application gets hold of the driver's own object, and may do anything with it. The server
   * is asked what the session is after the next call that leaves no transaction open.
   */
  public void expose() {
    exposeInSight();
    calls.lock();
    try {
      if (!stop.isClosed()) {
        recorder.tracker().changedOutOfSight();
      }
    } finally {
      calls.unlock();
    }
  }

  /**
   * The application gets hold of the driver's own object. What that may do to the session is either
   * reported, by {@link #begins}, or nothing.
   */
  public void exposeInSight() {
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

  /** A text is about to run past the calls of the session. */
  public void begins(PhysicalConnection on, StatementAnalysis analysis) {
    calls.lock();
    try {
      if (isStoodOn(on)) {
        recorder.tracker().begins(analysis);
      }
    } finally {
      calls.unlock();
    }
  }

  /** It has run to its end. */
  public void ran(PhysicalConnection on, StatementAnalysis analysis) {
    calls.lock();
    try {
      if (isStoodOn(on) && !on.isSevered()) {
        recorder.ranUnrecorded(connections.current(), analysis, ReplayBlocker.RAW_ACCESS);
      }
    } finally {
      calls.unlock();
    }
  }

  /**
   * It has failed.
   *
   * @param failure null if it was none of the server or the driver
   */
  public void failed(
      PhysicalConnection on, StatementAnalysis analysis, @Nullable SQLException failure) {
    if (failure != null) {
      failed(on, failure);
    }
    calls.lock();
    try {
      if (isStoodOn(on) && !on.isSevered()) {
        recorder.refusedUnrecorded(connections.current(), analysis, failure);
      }
    } finally {
      calls.unlock();
    }
  }

  /**
   * A call on an object that was handed out has failed. The driver does not close a connection that
   * breaks in such a call: so it is closed here, and is known to be lost from then on.
   */
  public void failed(PhysicalConnection on, SQLException failure) {
    if (on.isSeveredBy(failure)) {
      on.abort("it broke in a call past Baton");
    }
  }

  private boolean isStoodOn(PhysicalConnection connection) {
    return !stop.isClosed() && physical() == connection;
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

  /**
   * The session ends, and the application may go on with the driver's own object.
   *
   * @return what ends its use of the cluster, once that object is gone; it does not lead to it
   */
  Runnable outlive() {
    boolean unseen = writesUnseen.getAndSet(false);
    ClusterHandle used = cluster;
    return () -> {
      if (unseen) {
        used.clockOfProcess().unseenWritesEnd();
      }
      used.close();
    };
  }
}
