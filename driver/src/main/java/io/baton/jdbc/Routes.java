package io.baton.jdbc;

import io.baton.failover.InterruptedCall.Block;
import io.baton.failover.InterruptedCall.Kind;
import io.baton.jdbc.options.BatonOption;
import io.baton.jdbc.options.Reads;
import io.baton.routing.consistency.CausalClock;
import io.baton.routing.consistency.ConsistencyToken;
import io.baton.routing.select.RouteDecision;
import io.baton.routing.select.RouteHint;
import io.baton.routing.select.Router;
import io.baton.routing.select.Router.Pin;
import io.baton.routing.topology.Endpoint;
import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.catalogue.ReadVerdict;
import io.baton.session.sql.RoutingHint;
import io.baton.session.sql.StatementAnalysis;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the statements of one session are to run, and which of them others must not miss.
 *
 * <p>Guarded by the calls of its session, but for {@link #require}.
 */
final class Routes {

  private static final Logger LOG = LoggerFactory.getLogger(Routes.class);

  private final SessionRecord record;
  private final ClientSettings client;
  private final FunctionCatalogue catalogue;
  private final Router router;
  private final boolean readsByProof;
  private final @Nullable CausalClock clock;

  Routes(Servers servers, SessionRecord record, ClientSettings client) {
    this.record = record;
    this.client = client;
    this.catalogue = servers.catalogue();
    Reads reads = servers.url().option(BatonOption.READS);
    this.router = new Router(routed(reads), servers.target()).within(servers.readers().scope());
    this.readsByProof = reads == Reads.AUTO;
    this.clock = servers.clock();
  }

  private static Router.Reads routed(Reads reads) {
    return switch (reads) {
      case DECLARED -> Router.Reads.DECLARED;
      case AUTO -> Router.Reads.AUTO;
      case WRITER -> Router.Reads.WRITER;
    };
  }

  /**
   * Where a statement is to run that begins now, outside of a transaction. A session with state
   * that only its server has is not sent elsewhere by a hint either: it would not be the same
   * session.
   */
  RouteDecision route(StatementAnalysis analysis) {
    boolean pinned = record.tracker().state().isPinned();
    RoutingHint hint = pinned ? null : analysis.hint();
    boolean proven =
        readsByProof
            && client.autoCommit()
            && analysis.isReadCandidate()
            && catalogue.verdict(analysis) == ReadVerdict.PROVEN;
    RouteDecision decision =
        router.route(
            hint == null ? null : asked(hint),
            pinned ? Pin.STATE : Pin.NONE,
            client.readOnly(),
            proven);
    if (LOG.isDebugEnabled()) {
      LOG.debug("{}, for {}", decision, analysis.fingerprint());
    }
    return decision;
  }

  private static RouteHint asked(RoutingHint hint) {
    String endpoint = hint.endpoint();
    return switch (hint.target()) {
      case WRITER -> RouteHint.WRITER;
      case READER -> RouteHint.READER;
      case ENDPOINT -> RouteHint.endpoint(Endpoint.parse(String.valueOf(endpoint)));
    };
  }

  /** Where a statement of an open transaction is to run. */
  RouteDecision inTransaction() {
    return router.route(null, Pin.TRANSACTION, client.readOnly(), false);
  }

  /** A write was acknowledged, or may have taken place. */
  void wrote() {
    if (clock != null) {
      clock.wrote();
    }
  }

  /** Has readers show what a token stands for. */
  void require(String token) throws SQLException {
    if (clock == null) {
      throw new SQLException(
          "With baton.consistency=eventual nothing can be required of readers: use process or"
              + " session",
          "55000");
    }
    try {
      clock.require(ConsistencyToken.parse(token));
    } catch (IllegalArgumentException malformed) {
      throw new SQLException(malformed.getMessage(), "22023", malformed);
    }
  }

  /** Whether a call, as it ends, may have made a write visible to others. */
  boolean mayShowWrites(Seat seat, StatementAnalysis analysis, Block block) {
    if (clock == null || !seat.isOnWriter()) {
      return false;
    }
    return switch (Kind.of(analysis)) {
      case READ -> block == Block.NONE && catalogue.verdict(analysis) != ReadVerdict.PROVEN;
      case SESSION, ROLLBACK -> false;
      case COMMIT -> record.mayHaveWritten(seat);
      case WORK -> block == Block.NONE;
      case MAY_COMMIT -> true;
    };
  }

  /**
   * Whether a read that a standby could not answer is to be answered by the writer: it reads what
   * standbys do not have (unlogged tables), or stood in the way of their replay.
   */
  boolean isForTheWriter(SQLException failure, Seat seat, Block block, StatementAnalysis analysis) {
    String state = failure.getSQLState();
    return !seat.isOnWriter()
        && block == Block.NONE
        && analysis.isReadCandidate()
        && catalogue.verdict(analysis) == ReadVerdict.PROVEN
        && ("0A000".equals(state) || "40001".equals(state) || "25006".equals(state));
  }
}
