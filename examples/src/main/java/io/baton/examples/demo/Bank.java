package io.baton.examples.demo;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The schema of the demo and the statements that run on it.
 *
 * <p>{@code operation} has on purpose no unique constraint on its number: with one, the database
 * would refuse the second run of a transfer, and a driver that runs things twice would look right.
 * Its column {@code server} is filled by the server that runs the insert; no client ever reads it
 * during the run, so that replaying a transaction on another server shows the same results.
 *
 * <p>Stateless; thread-safe as far as the connections passed in are.
 */
final class Bank {
  static final int ACCOUNTS = 200;
  static final long OPENING_BALANCE = 10_000;

  private static final String INSERT =
      "insert into operation (number, worker, source, target, amount) values (?, ?, ?, ?, ?)";
  // Locked in the order of their ids, so that two transfers never wait for each other in a circle.
  private static final String LOCK =
      "select id, balance from account where id in (?, ?) order by id for update";
  private static final String UPDATE =
      "update account set balance = balance + ? where id = ? returning balance";

  private Bank() {}

  /** Creates the tables with every account at its opening balance. */
  static void open(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          """
          create table account (id int primary key, balance bigint not null);
          create table operation (
            number bigint not null, worker int not null,
            source int not null, target int not null, amount int not null,
            server text default current_setting('cluster_name'));
          create index on operation (number);
          create table witness (seen timestamptz not null);
          """);
      statement.execute(
          "insert into account select id, %d from generate_series(1, %d) as id"
              .formatted(OPENING_BALANCE, ACCOUNTS));
    }
  }

  /**
   * Runs the statements of a transfer in the transaction of the connection, without committing.
   *
   * @throws WrongReadException if the transaction did not read back what it has just written
   */
  static void run(Transfer transfer, Connection connection) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
      insert.setLong(1, transfer.number());
      insert.setInt(2, transfer.worker());
      insert.setInt(3, transfer.source());
      insert.setInt(4, transfer.target());
      insert.setInt(5, transfer.amount());
      insert.executeUpdate();
    }
    long source = 0;
    long target = 0;
    try (PreparedStatement lock = connection.prepareStatement(LOCK)) {
      lock.setInt(1, transfer.source());
      lock.setInt(2, transfer.target());
      try (ResultSet rows = lock.executeQuery()) {
        while (rows.next()) {
          if (rows.getInt(1) == transfer.source()) {
            source = rows.getLong(2);
          } else {
            target = rows.getLong(2);
          }
        }
      }
    }
    expect(source - transfer.amount(), add(connection, transfer.source(), -transfer.amount()));
    expect(target + transfer.amount(), add(connection, transfer.target(), transfer.amount()));
  }

  /** Whether the transfer of this number is committed, as seen by a transaction of its own. */
  static boolean isRecorded(long number, Connection connection) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("select count(*) from operation where number = ?")) {
      select.setLong(1, number);
      try (ResultSet rows = select.executeQuery()) {
        rows.next();
        return rows.getLong(1) > 0;
      }
    }
  }

  private static long add(Connection connection, int account, int amount) throws SQLException {
    try (PreparedStatement update = connection.prepareStatement(UPDATE)) {
      update.setInt(1, amount);
      update.setInt(2, account);
      try (ResultSet rows = update.executeQuery()) {
        rows.next();
        return rows.getLong(1);
      }
    }
  }

  private static void expect(long expected, long actual) throws WrongReadException {
    if (expected != actual) {
      throw new WrongReadException(
          "read a balance of " + actual + " where the transaction itself had made it " + expected);
    }
  }
}
