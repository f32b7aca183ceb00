package io.baton.jdbc.pgjdbc;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.ByteStreamWriter;

/**
 * A writer of the application that was bound as a parameter, which remembers what it threw. The
 * driver ends the connection then, in the middle of a message, which the server drops; so the
 * failure is the application's own, and no loss of a server.
 *
 * <p>Not thread-safe; confined to its statement.
 */
final class WatchedWriter implements ByteStreamWriter {

  private final ByteStreamWriter writer;
  private @Nullable Exception raised;

  WatchedWriter(ByteStreamWriter writer) {
    this.writer = writer;
  }

  /** Whether it threw this, and not since the connection broke. */
  boolean raised(Throwable failure) {
    return failure == raised;
  }

  @Override
  public int getLength() {
    return writer.getLength();
  }

  @Override
  public void writeTo(ByteStreamTarget target) throws IOException {
    raised = null;
    Sink sink = new Sink(target.getOutputStream());
    try {
      writer.writeTo(() -> sink);
    } catch (IOException | RuntimeException failure) {
      raised = sink.broke ? null : failure;
      throw failure;
    }
  }

  @Override
  public String toString() {
    return writer.toString();
  }

  /** Where it writes to. The driver's own refusal, of too many bytes, is a plain exception. */
  private static final class Sink extends FilterOutputStream {

    private boolean broke;

    Sink(OutputStream out) {
      super(out);
    }

    @Override
    public void write(int value) throws IOException {
      try {
        out.write(value);
      } catch (IOException failure) {
        throw noted(failure);
      }
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        out.write(bytes, offset, length);
      } catch (IOException failure) {
        throw noted(failure);
      }
    }

    @Override
    public void flush() throws IOException {
      try {
        out.flush();
      } catch (IOException failure) {
        throw noted(failure);
      }
    }

    @Override
    public void close() throws IOException {
      out.close();
    }

    private IOException noted(IOException failure) {
      broke |= !failure.getClass().equals(IOException.class);
      return failure;
    }
  }
}
