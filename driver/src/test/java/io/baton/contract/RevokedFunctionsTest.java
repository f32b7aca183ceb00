package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.TestLength;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Frontend;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An administrator has revoked EXECUTE on a function of {@code pg_catalog} from PUBLIC: what Baton
 * needs it for either works without, or ends as the contract says: 08006 where the session cannot
 * be rebuilt, 08007 where a COMMIT cannot be settled.
 */
class RevokedFunctionsTest extends ContractFixture {

  private static final FaultPoint BEFORE_THE_SERVER_COMMITS =
      FaultPoint.before(Frontend.EXECUTE).ofStatement("commit"::equalsIgnoreCase);

  private @Nullable String revoked;

  RevokedFunctionsTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  @AfterEach
  void grant() throws SQLException {
    if (revoked != null) {
      superuser("grant execute on function pg_catalog." + revoked + " to public");
    }
  }

  private void superuser(String sql) throws SQLException {
    try (Connection superuser = cluster.primary().connectAsSuperuser();
        Statement statement = superuser.createStatement()) {
      statement.execute(sql);
    }
  }

  /** How a part of it ends: that it works, or the SQLState. */
  private static String end(BackgroundCall.Call part) {
    try {
      part.run();
      return "works";
    } catch (SQLException failure) {
      return String.valueOf(failure.getSQLState());
    }
  }

  /**
   * Functions, and how each part ends without it: connecting, a write, a move, a COMMIT cut off.
   */
  private static Stream<Arguments> functions() {
    return TestLength.everyNth(
        9,
        Stream.of(
            arguments("set_config(text, text, boolean)", "works | works | 08006 | 08003"),
            arguments("pg_advisory_lock(bigint)", "works | works | works | works"),
            arguments("pg_try_advisory_lock(bigint)", "works | works | works | works"),
            arguments("current_setting(text)", "works | works | 08006 | 08003"),
            arguments("current_setting(text, boolean)", "works | works | 08006 | 08003"),
            arguments("pg_current_wal_insert_lsn()", "works | works | works | 08007"),
            arguments("pg_walfile_name(pg_lsn)", "works | works | works | 08007"),
            arguments("pg_control_system()", "works | works | works | 08007"),
            arguments("pg_is_in_recovery()", "works | works | 08006 | 08003"),
            arguments("pg_current_xact_id()", "works | works | works | 08007"),
            arguments("pg_backend_pid()", "works | works | 08006 | 08003"),
            arguments("pg_xact_status(xid8)", "works | works | works | 08007"),
            arguments("pg_stat_get_activity(integer)", "works | works | works | 08007"),
            arguments("pg_terminate_backend(integer, bigint)", "works | works | works | works"),
            arguments("pg_last_wal_replay_lsn()", "works | works | works | 08007"),
            arguments("pg_postmaster_start_time()", "works | works | works | 08007"),
            arguments("pg_listening_channels()", "works | works | 08006 | 08003"),
            arguments("has_function_privilege(oid, text)", "works | works | works | 08007")));
  }

  @ParameterizedTest
  @MethodSource("functions")
  void session_withoutAFunction_worksOrEndsAsTheContractSays(String function, String ends)
      throws SQLException {
    // What is known of all servers is gone on with: without the function it could not be asked.
    awaitReaders(connection, cluster.standbys().size());
    connection.close();
    revoked = function;
    superuser("revoke execute on function pg_catalog." + function + " from public");
    cluster.awaitReplication();

    String found = end(() -> reconnect("?baton.failoverTimeout=5s"));
    String wrote =
        end(
            () -> {
              execute("set app.tenant = 'blue'");
              connection.setAutoCommit(false);
              insert(1);
              connection.commit();
            });
    String moved =
        end(
            () -> {
              insert(2);
              cluster.primary().proxy().resetConnections();
              insert(3);
              connection.commit();
            });
    String cut =
        end(
            () -> {
              insert(4);
              cluster.primary().proxy().cutOn(BEFORE_THE_SERVER_COMMITS);
              connection.commit();
            });

    assertThat(String.join(" | ", found, wrote, moved, cut)).isEqualTo(ends);
  }
}
