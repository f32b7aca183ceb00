package io.baton.jdbc.pgjdbc;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Reader;
import java.io.Writer;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.copy.CopyDual;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;
import org.postgresql.copy.CopyOut;
import org.postgresql.core.BaseConnection;
import org.postgresql.util.ByteStreamWriter;

/**
 * The PostgreSQL driver's interface for COPY, of which each text is told before it runs. What
 * becomes of one is told where a single call runs it to its end; not where the application is given
 * an object to do it with.
 */
public final class Copies extends CopyManager {

  private final PhysicalConnection connection;
  private final Use use;

  /** What hears of the texts. */
  public interface Use {
    /** A text is about to run. */
    void begins(String sql);

    /** A text has run to its end. */
    void ran(String sql);

    /** A text has failed, or may have. */
    void failed(String sql, @Nullable SQLException failure);
  }

  /** A call that runs a text to its end. */
  @FunctionalInterface
  private interface Copy {
    long run() throws SQLException, IOException;
  }

  /** A call that begins to run a text. */
  @FunctionalInterface
  private interface Beginning<T> {
    T begun() throws SQLException;
  }

  /**
   * Makes one.
   *
   * @param connection the connection that the texts run on
   */
  public Copies(PhysicalConnection connection, Use use) throws SQLException {
    super((BaseConnection) connection.connection());
    this.connection = connection;
    this.use = use;
  }

  /** Returns whether the texts run on that connection. */
  public boolean isOn(PhysicalConnection other) {
    return connection == other;
  }

  private <T> T begun(String sql, Beginning<T> beginning) throws SQLException {
    use.begins(sql);
    try {
      return beginning.begun();
    } catch (SQLException failure) {
      use.failed(sql, failure);
      throw failure;
    }
  }

  private long run(String sql, Copy copy) throws SQLException, IOException {
    try {
      long rows = copy.run();
      use.ran(sql);
      return rows;
    } catch (SQLException failure) {
      use.failed(sql, failure);
      throw failure;
    } catch (IOException | RuntimeException ofApplication) {
      use.failed(sql, null);
      throw ofApplication;
    }
  }

  @Override
  public CopyIn copyIn(String sql) throws SQLException {
    return begun(sql, () -> super.copyIn(sql));
  }

  @Override
  public CopyOut copyOut(String sql) throws SQLException {
    return begun(sql, () -> super.copyOut(sql));
  }

  @Override
  public CopyDual copyDual(String sql) throws SQLException {
    return begun(sql, () -> super.copyDual(sql));
  }

  // Those below go by those above, as the driver makes them.

  @Override
  public long copyOut(String sql, Writer to) throws SQLException, IOException {
    return run(sql, () -> super.copyOut(sql, to));
  }

  @Override
  public long copyOut(String sql, OutputStream to) throws SQLException, IOException {
    return run(sql, () -> super.copyOut(sql, to));
  }

  @Override
  public long copyIn(String sql, Reader from, int bufferSize) throws SQLException, IOException {
    return run(sql, () -> super.copyIn(sql, from, bufferSize));
  }

  @Override
  public long copyIn(String sql, InputStream from, int bufferSize)
      throws SQLException, IOException {
    return run(sql, () -> super.copyIn(sql, from, bufferSize));
  }

  @Override
  public long copyIn(String sql, ByteStreamWriter from) throws SQLException, IOException {
    return run(sql, () -> super.copyIn(sql, from));
  }
}
