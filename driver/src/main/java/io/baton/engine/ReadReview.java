package io.baton.engine;

import static java.util.regex.Pattern.CASE_INSENSITIVE;

import io.baton.session.catalogue.FunctionCatalogue.Confirmed;
import io.baton.session.catalogue.ReadVerdict;
import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.StatementAnalysis;
import io.baton.session.sql.TransactionEffect;
import java.sql.SQLException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Judges again, on the server that a session arrives at, whether a call that was cut off, or the
 * transaction that it was to commit, only read. The verdict that was given ahead of the call rests
 * on a snapshot of the catalogue, and another client may have created or replaced a function or a
 * view since; now the catalogue is read behind the call.
 *
 * <p>The argument. What a call ran was committed before it ran, so a snapshot that is taken
 * afterwards, on a server that has all that the other one had, shows it, unless it was replaced
 * once more. If the snapshot says the same as all those before it since the transaction began, each
 * verdict holds; else each text is judged anew. On a standby nothing can have been written.
 *
 * <p>Confined to one recovery.
 *
 * @param since when the loss was noticed, in nanoseconds of {@link System#nanoTime}
 */
record ReadReview(CallRecorder recorder, LostCall call, long since) {

  private static final Logger LOG = LoggerFactory.getLogger(ReadReview.class);

  /**
   * A text that pools send to see whether a connection works. It is a read under every catalogue,
   * and a server that comes up is spared a reading for each of the connections it gets at once.
   */
  private static final Pattern CONSTANT =
      Pattern.compile("\\s*select\\s+(?:[0-9]{1,9}|'[a-z]{1,9}')\\s*;?\\s*", CASE_INSENSITIVE);

  /** What evidence is missing if neither is proved. */
  static final String MISSING =
      "by the catalogue that was known it only read, which is not so, or not proved, by the"
          + " catalogue of the server that it goes on at: a function or a view was created or"
          + " replaced meanwhile; and nothing had been noted ahead of it that could tell";

  /**
   * Whether the call only reads.
   *
   * @throws SQLException if the connection breaks
   */
  boolean isRead(SessionConnection arrived) throws SQLException {
    StatementAnalysis analysis = call.analysis();
    if (analysis == null) {
      return call.facts().effect() == CallEffect.READ; // A fetch of rows.
    }
    if (call.facts().block() != TransactionBlock.NONE || !analysis.isReadCandidate()) {
      return false;
    }
    if (call.connection().isProvedStandby()) {
      return call.facts().effect() == CallEffect.READ || isReadThere(analysis, arrived);
    }
    if (CONSTANT.matcher(analysis.text()).matches()) {
      return true;
    }
    Confirmed catalogue = confirmed(arrived);
    return catalogue != null && catalogue.provesRead(analysis);
  }

  /**
   * Whether the call, which was taken for one that changes the session only, writes nothing.
   *
   * @throws SQLException if the connection breaks
   */
  boolean isOfSession(SessionConnection arrived) throws SQLException {
    StatementAnalysis analysis = call.analysis();
    if (analysis == null
        || call.connection().isProvedStandby()
        || analysis.statements().stream().noneMatch(AnalysedStatement::readCandidate)) {
      return true;
    }
    Confirmed catalogue = confirmed(arrived);
    return catalogue != null && catalogue.provesReadsOfSession(analysis);
  }

  /**
   * Whether the transaction has only read.
   *
   * @throws SQLException if the connection breaks
   */
  boolean hasOnlyRead(@Nullable OpenTransaction transaction, SessionConnection arrived)
      throws SQLException {
    if (transaction == null || call.connection().isProvedStandby()) {
      return true;
    }
    if (transaction.reads().isEmpty()) {
      return !transaction.hasForgottenReads();
    }
    Confirmed catalogue = confirmed(arrived);
    if (catalogue == null) {
      return false;
    }
    return catalogue.isOf(transaction.catalogueVersion())
        || (!transaction.hasForgottenReads()
            && transaction.reads().stream().allMatch(read -> isRead(read, catalogue)));
  }

  private static boolean isRead(StatementAnalysis analysis, Confirmed catalogue) {
    return analysis.transactionEffect() != TransactionEffect.READ || catalogue.provesRead(analysis);
  }

  /** Of a call on a standby, which may have arrived at another one. */
  private boolean isReadThere(StatementAnalysis analysis, SessionConnection arrived)
      throws SQLException {
    try {
      recorder.refreshCatalogue(arrived);
      return recorder.catalogue().verdict(analysis) == ReadVerdict.PROVED;
    } catch (SQLException refused) {
      if (arrived.physical().isSeveredBy(refused) || SessionRebuild.isCancelled(refused)) {
        throw refused;
      }
      return false;
    }
  }

  /** The catalogue as it is now; null if the server does not say. */
  private @Nullable Confirmed confirmed(SessionConnection arrived) throws SQLException {
    try {
      return arrived
          .physical()
          .inAutocommit(connection -> recorder.catalogue().confirm(connection, since));
    } catch (SQLException refused) {
      if (arrived.physical().isSeveredBy(refused) || SessionRebuild.isCancelled(refused)) {
        throw refused;
      }
      LOG.debug("{} does not show its catalogue: {}", arrived, refused.getMessage());
      return null;
    }
  }
}
