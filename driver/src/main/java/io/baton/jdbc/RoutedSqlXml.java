package io.baton.jdbc;

import java.sql.SQLXML;

/** An XML value; it holds its text and needs no server. */
final class RoutedSqlXml extends DelegatingSQLXML {

  RoutedSqlXml(RoutedConnection connection, SQLXML delegate) {
    super(connection, delegate);
  }

  /**
   * Lets go of the value, but does not empty it: it may be bound to a statement, and must then be
   * bound again after a move.
   */
  @Override
  public void free() {
    delegate = FreedSqlXml.INSTANCE;
  }
}
