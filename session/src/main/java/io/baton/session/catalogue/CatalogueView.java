package io.baton.session.catalogue;

import io.baton.session.sql.StatementAnalysis;
import java.sql.Connection;
import java.sql.SQLException;

/** The catalogue as seen along one search path. Thread-safe; to be kept by the session. */
public final class CatalogueView {
  private final String path;

  CatalogueView(String path) {
    this.path = path;
  }

  /** Whether this text is known only to read; answers from memory. */
  public ReadVerdict verdict(StatementAnalysis analysis) {
    return analysis.isReadCandidate() ? ReadVerdict.NOT_KNOWN : ReadVerdict.NOT_A_READ;
  }

  /**
   * Asks the server whether this text only reads, where it is not known yet.
   *
   * @param connection a connection of the session itself, so that names resolve as they will
   */
  public ReadVerdict resolve(StatementAnalysis analysis, Connection connection)
      throws SQLException {
    return path.isEmpty() ? ReadVerdict.NOT_A_READ : verdict(analysis);
  }
}
