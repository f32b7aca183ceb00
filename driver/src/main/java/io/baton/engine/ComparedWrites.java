package io.baton.engine;

import io.baton.jdbc.pgjdbc.PgErrors;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.SessionState;
import io.baton.session.TransactionStatus;
import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.catalogue.WriteTarget;
import io.baton.session.journal.ReplayBlocker;
import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.BlindWrite;
import io.baton.session.sql.CommandKind;
import io.baton.session.sql.StatementAnalysis;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes the writes of one session's transactions return a hash of the rows that they write. So a
 * replay compares what was done and not only what was seen ({@code baton.replayStrict}).
 *
 * <p>The argument. A transaction under this option is replayed only if all that it wrote is
 * compared. A statement that may write is one of two kinds. Either it is a single INSERT, UPDATE,
 * DELETE or MERGE on tables whose rows are all that it writes, and whose rows it can return; then
 * it is made with a text that makes the same write and returns, in the same round trip, how many
 * rows it wrote and the sum of their hashes. Or it blocks the replay. What is judged by the text of
 * a statement is judged for certain or taken for a write ({@link BlindWrite}); functions are judged
 * by the catalogue; tables by the server itself ({@link WriteTarget}), which is asked once for a
 * text and connection, and again when the role, the search path or a definition may have changed,
 * and after {@link #SHELF_LIFE}. A definition blocks the replay of its transaction, so nothing is
 * learnt of what a rollback could take back.
 *
 * <p>The application sees what it sees without the option: the count, no result, the errors of the
 * server with the positions in its own text. A text that is no SQL fails at another place if more
 * text is behind it. Since a syntax error is raised before the server looks at the transaction, it
 * is raised again, and nothing else can happen, when the application's own text is sent into the
 * transaction that has failed.
 *
 * <p>Guarded by the calls of its session.
 */
final class ComparedWrites {

  /** Another client may change a table, or what the role may do with it. */
  private static final Duration SHELF_LIFE = Duration.ofSeconds(30);

  private static final int MOST_TEXTS = 256;

  private static final String SYNTAX_ERROR = "42601";

  /**
   * What is known of a write's text.
   *
   * @param text the text that returns the hash; null if there is none
   * @param obstacle why not; null if there is one, or the statement will fail
   */
  private record Known(@Nullable String text, @Nullable ReplayBlocker obstacle) {}

  private final FunctionCatalogue catalogue;

  /** What is known, as long as the next four fields say. */
  private final Map<StatementAnalysis, Known> known = new HashMap<>();

  private @Nullable SessionConnection knownOn;
  private SessionState knownIn = SessionState.FRESH;
  private long knownSince;

  private boolean suspended;

  // Of the call that is being made.

  private @Nullable ReplayBlocker obstacle;
  private @Nullable String text;
  private @Nullable ComparedWrite made;

  ComparedWrites(FunctionCatalogue catalogue) {
    this.catalogue = catalogue;
  }

  /**
   * Compares nothing, or goes on: a transaction that is not to be replayed need not be compared.
   */
  void suspend(boolean nothing) {
    suspended = nothing;
  }

  /**
   * A call is about to be made.
   *
   * @param transaction the transaction that it is made in; null if there is none
   * @param state the session at this time
   * @return the counterpart of its target to {@link #make} it on, so that it returns the hash of
   *     what it writes; null if it is to be made as it is
   * @throws SQLException if the connection breaks while the server is asked of its target
   */
  <D> @Nullable D ahead(
      SessionConnection connection,
      Call<D, ?> call,
      TransactionBlock block,
      @Nullable OpenTransaction transaction,
      SessionState state)
      throws SQLException {
    obstacle = null;
    text = null;
    made = null;
    StatementAnalysis analysis = call.analysis();
    boolean compares =
        !suspended
            && transaction != null
            && block != TransactionBlock.FAILED
            && transaction.journal().isRecording();
    switch (call.effect()) {
      case READ, COMMIT, ROLLBACK -> {}
      case SESSION -> {
        if (!analysis.isTransactionControl()) {
          known.clear();
        }
      }
      case MAY_COMMIT -> known.clear();
      case UNPROVED_READ, WRITE -> {
        if (analysis.isSingleStatement() && isChange(analysis.statements().get(0).kind())) {
          return compares ? writing(connection, call, state) : null;
        }
        ReplayBlocker found = obstacle(analysis);
        if (found != null) {
          known.clear();
        }
        // Outside of a transaction, a text of several statements may begin one.
        obstacle = compares || (transaction == null && !suspended) ? found : null;
      }
    }
    return null;
  }

  private static boolean isChange(CommandKind kind) {
    return switch (kind) {
      case INSERT, UPDATE, DELETE, MERGE -> true;
      default -> false;
    };
  }

  /** Why a text that is no single write cannot be replayed; null if it writes no rows. */
  private @Nullable ReplayBlocker obstacle(StatementAnalysis analysis) {
    for (AnalysedStatement statement : analysis.statements()) {
      boolean isQuery =
          switch (statement.kind()) {
            case SELECT, VALUES, TABLE, EXPLAIN, SHOW, DECLARE, FETCH, MOVE, LOCK, NOTIFY -> true;
            default -> false;
          };
      boolean isOfSession =
          switch (statement.kind()) {
            case SET,
                RESET,
                SET_ROLE,
                SET_TRANSACTION,
                SET_CONSTRAINTS,
                BEGIN,
                COMMIT,
                ROLLBACK,
                SAVEPOINT,
                RELEASE,
                ROLLBACK_TO,
                DEALLOCATE,
                CLOSE,
                LISTEN,
                UNLISTEN,
                EMPTY ->
                true;
            default -> false;
          };
      if (!isQuery && !isOfSession) {
        return ReplayBlocker.UNCOMPARED_WRITE;
      }
      if (isQuery && !statement.readCandidate() && analysis.showsChange()) {
        return ReplayBlocker.UNCOMPARED_WRITE;
      }
      if (isQuery && catalogue.mayWriteByCode(statement, null)) {
        return ReplayBlocker.WRITES_BY_CODE;
      }
    }
    return null;
  }

  private <D> @Nullable D writing(SessionConnection connection, Call<D, ?> call, SessionState state)
      throws SQLException {
    PhysicalConnection physical = connection.physical();
    BlindWrite write = call.analysis().blindWrite();
    if (write == null
        || !(call.execution() instanceof MarkableExecution<?>)
        || connection.isPooled()
        || physical.isExposed()
        || connection.isOnStandby()
        || !physical.sendsTextsWhole()) {
      obstacle = ReplayBlocker.UNCOMPARED_WRITE;
      return null;
    }
    if (catalogue.mayWriteByCode(call.analysis().statements().get(0), write.target())) {
      obstacle = ReplayBlocker.WRITES_BY_CODE;
      return null;
    }
    Known answer = known(connection, state, call.analysis(), write);
    obstacle = answer.obstacle();
    text = answer.text();
    if (text == null) {
      return null;
    }
    D delegate = call.target().comparing(physical, text);
    if (delegate == null) {
      obstacle = ReplayBlocker.UNCOMPARED_WRITE;
    }
    return delegate;
  }

  @SuppressWarnings("ReferenceEquality") // an unchanged state is the same object: see SessionState
  private Known known(
      SessionConnection connection,
      SessionState state,
      StatementAnalysis analysis,
      BlindWrite write)
      throws SQLException {
    long now = System.nanoTime();
    boolean holds =
        connection == knownOn
            && (state == knownIn || meansTheSame(state, knownIn))
            && now - knownSince < SHELF_LIFE.toNanos()
            && known.size() < MOST_TEXTS;
    if (!holds) {
      known.clear();
    }
    if (known.isEmpty()) {
      knownOn = connection;
      knownSince = now;
    }
    knownIn = state;
    Known answer = known.get(analysis);
    if (answer == null) {
      WriteTarget target =
          connection.physical().own(asked -> WriteTarget.ask(asked, write.target()));
      answer = answer(target, write);
      known.put(analysis, answer);
    }
    return answer;
  }

  /** Whether a name means the same relation, and the role may do the same with it. */
  private static boolean meansTheSame(SessionState one, SessionState other) {
    return Objects.equals(one.role(), other.role())
        && Objects.equals(one.authorization(), other.authorization())
        && Objects.equals(one.settings().get("search_path"), other.settings().get("search_path"));
  }

  private static Known answer(WriteTarget target, BlindWrite write) {
    return switch (target.standing()) {
      case MISSING -> new Known(null, ReplayBlocker.UNCOMPARED_WRITE); // The server will say so.
      case NOT_A_TABLE -> new Known(null, ReplayBlocker.TARGET_IS_NO_TABLE);
      case UNREADABLE -> new Known(null, ReplayBlocker.UNREADABLE_TARGET);
      case RUNS_CODE -> new Known(null, ReplayBlocker.WRITES_BY_CODE);
      case OPEN -> {
        String text = write.returningHash(target.version());
        yield target.spreads(write)
            ? new Known(null, ReplayBlocker.WRITES_BY_CODE)
            : new Known(text, text == null ? ReplayBlocker.UNCOMPARED_WRITE : null);
      }
    };
  }

  /**
   * Makes the call that is being made.
   *
   * @param delegate what {@link #ahead} returned
   * @throws SQLException what the server says to the application's own text
   */
  <D, R> R make(SessionConnection connection, Call<D, R> call, D delegate) throws SQLException {
    WrittenRows rows;
    try {
      rows = WrittenRows.by((PreparedStatement) delegate);
    } catch (SQLException failure) {
      known.clear(); // What the role may do may have changed.
      throw asOfOwnText(connection.physical(), call, failure);
    }
    made = new ComparedWrite(Objects.requireNonNull(text), rows);
    call.target().carried(rows.count());
    @SuppressWarnings("unchecked") // ahead saw to it
    MarkableExecution<R> execution = (MarkableExecution<R>) call.execution();
    return execution.returned(rows.count());
  }

  private static <D, R> SQLException asOfOwnText(
      PhysicalConnection physical, Call<D, R> call, SQLException failure) {
    if (physical.isSeveredBy(failure)) {
      return failure;
    }
    if (SYNTAX_ERROR.equals(failure.getSQLState())
        && physical.transactionStatus() == TransactionStatus.FAILED) {
      try {
        call.execution().on(call.target().on(physical));
      } catch (SQLException ofOwnText) {
        if (SYNTAX_ERROR.equals(ofOwnText.getSQLState())) {
          return ofOwnText;
        }
      }
    }
    BlindWrite write = Objects.requireNonNull(call.analysis().blindWrite());
    return PgErrors.inOwnText(failure, BlindWrite.shift(), write.kind().name());
  }

  /** Why the call that is being made takes the replay from its transaction; null if it does not. */
  @Nullable ReplayBlocker obstacle() {
    return obstacle;
  }

  /** The call that is being made with what it wrote; null if that is not compared. */
  @Nullable ComparedWrite made() {
    return made;
  }
}
