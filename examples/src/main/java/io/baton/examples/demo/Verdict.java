package io.baton.examples.demo;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the database says about a run, held against what the application was told.
 *
 * @param acknowledged operations whose {@code commit()} returned
 * @param foundByLookUp operations whose commit was in doubt, and which a look-up then found
 * @param lost of both, those that are not in the database
 * @param duplicated operations that are in the database more than once
 * @param unaccounted operations that are in the database though the application was told that they
 *     are not
 * @param unsettled operations that the workers had to give up; there or not, neither is wrong
 * @param total the sum of all balances
 * @param wrongBalances accounts whose balance is not what their operations make of it
 * @param wrongReads reads inside of transactions that showed impossible values
 * @param byServer operations by the server that ran their insert
 * @param leftBehind operations that are only in the database that was left at an upgrade
 */
record Verdict(
    long acknowledged,
    long foundByLookUp,
    List<Long> lost,
    List<Long> duplicated,
    List<Long> unaccounted,
    long unsettled,
    long total,
    long wrongBalances,
    List<String> wrongReads,
    Map<String, Long> byServer,
    List<Long> leftBehind) {

  static final long EXPECTED_TOTAL = Bank.ACCOUNTS * Bank.OPENING_BALANCE;

  private static final String WRONG_BALANCES =
      """
      with moved as (
        select source as id, -amount as amount from operation
        union all
        select target, amount from operation)
      select count(*)
      from account left join (select id, sum(amount) as amount from moved group by id) as sums
        using (id)
      where balance <> %d + coalesce(amount, 0)
      """
          .formatted(Bank.OPENING_BALANCE);

  /**
   * Asks the database.
   *
   * @param connection straight to the primary, by plain pgjdbc: the driver that is judged has no
   *     part in it
   */
  static Verdict of(Connection connection, Ledger.Snapshot ledger) throws SQLException {
    Map<Long, Long> recorded = new HashMap<>();
    Map<String, Long> byServer = new TreeMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select number, server from operation")) {
      while (rows.next()) {
        recorded.merge(rows.getLong(1), 1L, Long::sum);
        byServer.merge(rows.getString(2), 1L, Long::sum);
      }
    }
    List<Long> lost =
        ledger.settledNumbers().stream()
            .filter(number -> !recorded.containsKey(number))
            .sorted()
            .toList();
    return new Verdict(
        ledger.acknowledged(),
        ledger.foundCommitted(),
        lost,
        recorded.entrySet().stream()
            .filter(operation -> operation.getValue() > 1)
            .map(Map.Entry::getKey)
            .sorted()
            .toList(),
        unaccounted(recorded.keySet(), ledger),
        ledger.open().size(),
        number(connection, "select sum(balance) from account"),
        number(connection, WRONG_BALANCES),
        ledger.wrongReads(),
        byServer,
        List.of());
  }

  /**
   * The same after an upgrade.
   *
   * @param left straight to the database that was left
   * @param present straight to the one that took its place
   */
  Verdict comparedWith(Connection left, Connection present) throws SQLException {
    Set<Long> behind = numbers(left);
    behind.removeAll(numbers(present));
    return new Verdict(
        acknowledged,
        foundByLookUp,
        lost,
        duplicated,
        unaccounted,
        unsettled,
        total,
        wrongBalances,
        wrongReads,
        byServer,
        behind.stream().sorted().toList());
  }

  private static Set<Long> numbers(Connection connection) throws SQLException {
    Set<Long> numbers = new HashSet<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select number from operation")) {
      while (rows.next()) {
        numbers.add(rows.getLong(1));
      }
    }
    return numbers;
  }

  /** Whether nothing is lost, duplicated or wrong. Errors that the application saw are no part. */
  boolean holds() {
    return faults().isEmpty();
  }

  String headline() {
    return holds() ? "Nothing lost, nothing done twice." : "The database disagrees.";
  }

  /** What is wrong, in words; empty if nothing is. */
  List<String> faults() {
    List<String> faults = new ArrayList<>();
    add(faults, "acknowledged and lost", lost);
    add(faults, "committed more than once", duplicated);
    add(faults, "left behind in the old database", leftBehind);
    add(faults, "committed though reported as not committed", unaccounted);
    if (total != EXPECTED_TOTAL) {
      faults.add(
          "The accounts hold %s together and should hold %s."
              .formatted(Units.count(total), Units.count(EXPECTED_TOTAL)));
    }
    if (wrongBalances > 0) {
      faults.add(
          "Balances that are not the sum of their operations: " + Units.count(wrongBalances) + ".");
    }
    if (!wrongReads.isEmpty()) {
      faults.add("Reads with impossible values: " + examples(wrongReads) + ".");
    }
    return faults;
  }

  private static void add(List<String> faults, String what, List<Long> numbers) {
    if (!numbers.isEmpty()) {
      faults.add(
          "%s %s: %s."
              .formatted(Units.counted(numbers.size(), "operation"), what, examples(numbers)));
    }
  }

  private static String examples(List<?> all) {
    int shown = 5;
    String text = String.join(", ", all.stream().limit(shown).map(Object::toString).toList());
    return all.size() > shown ? text + ", ..." : text;
  }

  private static List<Long> unaccounted(Set<Long> recorded, Ledger.Snapshot ledger) {
    Set<Long> settled = ledger.settledNumbers();
    Set<Long> open = ledger.openNumbers();
    return recorded.stream()
        .filter(number -> !settled.contains(number) && !open.contains(number))
        .sorted()
        .toList();
  }

  private static long number(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }
}
