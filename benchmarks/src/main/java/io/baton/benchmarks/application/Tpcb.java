package io.baton.benchmarks.application;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Random;

/**
 * The transaction of TPC-B, as {@code pgbench} runs it: three updates, a query and an insert.
 *
 * @param branches the scale; each has 10 tellers and 100,000 accounts
 */
record Tpcb(int branches) implements Workload {

  private static final int TELLERS = 10;
  private static final int ACCOUNTS = 100_000;
  private static final int LARGEST_DELTA = 5_000;

  @Override
  public List<String> schema() {
    return List.of(
        "create table branches (bid int primary key, bbalance int not null) with (fillfactor = 50)",
        "create table tellers (tid int primary key, bid int, tbalance int not null)"
            + " with (fillfactor = 50)",
        "create table accounts (aid int primary key, bid int, abalance int not null)"
            + " with (fillfactor = 80)",
        "create table history (tid int, bid int, aid int, delta int, mtime timestamp)",
        "insert into branches select i, 0 from generate_series(1, %d) i".formatted(branches),
        "insert into tellers select i, 1 + (i - 1) / %d, 0 from generate_series(1, %d) i"
            .formatted(TELLERS, branches * TELLERS),
        "insert into accounts select i, 1 + (i - 1) / %d, 0 from generate_series(1, %d) i"
            .formatted(ACCOUNTS, branches * ACCOUNTS));
  }

  @Override
  public void work(Connection connection, Random random) throws SQLException {
    int account = 1 + random.nextInt(branches * ACCOUNTS);
    int teller = 1 + random.nextInt(branches * TELLERS);
    int branch = 1 + random.nextInt(branches);
    int delta = random.nextInt(2 * LARGEST_DELTA + 1) - LARGEST_DELTA;
    add(connection, "update accounts set abalance = abalance + ? where aid = ?", delta, account);
    try (PreparedStatement query =
        connection.prepareStatement("select abalance from accounts where aid = ?")) {
      query.setInt(1, account);
      try (ResultSet row = query.executeQuery()) {
        row.next();
        row.getInt(1);
      }
    }
    add(connection, "update tellers set tbalance = tbalance + ? where tid = ?", delta, teller);
    add(connection, "update branches set bbalance = bbalance + ? where bid = ?", delta, branch);
    try (PreparedStatement note =
        connection.prepareStatement(
            "insert into history (tid, bid, aid, delta, mtime) values (?, ?, ?, ?, now())")) {
      note.setInt(1, teller);
      note.setInt(2, branch);
      note.setInt(3, account);
      note.setInt(4, delta);
      note.executeUpdate();
    }
    connection.commit();
  }

  private static void add(Connection connection, String sql, int delta, int id)
      throws SQLException {
    try (PreparedStatement update = connection.prepareStatement(sql)) {
      update.setInt(1, delta);
      update.setInt(2, id);
      update.executeUpdate();
    }
  }

  @Override
  public List<String> inconsistencies() {
    return List.of(
        """
        select 'balances and history differ' from
          (select (select sum(abalance) from accounts) a, (select sum(tbalance) from tellers) t,
             (select sum(bbalance) from branches) b,
             (select coalesce(sum(delta), 0) from history) h) sums
        where a <> h or t <> h or b <> h
        """);
  }
}
