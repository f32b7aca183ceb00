package io.baton.routing.source;

import io.baton.routing.monitor.TextLimits;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointListing;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code rds_tools.show_topology()} of an Amazon RDS Multi-AZ DB cluster: the id, the host and the
 * port of its three instances. Needs the extension {@code rds_tools} in the database.
 */
public final class RdsMultiAzFunction implements QuerySource.Query {

  private static final String QUESTION =
      "select endpoint, port from rds_tools.show_topology('baton') order by id";

  @Override
  public String description() {
    return "rds_tools.show_topology()";
  }

  @Override
  public EndpointListing ask(Connection connection) throws SQLException {
    List<Endpoint> endpoints = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = TextLimits.ask(statement, QUESTION)) {
      while (rows.next()) {
        endpoints.add(new Endpoint(rows.getString(1), rows.getInt(2)));
      }
    }
    return EndpointListing.of(endpoints);
  }
}
