package io.baton.jdbc.pgjdbc;

import java.lang.reflect.Field;
import java.sql.Array;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLXML;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.Oid;
import org.postgresql.jdbc.PgArray;
import org.postgresql.util.ByteStreamWriter;
import org.postgresql.util.PGobject;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Values of parameters and columns that mean something to the PostgreSQL driver only. */
public final class PgValues {

  private static final Logger LOG = LoggerFactory.getLogger(PgValues.class);

  /** The estimated bytes of memory of an object without its content. */
  private static final long OBJECT_BYTES = 24;

  private PgValues() {}

  /** Returns whether a parameter of the application's writes itself when it is sent. */
  public static boolean isWriter(@Nullable Object value) {
    return value instanceof ByteStreamWriter && !(value instanceof LargeBytes);
  }

  /** Returns whether bytes are better bound as what {@link #large} makes of them. */
  public static boolean isLarge(byte @Nullable [] bytes) {
    return bytes != null && bytes.length >= LargeBytes.LENGTH;
  }

  /** Returns a value that sends what the bytes are now; {@code setObject} takes it. */
  public static Object large(byte[] bytes) {
    return new LargeBytes(bytes);
  }

  /** Returns a value as it is; a writer as one that remembers what it throws. */
  public static @Nullable Object watched(@Nullable Object value) {
    return value instanceof ByteStreamWriter writer
            && !(value instanceof WatchedWriter)
            && !(value instanceof LargeBytes)
        ? new WatchedWriter(writer)
        : value;
  }

  /** Returns whether a parameter that was {@link #watched} threw this when it was sent. */
  public static boolean isRaisedBy(@Nullable Object value, Throwable failure) {
    return value instanceof WatchedWriter writer && writer.raised(failure);
  }

  /**
   * Returns a copy of a mutable value, as far as it can be copied: the PostgreSQL driver reads
   * values when they are bound, so a later change must not affect the value that is bound again.
   */
  @SuppressWarnings("JavaUtilDate") // What JDBC binds; it is copied, not computed with.
  public static @Nullable Object copyOf(@Nullable Object value) {
    if (value == null || value.getClass() == String.class || value instanceof Number) {
      return value;
    }
    if (value instanceof Date date) {
      return date.clone();
    }
    if (value instanceof PGobject object) {
      return copyOf(object);
    }
    if (value instanceof Map<?, ?> map) {
      return new LinkedHashMap<>(map);
    }
    Class<?> element = value.getClass().getComponentType();
    if (element == null) {
      return value;
    }
    int length = java.lang.reflect.Array.getLength(value);
    Object copy = java.lang.reflect.Array.newInstance(element, length);
    System.arraycopy(value, 0, copy, 0, length);
    return copy;
  }

  private static Object copyOf(PGobject object) {
    try {
      return object.clone();
    } catch (CloneNotSupportedException e) {
      return object; // A class of the application's that will not be copied.
    }
  }

  /** Returns an estimate of the bytes of memory that a value takes. */
  public static long estimatedBytes(@Nullable Object value) {
    if (value == null) {
      return 0;
    }
    if (value instanceof String text) {
      return ofText(text);
    }
    if (value instanceof byte[] content) {
      return OBJECT_BYTES + content.length;
    }
    if (value instanceof LargeBytes large) {
      return OBJECT_BYTES + large.getLength();
    }
    if (value instanceof Object[] elements) {
      long bytes = OBJECT_BYTES;
      for (Object element : elements) {
        bytes += Long.BYTES + estimatedBytes(element);
      }
      return bytes;
    }
    if (value instanceof PgArray array) {
      byte[] content = array.toBytes();
      return OBJECT_BYTES + (content == null ? ofText(array.toString()) : content.length);
    }
    if (value instanceof PGobject object) {
      return OBJECT_BYTES + ofText(object.getValue());
    }
    if (value instanceof SQLXML xml) {
      return OBJECT_BYTES + ofText(textOf(xml));
    }
    if (value instanceof Map<?, ?> map) {
      return map.entrySet().stream()
          .mapToLong(entry -> estimatedBytes(entry.getKey()) + estimatedBytes(entry.getValue()))
          .sum();
    }
    return value.getClass().isArray()
        ? OBJECT_BYTES + (long) Long.BYTES * java.lang.reflect.Array.getLength(value)
        : 2 * OBJECT_BYTES;
  }

  private static long ofText(@Nullable String text) {
    return text == null ? 0 : OBJECT_BYTES + 2L * text.length();
  }

  private static @Nullable String textOf(SQLXML xml) {
    try {
      return xml.getString();
    } catch (SQLException hasNone) {
      return null;
    }
  }

  /**
   * Returns the same array as a value of another connection: an array looks up the types of its
   * elements on the connection it came from.
   *
   * @param sameTypes whether types have the same identifiers there, as they have on all servers of
   *     one cluster
   * @throws SQLException if the type of the array is not known there
   */
  public static Array movedTo(Connection connection, Array left, boolean sameTypes)
      throws SQLException {
    if (!(left instanceof PgArray array)) {
      return left;
    }
    BaseConnection owner = connection.unwrap(BaseConnection.class);
    int type = sameTypes ? typeOf(array) : Oid.UNSPECIFIED;
    if (type == Oid.UNSPECIFIED) {
      type = owner.getTypeInfo().getPGArrayType(array.getBaseTypeName());
    }
    byte[] content = array.toBytes();
    return content == null
        ? new PgArray(owner, type, array.toString())
        : new PgArray(owner, type, content);
  }

  /**
   * The identifier of an array's type, which no method tells; its name can be had only from a
   * connection that is gone, if that has not asked for it before. {@link Oid#UNSPECIFIED} if it
   * cannot be read.
   */
  private static int typeOf(PgArray array) {
    try {
      Field field = PgArray.class.getDeclaredField("oid");
      field.setAccessible(true);
      return field.getInt(array);
    } catch (ReflectiveOperationException | RuntimeException unreachable) {
      LOG.debug("The type of an array is found by its name", unreachable);
      return Oid.UNSPECIFIED;
    }
  }
}
