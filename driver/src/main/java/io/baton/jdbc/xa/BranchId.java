package io.baton.jdbc.xa;

import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import javax.transaction.xa.Xid;
import org.jspecify.annotations.Nullable;

/**
 * The identifier of a branch, as a server has told it. On the server it is a text that pgjdbc reads
 * and writes, too: so each of the two drivers can end what the other one has prepared.
 *
 * <p>Immutable.
 */
final class BranchId implements Xid {

  private static final char SEPARATOR = '_';

  private final int formatId;
  private final byte[] global;
  private final byte[] branch;

  private BranchId(int formatId, byte[] global, byte[] branch) {
    this.formatId = formatId;
    this.global = global;
    this.branch = branch;
  }

  /** The same identifier, which nobody changes. */
  static BranchId of(Xid xid) {
    return new BranchId(
        xid.getFormatId(), xid.getGlobalTransactionId().clone(), xid.getBranchQualifier().clone());
  }

  /** Returns the text by which a server knows a branch. */
  static String text(Xid xid) {
    Base64.Encoder encoder = Base64.getEncoder();
    return xid.getFormatId()
        + (SEPARATOR + encoder.encodeToString(xid.getGlobalTransactionId()))
        + SEPARATOR
        + encoder.encodeToString(xid.getBranchQualifier());
  }

  /** Reads the text by which a server knows a branch; empty if it is of something else. */
  static Optional<Xid> parse(String text) {
    int first = text.indexOf(SEPARATOR);
    int last = text.lastIndexOf(SEPARATOR);
    if (first == last) {
      return Optional.empty();
    }
    try {
      Base64.Decoder decoder = Base64.getDecoder();
      return Optional.of(
          new BranchId(
              Integer.parseInt(text.substring(0, first)),
              decoder.decode(text.substring(first + 1, last)),
              decoder.decode(text.substring(last + 1))));
    } catch (IllegalArgumentException other) {
      return Optional.empty();
    }
  }

  @Override
  public int getFormatId() {
    return formatId;
  }

  @Override
  public byte[] getGlobalTransactionId() {
    return global.clone();
  }

  @Override
  public byte[] getBranchQualifier() {
    return branch.clone();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Xid xid
        && formatId == xid.getFormatId()
        && Arrays.equals(global, xid.getGlobalTransactionId())
        && Arrays.equals(branch, xid.getBranchQualifier());
  }

  @Override
  public int hashCode() {
    return 31 * (31 * formatId + Arrays.hashCode(global)) + Arrays.hashCode(branch);
  }

  /** The text by which a server knows it. */
  @Override
  public String toString() {
    return text(this);
  }
}
