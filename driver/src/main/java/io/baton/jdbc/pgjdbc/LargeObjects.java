package io.baton.jdbc.pgjdbc;

import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.core.BaseConnection;
import org.postgresql.largeobject.LargeObject;
import org.postgresql.largeobject.LargeObjectManager;

/**
 * The PostgreSQL driver's interface for large objects, handed out before it is known whether it is
 * used: libraries fetch it for each connection and most of them never use it. Every call is made on
 * the driver's own, which is fetched at that time.
 */
public final class LargeObjects extends LargeObjectManager {

  private final Use use;

  /** What happens around each call. */
  public interface Use {
    /** A call is about to be made; returns what it is made on. */
    LargeObjectManager begins() throws SQLException;

    /** A call has failed. */
    void failed(SQLException failure);
  }

  /** A call on the driver's own. */
  @FunctionalInterface
  private interface Call<R> {
    R on(LargeObjectManager own) throws SQLException;
  }

  /**
   * Makes one, for which the driver asks the server for its functions.
   *
   * @param connection a connection of the PostgreSQL driver; it is not used after that
   */
  public LargeObjects(Connection connection, Use use) throws SQLException {
    super((BaseConnection) connection);
    this.use = use;
  }

  private <R> R made(Call<R> call) throws SQLException {
    LargeObjectManager own = use.begins();
    try {
      return call.on(own);
    } catch (SQLException failure) {
      use.failed(failure);
      throw failure;
    }
  }

  @Override
  @Deprecated
  public LargeObject open(int oid) throws SQLException {
    return made(own -> own.open(oid));
  }

  @Override
  public LargeObject open(int oid, boolean commitOnClose) throws SQLException {
    return made(own -> own.open(oid, commitOnClose));
  }

  @Override
  public LargeObject open(long oid) throws SQLException {
    return made(own -> own.open(oid));
  }

  @Override
  public LargeObject open(long oid, boolean commitOnClose) throws SQLException {
    return made(own -> own.open(oid, commitOnClose));
  }

  @Override
  @Deprecated
  public LargeObject open(int oid, int mode) throws SQLException {
    return made(own -> own.open(oid, mode));
  }

  @Override
  public LargeObject open(int oid, int mode, boolean commitOnClose) throws SQLException {
    return made(own -> own.open(oid, mode, commitOnClose));
  }

  @Override
  public LargeObject open(long oid, int mode) throws SQLException {
    return made(own -> own.open(oid, mode));
  }

  @Override
  public LargeObject open(long oid, int mode, boolean commitOnClose) throws SQLException {
    return made(own -> own.open(oid, mode, commitOnClose));
  }

  @Override
  @Deprecated
  public int create() throws SQLException {
    return made(own -> own.create());
  }

  @Override
  @Deprecated
  public int create(int mode) throws SQLException {
    return made(own -> own.create(mode));
  }

  @Override
  public long createLO() throws SQLException {
    return made(own -> own.createLO());
  }

  @Override
  public long createLO(int mode) throws SQLException {
    return made(own -> own.createLO(mode));
  }

  @Override
  @Deprecated
  public void delete(int oid) throws SQLException {
    made(
        own -> {
          own.delete(oid);
          return true;
        });
  }

  @Override
  public void delete(long oid) throws SQLException {
    made(
        own -> {
          own.delete(oid);
          return true;
        });
  }

  @Override
  @Deprecated
  public void unlink(int oid) throws SQLException {
    made(
        own -> {
          own.unlink(oid);
          return true;
        });
  }

  @Override
  public void unlink(long oid) throws SQLException {
    made(
        own -> {
          own.unlink(oid);
          return true;
        });
  }
}
