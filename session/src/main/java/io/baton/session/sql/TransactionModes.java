package io.baton.session.sql;

import org.jspecify.annotations.Nullable;

/**
 * The modes written in BEGIN, SET TRANSACTION or SET SESSION CHARACTERISTICS; null where a mode was
 * not written.
 *
 * @param isolation the isolation level in the server's words, such as {@code repeatable read}
 * @param readOnly READ ONLY or READ WRITE
 * @param deferrable DEFERRABLE or NOT DEFERRABLE
 */
public record TransactionModes(
    @Nullable String isolation, @Nullable Boolean readOnly, @Nullable Boolean deferrable) {
  /** No mode written. */
  public static final TransactionModes NONE = new TransactionModes(null, null, null);
}
