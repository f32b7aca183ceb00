package io.baton.benchmarks.failover;

import io.baton.benchmarks.failover.Journal.Acknowledged;
import io.baton.benchmarks.failover.Journal.Trouble;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the database says about what the application was told.
 *
 * @param lost acknowledged, and not there
 * @param duplicated there more than once
 * @param unexpected there, though neither acknowledged nor ever in doubt
 */
record Verdict(long lost, long duplicated, long unexpected) {

  /** Looks up the operations whose numbers are in that range. */
  static Verdict of(Journal.Content seen, Connection connection, long from, long to)
      throws SQLException {
    Map<Long, Integer> there = numbers(connection, from, to);
    Set<Long> acknowledged =
        seen.acknowledged().stream().map(Acknowledged::number).collect(Collectors.toSet());
    Set<Long> open = new HashSet<>(seen.unsettled());
    seen.troubles().stream().filter(Trouble::inDoubt).map(Trouble::number).forEach(open::add);
    return new Verdict(
        acknowledged.stream().filter(number -> !there.containsKey(number)).count(),
        there.values().stream().filter(times -> times > 1).count(),
        there.keySet().stream()
            .filter(number -> !acknowledged.contains(number) && !open.contains(number))
            .count());
  }

  private static Map<Long, Integer> numbers(Connection connection, long from, long to)
      throws SQLException {
    Map<Long, Integer> numbers = new HashMap<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "select number, count(*) from operation where number >= ? and number < ? group by 1")) {
      statement.setLong(1, from);
      statement.setLong(2, to);
      try (ResultSet result = statement.executeQuery()) {
        while (result.next()) {
          numbers.put(result.getLong(1), result.getInt(2));
        }
      }
    }
    return numbers;
  }
}
