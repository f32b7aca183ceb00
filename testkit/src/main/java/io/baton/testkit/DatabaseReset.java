package io.baton.testkit;

import java.sql.SQLException;

/** Removes from a running cluster what its users have made, and makes the database anew. */
record DatabaseReset(Superuser superuser, ServerConfiguration configuration) {
  void run() throws SQLException {
    String user = ServerConfiguration.literal(configuration.specification().user());
    superuser.terminateBackends("true");
    superuser.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
    forEach(
        "SELECT format('DROP DATABASE %I WITH (FORCE)', datname) FROM pg_database"
            + " WHERE NOT datistemplate AND datname <> 'postgres'");
    forEach(
        "SELECT format('DROP ROLE %I', rolname) FROM pg_roles WHERE oid >= 16384"
            + " AND rolname NOT IN ("
            + user
            + ", "
            + ServerConfiguration.literal(Credentials.REPLICATION_USER)
            + ")");
    superuser.execute(
        "ALTER ROLE "
            + ServerConfiguration.identifier(configuration.specification().user())
            + " RESET ALL");
    superuser.execute(configuration.createDatabase());
  }

  private void forEach(String queryForStatements) throws SQLException {
    for (String statement : superuser.queryAll(queryForStatements)) {
      superuser.execute(statement);
    }
  }
}
