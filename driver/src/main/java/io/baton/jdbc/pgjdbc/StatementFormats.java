package io.baton.jdbc.pgjdbc;

import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGStatement;
import org.postgresql.core.BaseConnection;
import org.postgresql.jdbc.PgConnection;

/**
 * In which format the statements of one connection ask for their values, and from which run on they
 * are prepared on the server: what the application has set, which the driver keeps on its
 * connection and gives to each statement that is made there.
 *
 * <p>Baton's own questions, and those of the driver, need the text format. While one of them is
 * under way, the driver's connection says so, and what the application has set is held here: its
 * threads go on making statements meanwhile, and setting thresholds, and wait for nothing.
 *
 * <p>A statement is made without a lock. Whoever has made one looks whether the text format was
 * held at any time meanwhile, and if so sets what the application has set.
 *
 * <p>Thread-safe. No call that reaches a server is made under its lock.
 */
final class StatementFormats {

  private final BaseConnection connection;
  private final ReentrantLock lock = new ReentrantLock();

  /** What the application has set; null unless the text format is held. Guarded by lock. */
  private @Nullable Formats held;

  /** How many works hold it, one within the other. Guarded by lock. */
  private int holders;

  /** See {@link #changes()}. Written under the lock. */
  private volatile long changes;

  /**
   * What the application has set.
   *
   * @param threshold the prepare threshold
   * @param forced whether binary results are forced by an option of the driver
   */
  private record Formats(int threshold, boolean forced) {

    boolean forceBinary() {
      return threshold < 0 || forced;
    }
  }

  StatementFormats(BaseConnection connection) {
    this.connection = connection;
  }

  /** Statements that are made from now on ask for text, until {@link #release}. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // under the lock
  void holdText() {
    lock.lock();
    try {
      if (holders++ == 0) {
        held = set();
        changes = changes + 1;
        put(new Formats(PhysicalConnection.NEVER_PREPARED, false));
      }
    } finally {
      lock.unlock();
    }
  }

  /** Statements are made as the application has it again. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // under the lock
  void release() {
    lock.lock();
    try {
      if (--holders == 0) {
        put(set());
        held = null;
        changes = changes + 1;
      }
    } finally {
      lock.unlock();
    }
  }

  int threshold() {
    lock.lock();
    try {
      return set().threshold();
    } finally {
      lock.unlock();
    }
  }

  void setThreshold(int threshold) {
    lock.lock();
    try {
      Formats now = held;
      if (now == null) {
        connection.setPrepareThreshold(threshold);
      } else {
        held = new Formats(threshold, now.forced());
      }
    } finally {
      lock.unlock();
    }
  }

  boolean forcesBinary() {
    lock.lock();
    try {
      return set().forceBinary();
    } finally {
      lock.unlock();
    }
  }

  /** Even while the text format is not held; another number whenever that has changed. */
  long changes() {
    return changes;
  }

  /**
   * Gives a statement what the application has set, if the driver has not.
   *
   * @param seen what {@link #changes} was before it was made
   */
  void format(Statement made, long seen) throws SQLException {
    if ((seen & 1) == 0 && changes == seen) {
      return;
    }
    lock.lock();
    try {
      Formats now = set();
      PGStatement statement = (PGStatement) made;
      if (now.forceBinary()) {
        statement.setPrepareThreshold(PhysicalConnection.FORCED_BINARY);
      }
      if (now.threshold() >= 0) {
        statement.setPrepareThreshold(now.threshold());
      }
    } finally {
      lock.unlock();
    }
  }

  private Formats set() {
    Formats now = held;
    return now != null
        ? now
        : new Formats(
            connection.getPrepareThreshold(),
            connection instanceof PgConnection own && own.getForceBinary());
  }

  private void put(Formats formats) {
    connection.setPrepareThreshold(formats.threshold());
    if (connection instanceof PgConnection own) {
      own.setForceBinary(formats.forced());
    }
  }
}
