package io.baton.jdbc;

import io.baton.jdbc.pgjdbc.PgValues;
import io.baton.session.ParameterValues;
import java.io.InputStream;
import java.io.Reader;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Calendar;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The parameters bound to a prepared statement, and the outputs registered on a callable one, so
 * that they can be bound to its counterpart on another connection.
 *
 * <p>Each call of a setter is kept with the arguments that the PostgreSQL driver was given. That
 * driver reads a value when it is bound, and the application may change it afterwards; so mutable
 * values are copied: byte and other arrays, dates and times, objects of PostgreSQL types, maps. (A
 * calendar, of which only the time zone counts, is copied by {@link #snapshot} only; objects of
 * unknown classes, which are sent as their text, are not copied.) Nothing else is allocated, except
 * for a parameter that is bound with a calendar or an SQLType.
 *
 * <p>Not thread-safe; confined to its statement.
 */
final class BoundParameters extends ParameterSetters {

  private static final byte[] NO_SETTERS = {};
  private static final long[] NO_BITS = {};
  private static final @Nullable Object[] NO_OBJECTS = {};
  private static final int FIRST_CAPACITY = 4;

  /** The estimated bytes of memory of an object without its content. */
  private static final int OBJECT_BYTES = 24;

  private static final int SLOT_BYTES = Byte.BYTES + Long.BYTES + Long.BYTES;

  // Slot i holds parameter i + 1. Simple values and objects have an array each, empty while unused.
  private byte[] setters = NO_SETTERS;
  private long[] bits = NO_BITS;
  private @Nullable Object[] values = NO_OBJECTS;

  /** A value that was bound with a calendar or a type. */
  private record Detailed(@Nullable Object value, Object detail) {}

  /** The highest parameter that was bound. */
  private int count;

  /** Whether a snapshot has the same arrays: then they are copied before anything is put in. */
  private boolean shared;

  /** Registered outputs: a slot of their own, since one parameter can be both input and output. */
  private @Nullable BoundParameters outputs;

  @Override
  void record(int parameterIndex, byte setter, long bits) {
    if (setter < FIRST_REGISTRATION) {
      put(parameterIndex, setter, bits, null);
    } else {
      outputs().put(parameterIndex, setter, bits, null);
    }
  }

  @Override
  void record(
      int parameterIndex, byte setter, long bits, @Nullable Object value, @Nullable Object detail) {
    Object kept = detail == null ? value : new Detailed(value, detail);
    if (setter < FIRST_REGISTRATION) {
      put(parameterIndex, setter, bits, kept);
    } else {
      outputs().put(parameterIndex, setter, bits, kept);
    }
  }

  private BoundParameters outputs() {
    BoundParameters registered = outputs;
    if (registered == null) {
      registered = new BoundParameters();
      outputs = registered;
    }
    return registered;
  }

  private void put(int parameterIndex, byte setter, long bits, @Nullable Object value) {
    if (parameterIndex > setters.length) {
      grow(parameterIndex);
    } else if (shared) {
      copyArrays(setters.length);
    }
    int slot = parameterIndex - 1;
    setters[slot] = setter;
    putBits(slot, bits);
    putValue(slot, value);
    if (parameterIndex > count) {
      count = parameterIndex;
    }
  }

  private void putBits(int slot, long simple) {
    if (bits.length == 0) {
      if (simple == 0) {
        return;
      }
      bits = new long[setters.length];
    }
    bits[slot] = simple;
  }

  private void putValue(int slot, @Nullable Object value) {
    if (values.length == 0) {
      if (value == null) {
        return;
      }
      values = new @Nullable Object[setters.length];
    }
    values[slot] = value;
  }

  private void grow(int needed) {
    copyArrays(Math.max(needed, Math.max(FIRST_CAPACITY, setters.length * 2)));
  }

  private void copyArrays(int capacity) {
    shared = false;
    setters = Arrays.copyOf(setters, capacity);
    bits = bits.length == 0 ? bits : Arrays.copyOf(bits, capacity);
    values = values.length == 0 ? values : Arrays.copyOf(values, capacity);
  }

  private long bitsAt(int slot) {
    return bits.length == 0 ? 0 : bits[slot];
  }

  private @Nullable Object valueAt(int slot) {
    return values.length == 0 ? null : values[slot];
  }

  /**
   * Returns the value of a parameter whose text on the server is plain: a string, a whole number, a
   * boolean.
   */
  ParameterValues.Value value(int parameterIndex) {
    if (parameterIndex < 1 || parameterIndex > count) {
      return ParameterValues.Value.UNKNOWN;
    }
    int slot = parameterIndex - 1;
    Object value = valueAt(slot);
    String text = text(setters[slot], bitsAt(slot), value);
    if (text == null && isPlain(value)) {
      text = String.valueOf(value);
    }
    return text == null ? ParameterValues.Value.UNKNOWN : ParameterValues.Value.of(text);
  }

  private static boolean isPlain(@Nullable Object value) {
    return value instanceof String
        || value instanceof Boolean
        || value instanceof Integer
        || value instanceof Long;
  }

  /** Drops the values that were bound, but keeps the registered outputs, as JDBC requires. */
  void clear() {
    if (shared) {
      shared = false;
      setters = NO_SETTERS;
      bits = NO_BITS;
      values = NO_OBJECTS;
    } else {
      Arrays.fill(setters, 0, count, UNBOUND);
      Arrays.fill(values, null);
    }
    count = 0;
  }

  /** Returns the numbers of the parameters that were registered as outputs, in their order. */
  List<Integer> outputNumbers() {
    List<Integer> numbers = new ArrayList<>(0);
    BoundParameters registered = outputs;
    for (int slot = 0; registered != null && slot < registered.count; slot++) {
      if (registered.setters[slot] != UNBOUND) {
        numbers.add(slot + 1);
      }
    }
    return numbers;
  }

  /** Returns whether nothing is bound or registered. */
  boolean isEmpty() {
    return count == 0 && outputs == null;
  }

  /**
   * Binds the same parameters to another statement, and registers the same outputs.
   *
   * @throws SQLException if the statement refuses one
   */
  void bindTo(PreparedStatement target) throws SQLException {
    bindTo(target, false);
  }

  /**
   * Does the same, without the streams that the driver read when they were bound, which would be
   * sent as empty now. The driver reports a missing parameter then, unless the application binds
   * another.
   *
   * @throws SQLException if the statement refuses one
   */
  void bindAgainTo(PreparedStatement target) throws SQLException {
    bindTo(target, true);
  }

  private void bindTo(PreparedStatement target, boolean again) throws SQLException {
    if (outputs != null) {
      outputs.bindTo(target);
    }
    for (int slot = 0; slot < count; slot++) {
      if (setters[slot] != UNBOUND && !(again && wasReadWhenBound(slot))) {
        Object value = valueAt(slot);
        Object detail = null;
        if (value instanceof Detailed detailed) {
          value = detailed.value();
          detail = detailed.detail();
        }
        bind(target, slot + 1, setters[slot], bitsAt(slot), value, detail);
      }
    }
  }

  /**
   * Returns whether a stream was read when it was bound: all are, except binary ones of a known
   * length, which are read when they are sent.
   */
  private boolean wasReadWhenBound(int slot) {
    Object value = valueAt(slot);
    if (value instanceof Detailed detailed) {
      value = detailed.value();
    }
    return value instanceof Reader
        || (value instanceof InputStream
            && setters[slot] != LateStreams.OF_INT_LENGTH
            && setters[slot] != LateStreams.OF_LONG_LENGTH);
  }

  /** The setters of streams that the driver reads when it sends them. */
  private static final class LateStreams {

    static final byte OF_INT_LENGTH = byInt();
    static final byte OF_LONG_LENGTH = byLong();

    private static byte byInt() {
      BoundParameters sample = new BoundParameters();
      sample.setBinaryStream(1, InputStream.nullInputStream(), 0);
      return sample.setters[0];
    }

    private static byte byLong() {
      BoundParameters sample = new BoundParameters();
      sample.setBinaryStream(1, InputStream.nullInputStream(), 0L);
      return sample.setters[0];
    }
  }

  /** Returns whether a parameter is consumed when it is sent, so that it cannot be bound again. */
  boolean hasOneShot() {
    for (int slot = 0; slot < count; slot++) {
      if (isOneShot(valueAt(slot))) {
        return true;
      }
    }
    return false;
  }

  /** Returns whether one of the values threw this when it was sent. */
  boolean raised(Throwable failure) {
    for (int slot = 0; slot < count; slot++) {
      Object value = valueAt(slot);
      if (PgValues.isRaisedBy(value instanceof Detailed of ? of.value() : value, failure)) {
        return true;
      }
    }
    return false;
  }

  /** Returns whether a value can be read only once. */
  static boolean isOneShot(@Nullable Object value) {
    if (value instanceof Detailed detailed) {
      return isOneShot(detailed.value());
    }
    return isStreamed(value) || value instanceof Blob || value instanceof Clob;
  }

  /** Returns whether a value is a stream, which may be half consumed after a failure. */
  static boolean isStreamed(@Nullable Object value) {
    return value instanceof InputStream || value instanceof Reader || PgValues.isWriter(value);
  }

  /** Returns a copy, which later setters do not change, and which is not changed itself. */
  BoundParameters snapshot() {
    BoundParameters copy = new BoundParameters();
    copy.outputs = outputs == null ? null : outputs.snapshot();
    if (count > 0) {
      shared = true;
      copy.count = count;
      copy.setters = setters;
      copy.bits = bits;
      copy.values = withoutCalendars();
    }
    return copy;
  }

  /** The values, with copies of the calendars; the array itself if there is none. */
  private @Nullable Object[] withoutCalendars() {
    @Nullable Object[] kept = values;
    for (int slot = 0; slot < Math.min(count, values.length); slot++) {
      if (values[slot] instanceof Detailed detailed
          && detailed.detail() instanceof Calendar calendar) {
        kept = kept == values ? values.clone() : kept;
        kept[slot] = new Detailed(detailed.value(), calendar.clone());
      }
    }
    return kept;
  }

  /** Returns an estimate of the bytes of memory that a snapshot takes. */
  long estimatedBytes() {
    long bytes = OBJECT_BYTES + (long) count * SLOT_BYTES;
    for (int slot = 0; slot < count; slot++) {
      bytes += estimatedBytes(valueAt(slot));
    }
    return outputs == null ? bytes : bytes + outputs.estimatedBytes();
  }

  private static long estimatedBytes(@Nullable Object value) {
    if (value instanceof Detailed detailed) {
      return OBJECT_BYTES
          + PgValues.estimatedBytes(detailed.value())
          + PgValues.estimatedBytes(detailed.detail());
    }
    return PgValues.estimatedBytes(value);
  }
}
