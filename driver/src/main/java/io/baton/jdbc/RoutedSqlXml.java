package io.baton.jdbc;

import java.sql.SQLXML;

/** An XML value; it holds its text and needs no server. */
final class RoutedSqlXml extends DelegatingSQLXML {

  RoutedSqlXml(RoutedConnection connection, SQLXML delegate) {
    super(connection, delegate);
  }

  /**
   * Frees this object only: the value may be bound to a statement, and is then bound again after a
   * move.
   */
  @Override
  public void free() {
    delegate = FreedSqlXml.INSTANCE;
  }
}
