package io.baton.benchmarks.overhead;

import java.sql.Connection;
import java.sql.SQLException;

/** Opens connections of one contestant. */
@FunctionalInterface
interface ConnectionSource {
  Connection open() throws SQLException;
}
