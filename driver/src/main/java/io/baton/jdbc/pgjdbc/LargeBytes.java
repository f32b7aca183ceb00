package io.baton.jdbc.pgjdbc;

import java.io.IOException;
import org.postgresql.util.ByteStreamWriter;

/**
 * The copy of a large array of bytes that was bound. The PostgreSQL driver copies an array, but
 * sends this one as it is, and a replay binds it again: so there is one copy.
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
