package io.baton.jdbc;

import io.baton.engine.Session;
import io.baton.jdbc.pgjdbc.Copies;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.sql.StatementAnalysis;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Reports the COPYs of an application to its session.
 *
 * @param physical the connection that they run on
 */
record CopiesInSight(Session session, PhysicalConnection physical) implements Copies.Use {

  @Override
  public void begins(String sql) {
    session.handedOut().begins(physical, analysis(sql));
  }

  @Override
  public void ran(String sql) {
    session.handedOut().ran(physical, analysis(sql));
  }

  @Override
  public void failed(String sql, @Nullable SQLException failure) {
    session.handedOut().failed(physical, analysis(sql), failure);
  }

  private StatementAnalysis analysis(String sql) {
    return session.analyze(sql);
  }
}
