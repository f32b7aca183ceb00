package io.baton.benchmarks.application;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Random;

/** What an application does. Thread-safe: it is shared by all terminals of a JVM. */
interface Workload {

  /** The texts that make its tables and fill them; for a superuser or the owner of the database. */
  List<String> schema();

  /** Does one unit of work on a connection without autocommit, and ends its transaction. */
  void work(Connection connection, Random random) throws SQLException;

  /**
   * Questions whose answers are rows that tell what does not fit together; all are empty if the
   * database is consistent.
   */
  List<String> inconsistencies();

  /** The one of that name. */
  static Workload named(String name, int scale) {
    return switch (name) {
      case "tpcc" -> new Tpcc(scale);
      case "tpcb" -> new Tpcb(scale);
      default -> throw new IllegalArgumentException("workload: there is no " + name);
    };
  }
}
