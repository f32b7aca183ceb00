package io.baton.benchmarks.harness;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Makes an ordinary cluster answer the questions that the AWS wrapper's dialect {@code aurora-pg}
 * asks: which instance is this, which instances are there, and which of them is the writer.
 *
 * <p>An instance's identifier is the last number of its loopback address, which the wrapper's
 * {@code clusterInstanceHostPattern} turns into the address. The writer is whoever is not in
 * recovery; a standby takes for the writer whom it streams from, and so learns of a promotion later
 * than the promoted server itself, as on Aurora. The functions are part of the data and reach
 * standbys by replication. A node that is down is listed on, as it is on Aurora until its row is
 * outdated.
 */
public final class AuroraEmulation {
  private static final String FUNCTIONS =
      """
      CREATE SCHEMA IF NOT EXISTS aurora_emulation;
      CREATE TABLE IF NOT EXISTS aurora_emulation.instance (
        server_id text PRIMARY KEY,
        cluster_name text NOT NULL UNIQUE,
        server_host text NOT NULL,
        server_port int NOT NULL);
      TRUNCATE aurora_emulation.instance;

      CREATE OR REPLACE FUNCTION pg_catalog.aurora_db_instance_identifier() RETURNS text
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
        SELECT server_id FROM aurora_emulation.instance
        WHERE cluster_name = current_setting('cluster_name')
      $$;

      CREATE OR REPLACE FUNCTION pg_catalog.aurora_replica_status()
      RETURNS TABLE (
        server_id text, session_id text, cpu double precision,
        replica_lag_in_msec double precision, last_update_timestamp timestamptz)
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
        SELECT server_id,
          CASE WHEN is_writer THEN 'MASTER_SESSION_ID' ELSE md5(server_id) END,
          0, CASE WHEN is_writer THEN NULL ELSE 0 END, now()
        FROM (
          SELECT server_id,
            CASE WHEN pg_is_in_recovery()
              THEN current_setting('primary_conninfo')
                LIKE '%host=' || server_host || ' port=' || server_port || ' %'
              ELSE cluster_name = current_setting('cluster_name')
            END AS is_writer
          FROM aurora_emulation.instance) AS instances
      $$;
      """;

  private static final String ADD_INSTANCE =
      "INSERT INTO aurora_emulation.instance VALUES (?, ?, ?, ?)";

  private AuroraEmulation() {}

  /**
   * Creates the functions in the application's database, and lists the nodes that are there now.
   */
  public static void install(PostgresCluster cluster) throws SQLException {
    try (Connection superuser = cluster.primary().connectAsSuperuser();
        Statement statement = superuser.createStatement();
        PreparedStatement instance = superuser.prepareStatement(ADD_INSTANCE)) {
      statement.execute(FUNCTIONS);
      for (PostgresNode node : cluster.nodes()) {
        instance.setString(1, lastNumber(node.host()));
        instance.setString(2, node.name());
        instance.setString(3, node.directHost());
        instance.setInt(4, node.directPort());
        instance.executeUpdate();
      }
    }
  }

  /** What the wrapper is told to find an instance's address from its identifier. */
  static String hostPattern(Server.Node node) {
    String host = node.host();
    return host.substring(0, host.lastIndexOf('.') + 1) + "?:" + node.port();
  }

  private static String lastNumber(String host) {
    return host.substring(host.lastIndexOf('.') + 1);
  }
}
