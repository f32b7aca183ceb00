package io.baton.differences;

import java.io.InputStream;
import java.io.Reader;
import java.io.StringWriter;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.sql.BatchUpdateException;
import java.sql.Blob;
import java.sql.CallableStatement;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLClientInfoException;
import java.sql.SQLException;
import java.sql.SQLXML;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.postgresql.copy.CopyManager;
import org.postgresql.largeobject.LargeObjectManager;
import org.postgresql.util.PSQLException;

/** What an application is told by a call, as a text that can be compared. */
final class Told {

  private static final int MOST_ROWS = 20;
  private static final int MOST_CAUSES = 8;

  /** What a wrapper is told as, the most special one first. */
  private static final List<Class<?>> FACES =
      List.of(
          CallableStatement.class,
          PreparedStatement.class,
          Statement.class,
          Connection.class,
          DatabaseMetaData.class,
          ResultSetMetaData.class,
          ParameterMetaData.class,
          Savepoint.class,
          Blob.class,
          Clob.class,
          SQLXML.class,
          java.sql.Array.class,
          LargeObjectManager.class,
          CopyManager.class);

  private Told() {}

  /** Makes a call, and says what came of it. */
  static String by(Callable<?> call) {
    try {
      return value(call.call());
    } catch (InvocationTargetException raised) {
      return failure(raised.getCause());
    } catch (Exception raised) {
      return failure(raised);
    }
  }

  /** A value, without what differs from one object to the next. */
  static String value(@Nullable Object value) throws Exception {
    if (value == null) {
      return "null";
    }
    if (value instanceof Throwable thrown) {
      return failure(thrown);
    }
    if (value instanceof ResultSet rows) {
      return rows(rows);
    }
    if (value instanceof byte[] bytes) {
      return "bytes " + HexFormat.of().formatHex(bytes);
    }
    if (value instanceof InputStream stream) {
      return "stream " + HexFormat.of().formatHex(stream.readAllBytes());
    }
    if (value instanceof Reader reader) {
      StringWriter text = new StringWriter();
      reader.transferTo(text);
      return "reader " + text;
    }
    if (value.getClass().isArray()) {
      List<String> elements = new ArrayList<>();
      for (int index = 0; index < Array.getLength(value); index++) {
        elements.add(value(Array.get(value, index)));
      }
      return value.getClass().getComponentType().getSimpleName() + elements;
    }
    for (Class<?> face : FACES) {
      if (face.isInstance(value)) {
        return "a " + face.getSimpleName();
      }
    }
    return value.getClass().getSimpleName() + " " + plain(String.valueOf(value));
  }

  private static String rows(ResultSet rows) throws SQLException {
    StringBuilder told = new StringBuilder("rows");
    try (rows) {
      ResultSetMetaData columns = rows.getMetaData();
      for (int column = 1; column <= columns.getColumnCount(); column++) {
        told.append(' ')
            .append(columns.getColumnLabel(column))
            .append(':')
            .append(columns.getColumnTypeName(column));
      }
      for (int row = 0; row < MOST_ROWS && rows.next(); row++) {
        told.append('\n');
        for (int column = 1; column <= columns.getColumnCount(); column++) {
          told.append(rows.getString(column)).append('|');
        }
      }
    } catch (SQLException failure) {
      told.append(" then ").append(failure(failure));
    }
    return told.toString();
  }

  /** An exception: its class, SQLState and text, what the server said, and its causes. */
  static String failure(@Nullable Throwable thrown) {
    if (thrown == null) {
      return "no exception";
    }
    StringBuilder told = new StringBuilder(one(thrown));
    Throwable cause = thrown.getCause();
    for (int depth = 0; cause != null && depth < MOST_CAUSES; depth++) {
      told.append(" <- ").append(one(cause));
      cause = cause.getCause();
    }
    if (thrown instanceof SQLException failure && failure.getNextException() != null) {
      told.append(" next ").append(failure(failure.getNextException()));
    }
    return told.toString();
  }

  private static String one(Throwable thrown) {
    StringBuilder told = new StringBuilder(thrown.getClass().getName());
    if (thrown instanceof NullPointerException) {
      return told.toString(); // Its text is of the machine that runs it.
    }
    if (thrown instanceof SQLException failure) {
      told.append(' ').append(failure.getSQLState());
    }
    told.append(' ').append(plain(String.valueOf(thrown.getMessage())));
    if (thrown instanceof BatchUpdateException batch) {
      told.append(" counts ").append(Arrays.toString(batch.getUpdateCounts()));
    }
    if (thrown instanceof SQLClientInfoException info) {
      told.append(" failed ").append(info.getFailedProperties());
    }
    if (thrown instanceof PSQLException raised && raised.getServerErrorMessage() != null) {
      told.append(" said by the server");
    }
    return told.toString();
  }

  /** Without what is another one each time: identities, process ids, and names of portals. */
  static String plain(String text) {
    return text.replaceAll("@[0-9a-f]{4,}", "@")
        .replaceAll("(?i)(pid|process)[ =][0-9]+", "$1 n")
        .replaceAll("unnamed portal [0-9]+", "unnamed portal n");
  }
}
