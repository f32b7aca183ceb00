package io.baton.engine;

import io.baton.jdbc.options.BatonOption;
import io.baton.jdbc.options.Reads;
import io.baton.routing.consistency.CausalClock;
import io.baton.routing.consistency.Tables;
import io.baton.routing.select.Needs;
import io.baton.routing.select.RouteDecision;
import io.baton.routing.select.RouteHint;
import io.baton.routing.select.Router;
import io.baton.routing.select.Router.Pin;
import io.baton.routing.topology.Endpoint;
import io.baton.session.SessionTracker;
import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.CommandKind;
import io.baton.session.sql.RoutingHint;
import io.baton.session.sql.SettingNames;
import io.baton.session.sql.StatementAnalysis;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the statements of one session are to run, and which of them others must not miss.
 *
 * <p>Guarded by the calls of its session.
 */
final class SessionRouting {

  private static final Logger LOG = LoggerFactory.getLogger(SessionRouting.class);

  private static final String SERIALIZABLE = "serializable";

  private final CallRecorder recorder;
  private final ClientSettings client;
  private final FunctionCatalogue catalogue;
  private final Router router;
  private final @Nullable CausalClock clock;
  private final CausalClock clockOfProcess;
  private final JudgedBy judgedBy;
  private final boolean comparesPositions;
  private final ReadOnlyMode readOnlyMode;

  /** What the last hint with needs has said, and what it was read as. */
  private String needsText = "";

  private Needs needs = Needs.NONE;

  /**
   * Makes the routing of one session.
   *
   * @param scope to which readers the session is restricted, for people; null if to none
   */
  SessionRouting(
      ClusterHandle cluster, @Nullable String scope, CallRecorder recorder, ClientSettings client) {
    this.recorder = recorder;
    this.client = client;
    this.catalogue = recorder.catalogue();
    this.router =
        new Router(routed(cluster.url().option(BatonOption.READS)), cluster.defaultRoute())
            .within(scope);
    this.clock = cluster.clock();
    this.clockOfProcess = cluster.clockOfProcess();
    this.judgedBy = cluster.judgedBy();
    this.comparesPositions = cluster.kind().hasPositions();
    this.readOnlyMode = ReadOnlyMode.of(cluster.url().pgProperties());
  }

  private static Router.Reads routed(Reads reads) {
    return switch (reads) {
      case DECLARED -> Router.Reads.DECLARED;
      case AUTO -> Router.Reads.AUTO;
      case WRITER -> Router.Reads.WRITER;
    };
  }

  /**
   * Where a call is to be made that begins now, outside of a transaction.
   *
   * @throws SQLException 22023 if the hint of the statement is malformed
   */
  RouteDecision route(Call<?, ?> call) throws SQLException {
    // Rows that can be changed through their result are read where they can be changed.
    boolean changesRows = call.target().changesRows();
    return route(call.analysis(), call.effect(), changesRows);
  }

  /** Where a text of SQL would run, outside of a transaction. */
  RouteDecision route(StatementAnalysis analysis) throws SQLException {
    return route(analysis, CallEffect.of(analysis, catalogue), false);
  }

  private RouteDecision route(StatementAnalysis analysis, CallEffect effect, boolean changesRows)
      throws SQLException {
    boolean isProvedRead = effect == CallEffect.READ && !changesRows;
    RoutingHint hint = analysis.hint();
    RouteDecision decision =
        router.route(
            pin(),
            hint == null ? null : asked(hint),
            isDeclared(),
            client.autoCommit(),
            isProvedRead,
            needsWriter(analysis, isProvedRead) || mayWrite(analysis, effect, changesRows));
    if (LOG.isDebugEnabled()) {
      LOG.debug("{}, for {}", decision, analysis.fingerprint());
    }
    return decision;
  }

  /** Whether the application has said that it only reads. */
  private boolean isDeclared() {
    return readOnlyMode != ReadOnlyMode.IGNORE && client.readOnly();
  }

  /** Whether it has, and may write all the same, as the driver lets it. */
  private boolean mayWrite(StatementAnalysis analysis, CallEffect effect, boolean changesRows) {
    return isDeclared()
        && (readOnlyMode.mayWrite(analysis, effect, changesRows, client.autoCommit())
            || (effect == CallEffect.UNPROVED_READ
                && readOnlyMode.mayRunCode(client.autoCommit())
                && catalogue.namesCodeThatMayWrite(analysis)));
  }

  /** A standby refuses whatever is to run in a serializable transaction. */
  private boolean needsWriter(StatementAnalysis analysis, boolean isProvedRead) {
    return analysis.needsWriter()
        || ((isProvedRead || isDeclared()) && mayTie(analysis))
        || SERIALIZABLE.equals(
            recorder.tracker().state().settings().get(SettingNames.DEFAULT_ISOLATION))
        // Asked for only where a reader is a possibility.
        || ((isProvedRead || isDeclared()) && catalogue.isOfWriter(analysis));
  }

  /**
   * Whether it may leave what only its server has: a standby would keep the session from writing.
   */
  private boolean mayTie(StatementAnalysis analysis) {
    return analysis.tiesSession() || catalogue.mayTieSession(analysis);
  }

  /** What ties the session to its server outside of a transaction. */
  private Pin pin() {
    SessionTracker tracker = recorder.tracker();
    return tracker.state().isPinned() || tracker.hasUnjudged() ? Pin.STATE : Pin.NONE;
  }

  private RouteHint asked(RoutingHint hint) throws SQLException {
    try {
      String endpoint = hint.endpoint();
      RouteHint asked =
          switch (hint.target()) {
            case WRITER -> RouteHint.WRITER;
            case READER -> RouteHint.READER;
            case ENDPOINT -> RouteHint.endpoint(Endpoint.parse(String.valueOf(endpoint)));
          };
      String needs = hint.needs();
      return needs == null ? asked : asked.needing(needs(needs));
    } catch (IllegalArgumentException malformed) {
      throw new SQLException(
          "The statement's hint is malformed: " + malformed.getMessage(), "22023", malformed);
    }
  }

  /** A session runs the same few statements again and again. */
  private Needs needs(String text) {
    if (!text.equals(needsText)) {
      needs = Needs.parse(text);
      needsText = text;
    }
    return needs;
  }

  /** Where a statement of an open transaction is to run. */
  RouteDecision inTransaction() {
    return router.route(Pin.TRANSACTION, null, isDeclared(), client.autoCommit(), false, false);
  }

  /**
   * Whether an open transaction, which began on a reader, is to go on at the writer with this call:
   * only there it is what the application means.
   */
  boolean leavesReader(Call<?, ?> call, SessionConnection connection) throws SQLException {
    StatementAnalysis analysis = call.analysis();
    return !connection.isOnWriter()
        && pin() == Pin.NONE
        && router.leavesReader(
            analysis.hint() != null,
            isDeclared(),
            (analysis.needsWriter() && !(isReadOnlyTransaction() && onlyShows(analysis)))
                || mayWrite(analysis, call.effect(), call.target().changesRows())
                || mayTie(analysis)
                || catalogue.isOfWriter(analysis));
  }

  /** Whether the open transaction would be read-only at the writer, too. */
  private boolean isReadOnlyTransaction() {
    return !client.autoCommit() || readOnlyMode == ReadOnlyMode.ALWAYS;
  }

  /** Of its own transaction, a standby shows what the writer would. */
  private static boolean onlyShows(StatementAnalysis analysis) {
    for (AnalysedStatement statement : analysis.statements()) {
      if (statement.kind() != CommandKind.SHOW) {
        return false;
      }
    }
    return true;
  }

  /** A write was acknowledged, or may have taken place, to these tables. */
  void wrote(Tables written) {
    if (clock != null) {
      clock.wrote(written);
    }
    if (!clockOfProcess.equals(clock)) {
      // Which tables it changes, other sessions would judge by a catalogue of theirs.
      clockOfProcess.wrote(Tables.ALL);
    }
  }

  /**
   * The tables of which a call, made outside of a transaction, may show rows. In a transaction,
   * what comes later may show others.
   */
  Tables read(Call<?, ?> call) {
    if (clock == null || call.effect() != CallEffect.READ || !client.autoCommit()) {
      return Tables.ALL;
    }
    Tables tables = Tables.of(catalogue.tablesRead(call.analysis()));
    if (comparesPositions) {
      judgedBy.check(catalogue, clock);
    }
    return tables;
  }

  /**
   * The tables of which a call, as it ends, may have made changes visible to others; null if it
   * changes nothing.
   */
  @Nullable Tables shown(SessionConnection connection, Call<?, ?> call, TransactionBlock block) {
    if (!connection.isOnWriter()
        || !call.effect().mayShowWrites(block, recorder.mayHaveWritten(connection))) {
      return null;
    }
    if (connection.physical().isExposed()) {
      return Tables.ALL;
    }
    OpenTransaction transaction = recorder.transaction();
    return call.effect() == CallEffect.COMMIT
        ? transaction == null ? Tables.ALL : transaction.written()
        : recorder.written(call);
  }

  /** Whether a statement that its server refused is to be answered by the writer. */
  boolean isForTheWriter(
      SQLException failure,
      SessionConnection connection,
      TransactionBlock block,
      CallEffect effect) {
    // Of a transaction that begins with the statement, the application has seen nothing yet.
    boolean alone = block == TransactionBlock.NONE || block == TransactionBlock.BEGINS;
    Pin pin = alone ? pin() : Pin.TRANSACTION;
    return Router.afterRefusal(
            failure.getSQLState(), connection.isOnWriter(), pin, effect == CallEffect.READ)
        != null;
  }
}
