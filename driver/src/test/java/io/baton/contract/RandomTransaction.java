package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** A transaction that does random things, and a model of the table and of the session beside it. */
final class RandomTransaction {

  private static final int IDS = 12;
  private static final int MOST_STEPS = 8;

  /**
   * What is in the table, and what the session has set.
   *
   * @param rows the values by their ids
   * @param setting the setting of the session; empty if it was never set
   */
  record Model(Map<Integer, Integer> rows, String setting) {

    static final Model EMPTY = new Model(Map.of(), "");

    static Map<Integer, Integer> read(Connection connection) throws SQLException {
      try (Statement statement = connection.createStatement();
          ResultSet result = statement.executeQuery("select id, value from number order by id")) {
        Map<Integer, Integer> rows = new TreeMap<>();
        while (result.next()) {
          rows.put(result.getInt(1), result.getInt(2));
        }
        return rows;
      }
    }

    Model withSetting(String other) {
      return new Model(rows, other);
    }

    Model withoutSetting() {
      return withSetting("");
    }

    private Model with(int id, @Nullable Integer value) {
      Map<Integer, Integer> changed = new TreeMap<>(rows);
      if (value == null) {
        changed.remove(id);
      } else {
        changed.put(id, value);
      }
      return new Model(changed, setting);
    }
  }

  /** The kinds of steps. */
  private enum Step {
    INSERT,
    UPDATE,
    DELETE,
    READ,
    OPEN_CURSOR,
    ADVANCE,
    SAVEPOINT,
    ROLL_BACK_TO,
    FAIL,
    SET,
    ASK_METADATA,
    ROLE,
    OVERSTAY
  }

  private final Random random;
  private final boolean transactional;
  private final boolean repeatable;
  private final boolean commits;
  private final int steps;
  private final List<String> done = new ArrayList<>();
  private final List<Savepoint> savepoints = new ArrayList<>();
  private final List<Model> saved = new ArrayList<>();
  private Model model;
  private final String settingBefore;
  private @Nullable ResultSet cursor;
  private Iterator<Map.Entry<Integer, Integer>> expected =
      List.<Map.Entry<Integer, Integer>>of().iterator();
  private boolean mayHaveCommitted;

  RandomTransaction(Random random, Model before) {
    this.random = random;
    this.model = before;
    this.settingBefore = before.setting();
    this.transactional = random.nextInt(8) > 0;
    this.repeatable = random.nextInt(3) == 0;
    this.commits = random.nextInt(6) > 0;
    this.steps = 1 + random.nextInt(MOST_STEPS);
  }

  /** What is there once it is committed. */
  Model model() {
    return model;
  }

  /** The session is another one. */
  void loseSetting() {
    model = model.withoutSetting();
  }

  /** Whether a commit was begun. */
  boolean mayHaveCommitted() {
    return mayHaveCommitted;
  }

  /** The setting of a session; empty if it was never set. */
  static String setting(Connection connection) throws SQLException {
    String set = ContractFixture.ask(connection, "select current_setting('app.number', true)");
    return set.equals("null") ? "" : set;
  }

  /** Runs it; returns whether it is committed. */
  boolean run(Connection connection) throws SQLException {
    if (!transactional) {
      mayHaveCommitted = true;
      write(connection, 1 + random.nextInt(IDS));
      return true;
    }
    connection.setAutoCommit(false);
    connection.setTransactionIsolation(
        repeatable
            ? Connection.TRANSACTION_REPEATABLE_READ
            : Connection.TRANSACTION_READ_COMMITTED);
    for (int number = 0; number < steps; number++) {
      Step step = Step.values()[random.nextInt(Step.values().length)];
      done.add(step.toString());
      take(step, connection);
    }
    if (commits) {
      done.add("COMMIT");
      mayHaveCommitted = true;
      connection.commit();
    } else {
      done.add("ROLLBACK");
      connection.rollback();
    }
    connection.setAutoCommit(true);
    return commits;
  }

  /** The application ends what a failure left. */
  void endAfterFailure(Connection connection) throws SQLException {
    if (!connection.getAutoCommit()) {
      connection.rollback();
      connection.setAutoCommit(true);
    }
  }

  private void take(Step step, Connection connection) throws SQLException {
    int id = 1 + random.nextInt(IDS);
    switch (step) {
      case INSERT, UPDATE, DELETE -> write(connection, id);
      case READ -> assertThat(Model.read(connection)).as("read").isEqualTo(model.rows());
      case OPEN_CURSOR -> open(connection);
      case ADVANCE -> advance();
      case SAVEPOINT -> {
        savepoints.add(connection.setSavepoint());
        saved.add(model);
      }
      case ROLL_BACK_TO -> {
        if (!savepoints.isEmpty()) {
          int to = random.nextInt(savepoints.size());
          connection.rollback(savepoints.get(to));
          model = saved.get(to);
          savepoints.subList(to + 1, savepoints.size()).clear();
          saved.subList(to + 1, saved.size()).clear();
          close();
        }
      }
      case FAIL -> fail(connection);
      case SET -> {
        String value = String.valueOf(random.nextInt(1000));
        execute(connection, "set app.number = '" + value + "'");
        model = model.withSetting(value);
      }
      case ASK_METADATA -> connection.getMetaData().getSchemas().close();
      case OVERSTAY -> {
        if (random.nextInt(8) == 0) {
          overstay(connection);
        }
      }
      case ROLE -> execute(connection, random.nextBoolean() ? "set local role none" : "reset role");
    }
  }

  /** The transaction goes on although its server was to end it. */
  static final class OverstayedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    OverstayedException() {
      super("the transaction has outlived its timeout");
    }
  }

  /** The server ends the transaction, by a timeout that the administrator might have set. */
  private static void overstay(Connection connection) throws SQLException {
    execute(connection, "set local idle_in_transaction_session_timeout = '10ms'");
    Awaitility.await().pollDelay(Duration.ofMillis(100)).until(() -> true);
    execute(connection, "select 1");
    throw new OverstayedException();
  }

  /** One write that does not fail; what it answers is the model's. */
  private void write(Connection connection, int id) throws SQLException {
    Integer present = model.rows().get(id);
    int value = random.nextInt(100);
    String sql;
    Model after;
    int count = 1;
    if (present == null && random.nextBoolean()) {
      sql = "insert into number values (" + id + ", " + value + ")";
      after = model.with(id, value);
    } else if (random.nextInt(3) == 0) {
      sql = "delete from number where id = " + id;
      after = model.with(id, null);
      count = present == null ? 0 : 1;
    } else {
      sql = "update number set value = value + 1 where id = " + id;
      after = present == null ? model : model.with(id, present + 1);
      count = present == null ? 0 : 1;
    }
    done.add(sql);
    model = after; // If it is cut off outside of a transaction, it may be there.
    if (random.nextBoolean()) {
      try (PreparedStatement statement = connection.prepareStatement(sql)) {
        assertThat(statement.executeUpdate()).as(sql).isEqualTo(count);
      }
    } else {
      try (Statement statement = connection.createStatement()) {
        assertThat(statement.executeUpdate(sql)).as(sql).isEqualTo(count);
      }
    }
  }

  private void open(Connection connection) throws SQLException {
    close();
    Statement statement = connection.createStatement();
    statement.setFetchSize(2);
    cursor = statement.executeQuery("select id, value from number order by id");
    expected = List.copyOf(new TreeMap<>(model.rows()).entrySet()).iterator();
    advance();
  }

  private void advance() throws SQLException {
    ResultSet rows = cursor;
    for (int number = random.nextInt(4); rows != null && number > 0; number--) {
      boolean there = rows.next();
      assertThat(there).as("another row of the cursor").isEqualTo(expected.hasNext());
      if (!there) {
        close();
        return;
      }
      Map.Entry<Integer, Integer> row = expected.next();
      assertThat(rows.getInt("id")).isEqualTo(row.getKey());
      assertThat(rows.getInt("value")).isEqualTo(row.getValue());
    }
  }

  private void close() throws SQLException {
    ResultSet rows = cursor;
    if (rows != null) {
      rows.getStatement().close();
    }
    cursor = null;
  }

  /** An error of a statement, behind a savepoint, is the server's own. */
  private void fail(Connection connection) throws SQLException {
    if (model.rows().isEmpty()) {
      return;
    }
    int taken = model.rows().keySet().iterator().next();
    Savepoint savepoint = connection.setSavepoint();
    try {
      execute(connection, "insert into number values (" + taken + ", 0)");
      throw new AssertionError("two rows " + taken);
    } catch (SQLException refused) {
      if (!"23505".equals(refused.getSQLState())) {
        throw refused;
      }
      assertThat((Throwable) refused).hasMessageContaining("(" + taken + ")");
    }
    connection.rollback(savepoint);
    close();
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  public String toString() {
    return (transactional ? "" : "autocommit ")
        + (repeatable ? "repeatable read " : "")
        + done
        + ", setting before '"
        + settingBefore
        + "'";
  }
}
