package io.baton.routing.monitor;

import io.baton.routing.topology.ServerStatus;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * The question a monitor asks an instance of Aurora.
 *
 * <p>Most of what {@link StatusQuery} asks for is refused there, or exists for logical replication
 * only: positions of the log, its receiver, the control data. What is left is whether the instance
 * takes writes, and since when it runs. Which instances are of the cluster, how far behind they
 * are, and which of two that both take writes is the writer, is said by {@code
 * aurora_replica_status()} alone, which the cluster's {@link EndpointSource} asks. It is not asked
 * here: an instance lives while that function fails.
 */
final class AuroraStatusQuery {

  private static final String QUERY =
      """
      SELECT pg_catalog.pg_is_in_recovery(),
             (extract(epoch FROM pg_catalog.pg_postmaster_start_time())
                OPERATOR(pg_catalog.*) 1000000)::pg_catalog.int8,
             pg_catalog.current_setting('server_version_num')::pg_catalog.int4,
             pg_catalog.pg_backend_pid()
      """;

  /** All instances that are listed together are of one cluster; they show no number of it. */
  private static final long ANY_CLUSTER = 0;

  private static final long NO_TIMELINE = 0;

  private static final Question<Answer> QUESTION = new Question<>(QUERY, AuroraStatusQuery::read);

  private AuroraStatusQuery() {}

  static Answer ask(Connection connection) throws SQLException {
    return QUESTION.ask(connection);
  }

  private static Answer read(ResultSet row) throws SQLException {
    return new Answer(
        new ServerStatus(
            row.getBoolean(1),
            ANY_CLUSTER,
            NO_TIMELINE,
            null,
            null,
            false,
            null,
            Instant.EPOCH.plusNanos(TimeUnit.MICROSECONDS.toNanos(row.getLong(2))),
            row.getInt(3)),
        row.getInt(4));
  }
}
