package io.baton.contract;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import javax.transaction.xa.Xid;

/** An identifier that no branch had before. */
public record TestXid(int number) implements Xid {

  private static final AtomicInteger LAST = new AtomicInteger();

  /** Another one. */
  public static TestXid next() {
    return new TestXid(LAST.incrementAndGet());
  }

  @Override
  public int getFormatId() {
    return 4711;
  }

  @Override
  public byte[] getGlobalTransactionId() {
    return ("global-" + ProcessHandle.current().pid() + "-" + number)
        .getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public byte[] getBranchQualifier() {
    return new byte[] {1, -1, (byte) number};
  }
}
