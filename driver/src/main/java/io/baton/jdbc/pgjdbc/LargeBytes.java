package io.baton.jdbc.pgjdbc;

import java.io.IOException;
import org.postgresql.util.ByteStreamWriter;

/**
 * A large value that was bound as an array of bytes: one copy of it serves both the PostgreSQL
 * driver, which would make another of an array, and whoever binds it again. It can be written any
 * number of times.
 *
 * <p>Immutable.
 */
final class LargeBytes implements ByteStreamWriter {

  /** The bytes from which on a value is large. */
  static final int LENGTH = 1 << 16;

  private final byte[] bytes;

  /** Copies an array. */
  LargeBytes(byte[] given) {
    this.bytes = given.clone();
  }

  @Override
  public int getLength() {
    return bytes.length;
  }

  @Override
  public void writeTo(ByteStreamTarget target) throws IOException {
    target.getOutputStream().write(bytes);
  }

  @Override
  public String toString() {
    return bytes.length + " bytes";
  }
}
