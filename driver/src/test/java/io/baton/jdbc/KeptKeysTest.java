package io.baton.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.baton.TransactionLostException;
import io.baton.testkit.ClusterException;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys that the application has seen are kept through a replay where they are proved its own. */
@PostgresTest(standbys = 2)
class KeptKeysTest {

  private static final int ROUNDS = Integer.getInteger("baton.test.keyRounds", 1);

  private final PostgresCluster cluster;
  private Connection connection;

  KeptKeysTest(PostgresCluster cluster) throws SQLException {
    this.cluster = cluster;
    this.connection = connect("");
  }

  private Connection connect(String options) throws SQLException {
    return DriverManager.getConnection(
        cluster.jdbcUrl("jdbc:baton:postgresql:") + options, cluster.user(), cluster.password());
  }

  @BeforeEach
  void tables() throws SQLException {
    Sql.execute(
        connection,
        """
        create table if not exists item (
          id bigint generated always as identity primary key, what text);
        create table if not exists part (what text, id serial primary key);
        create sequence if not exists pooled increment by 50;
        create sequence if not exists other\
        """);
    connection.setAutoCommit(false);
    insert("first"); // The transactions that follow find a connection that knows its server.
    next("pooled");
    Sql.ask(connection, "insert into part (what) values ('first') returning id");
    connection.commit();
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
  }

  private long insert(String what) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("insert into item (what) values (?)", new String[] {"id"})) {
      insert.setString(1, what);
      insert.executeUpdate();
      return key(insert.getGeneratedKeys());
    }
  }

  private long next(String sequence) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return key(statement.executeQuery("select nextval('" + sequence + "')"));
    }
  }

  private static long key(ResultSet keys) throws SQLException {
    try (keys) {
      assertThat(keys.next()).isTrue();
      return keys.getLong(1);
    }
  }

  private String held(String sql) throws SQLException {
    try (Connection direct = cluster.primary().connect()) {
      return Sql.ask(direct, sql);
    }
  }

  /**
   * To look up a sequence that this JVM has not seen takes a while. What the next primary has got
   * of the log may end within it.
   */
  @Test
  void firstKeyOfASequence_isKept_whereTheLogEndsWhileTheSequenceIsLookedUp() throws Exception {
    Sql.execute(connection, "create sequence unseen");
    connection.commit();
    PostgresNode primary = cluster.primary();
    try (Connection direct = primary.connect()) {
      direct.setAutoCommit(false);
      primary
          .proxy()
          .on(
              FaultPoint.before(Message.Frontend.PARSE).ofStatement("not s.seqcycle"),
              () -> endTheLogForOthers(direct));
      long key = next("unseen");
      cluster.failover();

      assertThat(Sql.ask(connection, "select 1")).isEqualTo("1");
      connection.commit();
      assertThat(next("unseen")).isGreaterThan(key);
    }
  }

  /** What was written so far is replicated; what comes next is not written to the disk. */
  private void endTheLogForOthers(Connection direct) {
    try {
      Sql.execute(direct, "insert into part (what) values ('flushed')");
      direct.commit();
      cluster.awaitReplication();
      Sql.execute(direct, "insert into part (what) values ('not flushed')");
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  /** What ends the connection of a transaction. */
  private enum Fault {
    CRASH_AND_PROMOTION {
      @Override
      void strike(PostgresCluster cluster) {
        cluster.awaitReplication();
        cluster.failover();
      }
    },
    SWITCHOVER {
      @Override
      void strike(PostgresCluster cluster) {
        cluster.switchover();
      }
    },
    CRASH_AND_RESTART {
      @Override
      void strike(PostgresCluster cluster) {
        PostgresNode primary = cluster.primary();
        primary.crash();
        primary.start();
      }
    },
    CLEAN_RESTART {
      @Override
      void strike(PostgresCluster cluster) {
        cluster.primary().restart();
      }
    },
    TERMINATION {
      @Override
      void strike(PostgresCluster cluster) {
        cluster.primary().terminateBackends();
      }
    };

    abstract void strike(PostgresCluster cluster);
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void keysThatWereSeen_areKept(Fault fault) throws SQLException {
    long drawn = next("pooled");
    long key = insert("a");
    try (PreparedStatement several =
            connection.prepareStatement(
                "insert into part (what, id) values (?, default), (?, default) returning *");
        Statement drawing = connection.createStatement();
        ResultSet open = drawing.executeQuery("select nextval('pooled') as block")) {
      several.setString(1, "b");
      several.setString(2, "c");
      try (ResultSet rows = several.executeQuery()) {
        assertThat(rows.next()).isTrue();
        assertThat(open.next()).isTrue();
        long block = open.getLong("block");
        int first = rows.getInt("id");

        fault.strike(cluster);

        assertThat(rows.next()).isTrue();
        assertThat(rows.getInt("id")).isEqualTo(first + 1);
        assertThat(open.getLong("block")).isEqualTo(block).isEqualTo(drawn + 50);
        several.setString(1, "d");
        several.setString(2, "e");
        several.execute();
        connection.commit();
        assertThat(held("select string_agg(what, ',' order by id) from part where id >= " + first))
            .isEqualTo("b,c,d,e");
        assertThat(
                held(
                    "select count(*) from part where id between %d and %d"
                        .formatted(first, first + 1)))
            .isEqualTo("2");
      }
    }
    assertThat(held("select what from item where id = " + key)).isEqualTo("a");
    assertThat(insert("next")).isGreaterThan(key);
    connection.commit();
  }

  /** How the first key ever of a sequence is drawn. */
  private enum FirstKey {
    OF_A_CALL,
    GENERATED,
    RETURNED,
    SCROLLABLE,
    OF_A_CURSOR;

    private static final String INSERT = "insert into fresh (what) values ('mine')";

    /** Draws it, and leaves its result open until the connection ends. */
    long draw(Connection connection) throws SQLException {
      Statement statement =
          this == SCROLLABLE
              ? connection.createStatement(
                  ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY)
              : connection.createStatement();
      statement.setFetchSize(this == OF_A_CURSOR ? 1 : 0);
      ResultSet result;
      if (this == GENERATED) {
        statement.executeUpdate(INSERT, new String[] {"id"});
        result = statement.getGeneratedKeys();
      } else {
        result =
            statement.executeQuery(
                this == RETURNED || this == SCROLLABLE
                    ? INSERT + " returning id"
                    : "select nextval('fresh_id_seq')");
      }
      assertThat(result.next()).isTrue();
      return result.getLong(1);
    }
  }

  /**
   * No transaction of this JVM has drawn from the sequence before, and none has committed since.
   */
  @ParameterizedTest
  @EnumSource(FirstKey.class)
  void firstKeyOfAStep_isKept(FirstKey how) throws SQLException {
    Sql.execute(
        connection,
        "drop table if exists fresh; create table fresh (id bigserial primary key, what text)");
    connection.commit();
    long key = how.draw(connection);
    held("select pg_logical_emit_message(true, 'test', '')"); // Its commit flushes the log.

    Fault.CRASH_AND_PROMOTION.strike(cluster);

    Sql.execute(connection, "insert into item (what) values ('beside a first key')");
    connection.commit();
    assertThat(Sql.ask(connection, "select nextval('fresh_id_seq') > " + key)).isEqualTo("t");
    connection.commit();
  }

  /** Promotes a standby that has nothing of what the primary wrote since the standbys stopped. */
  private void loseWhatIsNotReplicated(List<PostgresNode> stoppedStandbys) {
    cluster.primary().crash();
    stoppedStandbys.forEach(PostgresNode::start);
    cluster.promoteStandby();
  }

  private List<PostgresNode> stopStandbys() {
    List<PostgresNode> standbys = List.copyOf(cluster.standbys());
    standbys.forEach(PostgresNode::stop);
    return standbys;
  }

  @Test
  void keysThatTheNewServerHasYetToGive_areDrawnUntilTheyCome() throws SQLException {
    List<PostgresNode> standbys = stopStandbys();
    List<Long> keys = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      keys.add(insert("late " + i));
    }
    Collections.reverse(keys);

    loseWhatIsNotReplicated(standbys);
    connection.commit();

    assertThat(
            held(
                "select string_agg(id::text, ',' order by id desc) from item where what ~ '^late'"))
        .isEqualTo(keys.stream().map(String::valueOf).collect(Collectors.joining(",")));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void keysThatTheNewServerMayHaveGivenToAnotherClient_areNotKept(boolean afterASetback)
      throws SQLException {
    if (afterASetback) {
      for (int i = 0; i < 200; i++) {
        insert("before");
      }
      connection.commit();
      Sql.execute(connection, "truncate item restart identity");
      connection.commit();
      insert("first again");
      connection.commit();
    }
    List<PostgresNode> standbys = stopStandbys();
    for (int i = 0; i < 100; i++) {
      insert("mine");
    }
    loseWhatIsNotReplicated(standbys);
    try (Connection direct = cluster.primary().connect()) {
      Sql.execute(direct, "insert into item (what) select 'theirs' from generate_series(1, 100)");
    }

    assertThatThrownBy(connection::commit)
        .isInstanceOf(TransactionLostException.class)
        .hasMessageContaining("generated keys: other values in its rows");
    connection.rollback();
    assertThat(held("select count(*) from item where what = 'mine'")).isEqualTo("0");
  }

  /** What one replay passes over, another may be looking for. */
  @Test
  void keysThatAnotherReplayDrewOnTheWay_areKeptToo() throws SQLException {
    try (Connection second = connect("")) {
      second.setAutoCommit(false);
      Sql.ask(second, "select nextval('other')");
      second.commit();
      List<PostgresNode> standbys = stopStandbys();
      for (int i = 0; i < 40; i++) {
        Sql.ask(second, "select nextval('other')");
      }
      long early = next("other");
      String late = Sql.ask(second, "select nextval('other')");

      loseWhatIsNotReplicated(standbys);
      second.commit();
      connection.commit();

      assertThat(late).isEqualTo(String.valueOf(early + 1));
    }
  }

  @Test
  void keysDrawnBesideACallOfCurrval_areNotKept() throws SQLException {
    long key = insert("a");
    assertThat(Sql.ask(connection, "select currval('item_id_seq')")).isEqualTo(String.valueOf(key));
    cluster.primary().terminateBackends();

    assertThatThrownBy(connection::commit).isInstanceOf(TransactionLostException.class);
    connection.rollback();
  }

  @Test
  void currval_afterKeysWereKept_isRefused() throws SQLException {
    insert("a");
    cluster.primary().terminateBackends();
    connection.commit();

    assertThatThrownBy(() -> Sql.ask(connection, "select currval('item_id_seq')"))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("kept the keys")
        .extracting("SQLState")
        .isEqualTo("55000");
    connection.rollback();
  }

  /** A key that only looks like one that was drawn, or of which that is not sure. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "create trigger t before insert on unsure for each row execute function shift()",
        "create rule t as on insert to unsure do also notify inserted",
        "alter table unsure alter id drop identity; create sequence d;"
            + " alter table unsure alter id set default nextval('d') + 1",
      })
  void keysOfWhichItIsNotSureWhereTheyComeFrom_areNotKept(String definition) throws SQLException {
    Sql.execute(
        connection,
        "create or replace function shift() returns trigger language plpgsql as"
            + " 'begin new.id := new.id + 1; return new; end'");
    Sql.execute(
        connection,
        "create table unsure (id int generated always as identity, what text);" + definition);
    connection.commit();
    Sql.ask(connection, "insert into unsure (what) values ('before') returning id");
    connection.commit();
    Sql.ask(connection, "insert into unsure (what) values ('a') returning id");
    cluster.primary().terminateBackends();

    assertThatThrownBy(connection::commit).isInstanceOf(TransactionLostException.class);

    connection.rollback();
    Sql.execute(connection, "drop table unsure; drop sequence if exists d");
    connection.commit();
  }

  /** It begins anew in the replay, so a key of it is drawn, and not only given. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "create table fresh (id int generated always as identity, what text)",
        "truncate item restart identity; create view fresh as select id, what from item",
      })
  void keysOfASequenceThatBeginsInTheTransaction_areNotGivenAgain(String definition)
      throws SQLException {
    Sql.execute(connection, definition);
    String table = definition.startsWith("create") ? "fresh" : "item";
    String insert = "insert into " + table + " (what) values ('a') returning id";
    assertThat(Sql.ask(connection, insert)).isEqualTo("1");
    cluster.primary().terminateBackends();
    connection.commit();

    assertThat(Sql.ask(connection, insert)).isEqualTo("2");
    Sql.execute(connection, "drop " + (table.equals("fresh") ? "table" : "view") + " fresh");
    connection.commit();
  }

  /** A statement that is prepared, or run by another, is looked into as well. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "prepare last as select currval('item_id_seq')",
        "do $$ begin perform Lastval (); end $$",
        "select query_to_xml('select lastval()', false, false, '')",
      })
  void currval_thatIsHidden_isRefusedAsWell(String hidden) throws SQLException {
    insert("a");
    cluster.primary().terminateBackends();
    connection.commit();

    assertThatThrownBy(() -> Sql.execute(connection, hidden)).hasMessageContaining("kept the keys");
    connection.rollback();
  }

  /** One text for several rows: it cannot give each its own key. */
  @Test
  void keysOfABatch_areNotKept() throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("insert into item (what) values (?)", new String[] {"id"})) {
      for (String what : List.of("a", "b")) {
        insert.setString(1, what);
        insert.addBatch();
      }
      insert.executeBatch();
      key(insert.getGeneratedKeys());
    }
    cluster.primary().terminateBackends();

    assertThatThrownBy(connection::commit)
        .isInstanceOf(TransactionLostException.class)
        .hasMessageContaining("generated keys: other values in its rows");
    connection.rollback();
  }

  /** Code that asks for the last key would be given another one. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "create function last_item() returns bigint language plpgsql as"
            + " 'begin return CURRVAL(''item_id_seq''); end'",
        "create function last_item() returns bigint begin atomic select lastval(); end",
        "create view last_item as select currval('item_id_seq')",
        "create table last_item (of bigint default lastval())",
      })
  void keys_whereCodeInTheDatabaseAsksForTheLastOne_areNotKept(String definition)
      throws SQLException {
    Sql.execute(connection, definition);
    connection.commit();
    insert("a");
    cluster.primary().terminateBackends();

    assertThatThrownBy(connection::commit).isInstanceOf(TransactionLostException.class);

    connection.rollback();
    Sql.execute(
        connection, "drop " + definition.replaceFirst("create (\\w+).*", "$1") + " last_item");
    connection.commit();
  }

  /** A role that may insert, but not look at the sequence. */
  @Test
  void sequenceThatMayNotBeRead_doesNotDisturbTheCommit() throws SQLException {
    try (Connection admin = cluster.primary().connectAsSuperuser()) {
      Sql.execute(
          admin,
          "create table if not exists guarded (id int generated always as identity, what text)");
      Sql.execute(admin, "grant select, insert on guarded to " + cluster.user());
    }
    for (int i = 0; i < 3; i++) {
      Sql.ask(connection, "insert into guarded (what) values ('a') returning id");
      connection.commit();
    }

    assertThat(held("select count(*) from guarded")).isEqualTo("3");
  }

  /**
   * Other clients draw keys all the while and use them later, and standbys are promoted that have
   * not received the last of it: no key is given to two.
   */
  @Test
  @Tag("campaign")
  void keysThatAreKept_areNeverAnotherClientsToo() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    AtomicInteger mine = new AtomicInteger();
    AtomicInteger theirs = new AtomicInteger();
    Queue<String> wrong = new ConcurrentLinkedQueue<>();
    ExecutorService clients = Executors.newCachedThreadPool();
    List<Future<?>> ends = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      ends.add(clients.submit(() -> insertInTransactions(over, mine, wrong)));
      ends.add(clients.submit(() -> insertDirectly(over, theirs, wrong)));
    }
    for (int round = 0; round < ROUNDS; round++) {
      List<PostgresNode> standbys = stopStandbys();
      awaitMore(mine, 10, wrong);
      loseWhatIsNotReplicated(standbys);
      awaitMore(mine, 10, wrong);
      awaitMore(theirs, 1, wrong);
      cluster.repair();
    }
    over.set(true);
    for (Future<?> end : ends) {
      end.get(60, TimeUnit.SECONDS);
    }
    clients.shutdown();

    assertThat(wrong).isEmpty();
  }

  private static void awaitMore(AtomicInteger work, int more, Queue<String> wrong) {
    int before = work.get();
    Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> !wrong.isEmpty() || work.get() >= before + more);
    assertThat(wrong).isEmpty();
  }

  private void insertInTransactions(AtomicBoolean over, AtomicInteger done, Queue<String> wrong) {
    try (Connection own = connect("");
        PreparedStatement insert =
            own.prepareStatement("insert into item (what) values ('mine')", new String[] {"id"})) {
      own.setAutoCommit(false);
      while (!over.get()) {
        try {
          for (int i = 0; i < 3; i++) {
            insert.executeUpdate();
            key(insert.getGeneratedKeys());
          }
          own.commit();
          done.incrementAndGet();
        } catch (TransactionLostException lost) {
          own.rollback();
        }
      }
    } catch (SQLException failure) {
      wrong.add(failure.toString());
    }
  }

  private void insertDirectly(AtomicBoolean over, AtomicInteger done, Queue<String> wrong) {
    while (!over.get()) {
      try (Connection direct = cluster.primary().connect()) {
        while (!over.get()) {
          String drawn =
              Sql.ask(
                  direct,
                  "select string_agg(nextval('item_id_seq')::text, ',')"
                      + " from generate_series(1, 400)");
          for (String key : drawn.split(",", -1)) {
            Sql.execute(
                direct,
                "insert into item (id, what) overriding system value values ("
                    + key
                    + ", 'theirs')");
          }
          done.incrementAndGet();
        }
      } catch (SQLException failure) {
        if ("23505".equals(failure.getSQLState())) {
          wrong.add(failure.toString());
        }
      } catch (ClusterException noPrimary) {
        Thread.onSpinWait();
      }
    }
  }
}
