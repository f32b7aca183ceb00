package io.baton.engine;

import io.baton.jdbc.pgjdbc.PgErrors;
import io.baton.jdbc.pgjdbc.PgValues;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.ParameterValues;
import io.baton.session.SessionTracker;
import io.baton.session.journal.Journal;
import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.KeyDraw;
import io.baton.session.sql.StatementAnalysis;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One call of the transaction under way, with what it was given and what the application saw of it.
 *
 * <p>Guarded by the calls of its session.
 *
 * @param <D> the physical object that it is made on
 * @param <R> what it returns
 */
final class RecordedCall<D, R> implements CallTrace {

  /** The estimated bytes of memory of a recorded call, with what is kept of its statement. */
  private static final long CALL_BYTES = 300;

  private static final long CHARACTER_BYTES = 2;

  private final Target<D> target;
  private final StatementAnalysis analysis;
  private final Execution<? super D, R> execution;
  private final @Nullable CallInputs inputs;
  private final Object seen;

  /** What it wrote, if that is compared, too. */
  private final @Nullable ComparedWrite write;

  private final ReentrantLock handing;
  private @Nullable ResultTrace result;
  private @Nullable ResultTrace generatedKeys;

  /** The warnings that the application was given of it; null if it did not ask. */
  private @Nullable String warnings;

  /**
   * In place of a result, for a call that the server refused.
   *
   * @param told a fingerprint of the error and all that it names
   */
  private record Refused(String sqlState, String told) {
    static Refused with(SQLException failure) {
      return new Refused(String.valueOf(failure.getSQLState()), PgErrors.fingerprint(failure));
    }

    String differenceTo(Refused other) {
      return sqlState.equals(other.sqlState)
          ? "another error " + sqlState + ", by its text or by what it names"
          : this + " where there had been " + other;
    }

    @Override
    public String toString() {
      return "an error " + sqlState;
    }
  }

  private RecordedCall(
      Call<D, R> call,
      @Nullable CallInputs inputs,
      Object seen,
      @Nullable ComparedWrite write,
      ReentrantLock handing) {
    this.target = call.target().recordedAs();
    this.analysis = call.analysis();
    this.execution = call.execution();
    this.inputs = inputs;
    this.seen = seen;
    this.handing = handing;
    this.write = write;
  }

  /**
   * A call that returned.
   *
   * @param write what it wrote; null if that is not compared
   */
  static <D, R> RecordedCall<D, R> returned(
      Call<D, R> call,
      @Nullable CallInputs inputs,
      Object seen,
      @Nullable ComparedWrite write,
      ReentrantLock handing) {
    return new RecordedCall<>(call, inputs, seen, write, handing);
  }

  /** A call that the server refused. */
  static <D, R> RecordedCall<D, R> refused(
      Call<D, R> call, @Nullable CallInputs inputs, SQLException failure, ReentrantLock handing) {
    return new RecordedCall<>(call, inputs, Refused.with(failure), null, handing);
  }

  /** Adds it to a journal, with all that it holds. */
  void addTo(Journal<RecordedCall<?, ?>> journal) {
    long bytes = CALL_BYTES + PgValues.estimatedBytes(seen);
    if (inputs != null) {
      bytes += inputs.estimatedBytes();
    }
    if (inputs == null || !inputs.isTextShared() || journal.isFirstToHold(target)) {
      bytes += analysis.text().length() * CHARACTER_BYTES;
    }
    if (write != null && journal.isFirstToHold(write.text())) {
      bytes += write.text().length() * CHARACTER_BYTES;
    }
    journal.add(this, bytes);
  }

  /** The command, for people: SELECT, UPDATE, ... */
  String command() {
    return analysis.statements().isEmpty()
        ? "empty"
        : analysis.statements().get(0).kind().toString();
  }

  /** What the text does. */
  StatementAnalysis analysis() {
    return analysis;
  }

  @Override
  public @Nullable KeyDraw keyDraw() {
    return analysis.keyDraw();
  }

  /** Whether sequences may begin anew by it, which others do not see before the COMMIT. */
  boolean mayRenewSequences() {
    for (AnalysedStatement statement : analysis.statements()) {
      switch (statement.kind()) {
        case TRUNCATE, DEFINITION, CALL, DO, UNKNOWN -> {
          return true;
        }
        default -> {}
      }
    }
    return false;
  }

  /** Whether it may have run its text more than once. */
  boolean isBatch() {
    return inputs == null || inputs.isBatch();
  }

  /** What the application has read of its result, or of the keys it generated: see there. */
  Map<String, List<Long>> shownKeys() {
    ResultTrace seenRows = result == null ? generatedKeys : result;
    return seenRows == null ? Map.of() : seenRows.keys();
  }

  @Override
  public ReentrantLock handing() {
    return handing;
  }

  @Override
  public void trace(ResultTrace trace) {
    result = trace;
  }

  @Override
  public void traceGeneratedKeys(ResultTrace trace) {
    generatedKeys = trace;
  }

  @Override
  public void toldWarnings(@Nullable SQLWarning told) {
    warnings = PgErrors.fingerprint(told);
  }

  /** Whether the result, or the generated keys, came in the binary format of their types. */
  private @Nullable Boolean binary() {
    ResultTrace seenRows = result == null ? generatedKeys : result;
    return seenRows == null ? null : Boolean.valueOf(seenRows.isBinary());
  }

  /**
   * Makes the call again and compares.
   *
   * @param text another text to make it with, which does the same but gives the keys that the
   *     application has seen; null for its own
   * @return how it differs from what the application saw; null if it does not
   * @throws SQLException if the connection breaks, or the server could not decide between this and
   *     another transaction
   */
  @Nullable String replayOn(
      PhysicalConnection physical, SessionTracker tracker, @Nullable String text)
      throws SQLException {
    if (write != null) {
      return rewriteOn(physical, tracker, write);
    }
    D delegate = target.replaying(physical, inputs, text);
    Boolean binary = binary();
    if (binary != null && delegate instanceof Statement statement) {
      physical.askForBinary(statement, binary);
    }
    Object now;
    try {
      Execution<? super D, R> again = text == null ? execution : execution.with(text);
      R returned = again.on(delegate);
      now = target.seen(delegate, returned);
      ParameterValues values = inputs == null ? ParameterValues.UNKNOWN : inputs;
      tracker.succeeded(analysis, values, physical.transactionStatus());
      return takePlace(physical, delegate, returned, now, text != null);
    } catch (SQLException failure) {
      if (physical.isSeveredBy(failure) || physical.isConflict(failure)) {
        throw failure;
      }
      tracker.failed(analysis, physical.transactionStatus(), PgErrors.isOfReading(failure));
      String difference = compare(Refused.with(failure));
      if (difference == null) {
        target.replayed(physical, delegate, text != null);
      }
      return difference;
    }
  }

  /** Compares and, if nothing differs, has the counterpart take the place of the former one. */
  private @Nullable String takePlace(
      PhysicalConnection physical, D delegate, R returned, Object now, boolean otherText)
      throws SQLException {
    handing.lock();
    try {
      String difference = compare(now);
      if (difference == null) {
        difference = compareResults(delegate, returned);
      }
      if (difference == null) {
        difference = compareWarnings(delegate);
      }
      if (difference == null) {
        target.replayed(physical, delegate, otherText);
      }
      return difference;
    } finally {
      handing.unlock();
    }
  }

  /** Makes a write again of which it is known what it wrote; the application saw its count. */
  private @Nullable String rewriteOn(
      PhysicalConnection physical, SessionTracker tracker, ComparedWrite before)
      throws SQLException {
    D delegate = target.replaying(physical, inputs, before.text());
    WrittenRows now;
    try {
      now = WrittenRows.by((PreparedStatement) delegate);
    } catch (SQLException failure) {
      if (physical.isSeveredBy(failure) || physical.isConflict(failure)) {
        throw failure;
      }
      tracker.failed(analysis, physical.transactionStatus(), PgErrors.isOfReading(failure));
      return compare(Refused.with(failure));
    }
    ParameterValues values = inputs == null ? ParameterValues.UNKNOWN : inputs;
    tracker.succeeded(analysis, values, physical.transactionStatus());
    String difference = before.rows().differenceTo(now);
    if (difference == null) {
      difference = compareWarnings(delegate);
    }
    if (difference == null) {
      target.replayed(physical, delegate, true);
      target.carried(now.count());
    }
    return difference;
  }

  private @Nullable String compare(Object now) {
    if (Objects.deepEquals(seen, now)) {
      return null;
    }
    if (now instanceof Refused refused && seen instanceof Refused before) {
      return refused.differenceTo(before);
    }
    return now instanceof Refused || seen instanceof Refused || seen instanceof Number
        ? now + " where there had been " + seen
        : "another result";
  }

  private @Nullable String compareWarnings(D delegate) throws SQLException {
    return warnings == null
            || warnings.equals(PgErrors.fingerprint(((Statement) delegate).getWarnings()))
        ? null
        : "other warnings";
  }

  private @Nullable String compareResults(D delegate, R returned) throws SQLException {
    String difference = null;
    if (result != null) {
      ResultSet fresh =
          returned instanceof ResultSet rows ? rows : ((Statement) delegate).getResultSet();
      difference = result.resumeOn(fresh);
    }
    if (difference == null && generatedKeys != null) {
      difference = generatedKeys.resumeOn(((Statement) delegate).getGeneratedKeys());
      return difference == null ? null : "generated keys: " + difference;
    }
    return difference;
  }
}
