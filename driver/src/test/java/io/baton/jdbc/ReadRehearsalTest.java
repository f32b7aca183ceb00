package io.baton.jdbc;

import static io.baton.jdbc.ReplicatedClusters.superuser;
import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonCutover;
import io.baton.CutoverFinding;
import io.baton.RehearsalResult;
import io.baton.session.sql.StatementAnalyzer;
import io.baton.testkit.PostgresCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * What reads of a running application show of two clusters of different versions, while others
 * write all the time.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("campaign")
class ReadRehearsalTest {

  private static final String SCHEMA =
      """
      create table person (id int primary key, name text collate "C" not null, height float8,
        grew interval, note text);
      create index person_note on person (note);
      create table visit (id int primary key, person int not null, at timestamptz not null);
      create table counter (id int primary key, n bigint not null);
      create view lately as select * from visit where at > now() - interval '1 hour';
      create function doubled(n int) returns int language plpgsql immutable
        as 'begin return n * 2; end';
      create function shown(x float8) returns text language sql stable
        set extra_float_digits = 3 as 'select x::text';
      create function gone(n int) returns int language sql immutable as 'select n';
      create function fresh(t timestamptz) returns boolean language plpgsql stable
        as 'begin return t > current_timestamp - interval ''1 hour''; end'\
      """;

  private static final String ROWS =
      """
      insert into person select i, case i % 2 when 0 then 'ann' else 'Bob' end || i, i / 3.0,
        make_interval(hours => i), 'n' || i from generate_series(1, 3000) i;
      insert into visit select i, i, now() from generate_series(1, 3000) i;
      insert into counter select i, 0 from generate_series(1, 20) i\
      """;

  /** What is made different over there: a read that shows it, and in which words. */
  private static final String[][] PLANTED = {
    {
      "alter table person alter column name type text collate \"und-x-icu\"",
      "select name from person where id < ? order by name",
      "in another order"
    },
    {
      "create or replace function doubled(n int) returns int language plpgsql immutable"
          + " as 'begin return n * 3; end'",
      "select doubled (id) from person where id = ?",
      "differs"
    },
    {
      "alter database %s set intervalstyle = 'iso_8601'",
      "select grew :: text from person where id = ?",
      "differs"
    },
    {"delete from visit where id = 7", "select v.at from visit v where v.id = ?", "1 rows"},
    {
      "alter function shown(float8) set extra_float_digits = -10",
      "select shown (height) from person where id = ?",
      "differs"
    },
    {"drop index person_note", "select id from person where note = ?", "another plan"},
    {"drop function gone(int)", "select gone (id) from person where id = ?", "does not exist"},
  };

  /** Reads that give the same, or of which nothing can be said. */
  private static final String[] EQUAL = {
    "select id, name from person where id = ?",
    "select name from person where id < ? order by id",
    "select p.name, v.at from person p join visit v on v.person = p.id where p.id > ?"
        + " and p.id < 40 and v.id > 7",
    "select name from person where id > ? limit 1",
  };

  private static final String[] MOVING = {
    "select sum (n) from counter where id <> ?",
    "select n from counter where id = 19 and id > ?",
    "select count (*) from visit where id > 7 + ?",
  };

  private static final String[] UNFIT = {
    "select count (*) from lately where id <> ?",
    "select count (*) from visit where fresh(at) and id <> ?",
    "select relname from pg_class where oid < ? ",
  };

  private final ReplicatedClusters clusters = ReplicatedClusters.start(SCHEMA, ROWS);
  private final PostgresCluster successor = clusters.successor();
  private final AtomicBoolean over = new AtomicBoolean();
  private final Queue<String> errors = new ConcurrentLinkedQueue<>();
  private final List<Thread> threads = new ArrayList<>();

  @TempDir Path folder;

  ReadRehearsalTest() throws SQLException {
    for (PostgresCluster cluster : List.of(clusters.old(), successor)) {
      onSide(cluster, "analyze");
    }
  }

  @AfterEach
  void end() throws Exception {
    over.set(true);
    for (Thread thread : threads) {
      thread.join();
    }
    threads.clear();
    over.set(false);
  }

  @AfterAll
  void close() throws SQLException {
    clusters.close();
  }

  private static void onSide(PostgresCluster cluster, String sql) throws SQLException {
    try (Connection owner = superuser(cluster).getConnection()) {
      Sql.execute(owner, sql);
    }
  }

  private interface Work {
    void on(Connection connection, int round) throws SQLException;
  }

  private void allTheTime(Work work) throws SQLException {
    allTheTime(clusters.connect(), work);
  }

  private void allTheTime(Connection connection, Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                for (int round = 0; !over.get(); round++) {
                  work.on(connection, round);
                }
              } catch (SQLException failure) {
                errors.add(failure.toString());
              }
            });
    threads.add(thread);
    thread.start();
  }

  private static void write(Connection connection, int round) throws SQLException {
    Sql.execute(connection, "update counter set n = n + 1 where id = " + (1 + round % 10));
    Sql.execute(connection, "update counter set n = 1 - n where id = 19");
    Sql.execute(
        connection, "insert into visit values (" + (10_000 + round) + ", 1, clock_timestamp())");
  }

  private void read(Connection connection, int round) throws SQLException {
    List<String> reads = comparable();
    reads.addAll(incomparable());
    String sql = reads.get(round % reads.size());
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      if (sql.contains("note =")) {
        statement.setString(1, "n77");
      } else {
        statement.setInt(1, 7);
      }
      drain(statement.executeQuery());
    }
    try (Statement statement = connection.createStatement()) {
      drain(statement.executeQuery("select note from person where note = 'n4242' or id = 4242"));
    }
  }

  private static void drain(ResultSet rows) throws SQLException {
    while (rows.next()) {
      rows.getString(1);
    }
  }

  /**
   * Rehearses, again for longer if the machine was too slow for all of that.
   *
   * @param compared reads that are to be compared
   * @param named reads that are to be spoken of at least
   */
  private RehearsalResult rehearse(List<String> compared, List<String> named) throws Exception {
    Path file = folder.resolve("seen");
    for (int seconds = 2; ; seconds *= 3) {
      RehearsalResult result =
          BatonCutover.to(successor.hosts())
              .joinTime(Duration.ofSeconds(4))
              .prepareTime(Duration.ofSeconds(20))
              .sampleReads(Duration.ofSeconds(seconds))
              .rehearseWithApplications(superuser(clusters.old()), superuser(successor));
      result.record(file);
      String kept = Files.readString(file);
      String all = kept + result.findings();
      if ((compared.stream().allMatch(read -> kept.contains(withoutValues(read)))
              && named.stream().allMatch(read -> all.contains(withoutValues(read))))
          || seconds > 20) {
        return result;
      }
    }
  }

  private static String withoutValues(String sql) {
    return new StatementAnalyzer().analyze(sql).wholeFingerprint();
  }

  private static List<String> comparable() {
    List<String> reads = new ArrayList<>(List.of(EQUAL));
    for (String[] planted : PLANTED) {
      reads.add(planted[1]);
    }
    return reads;
  }

  private static List<String> incomparable() {
    List<String> reads = new ArrayList<>(List.of(MOVING));
    reads.addAll(List.of(UNFIT));
    return reads;
  }

  private static List<String> ofReads(List<CutoverFinding> findings) {
    return findings.stream()
        .filter(found -> found.what().contains("read") || found.what().contains("Read"))
        .map(found -> (found.obstacle() ? "NO-GO " : "") + found.what())
        .toList();
  }

  @Test
  void differencesAreFound_andNoOthers_whileOthersWrite() throws Exception {
    allTheTime(ReadRehearsalTest::write);
    allTheTime(this::read);

    RehearsalResult before = rehearse(comparable(), incomparable());
    List<String> found = ofReads(before.findings());
    assertThat(found)
        .noneMatch(one -> one.startsWith("NO-GO"))
        .noneMatch(one -> one.contains("differs"))
        // What is updated all the time grows on both sides at a pace of its own, and plans with it.
        .noneMatch(one -> one.contains("another plan") && !one.contains("from counter"));
    assertThat(String.join("\n", found)).contains("depends on the moment").contains("system");
    assertThat(before.comparedReads()).isGreaterThanOrEqualTo(PLANTED.length + EQUAL.length);
    Path file = folder.resolve("reads");
    before.record(file);

    for (String[] planted : PLANTED) {
      onSide(successor, planted[0].formatted(successor.database()));
    }
    RehearsalResult after = rehearse(comparable(), incomparable());
    assertThat(after.applications()).isNotEmpty();
    List<String> different = ofReads(after.findings());
    for (String[] planted : PLANTED) {
      assertThat(different)
          .filteredOn(one -> one.contains(planted[1] + " (") || one.contains(planted[1] + ":"))
          .as(planted[1])
          .singleElement()
          .asString()
          .contains(planted[2]);
    }
    for (String equal : EQUAL) {
      assertThat(different).noneMatch(one -> one.contains(equal + " ("));
    }
    for (String moving : MOVING) {
      assertThat(different).noneMatch(one -> one.contains(moving) && one.contains("differs"));
    }
    assertThat(after.isGo()).isFalse();

    assertComparable(file, after);
    assertThat(errors).isEmpty();
  }

  private void assertComparable(Path file, RehearsalResult after) throws IOException {
    String text = Files.readString(file);
    assertThat(text).doesNotContain("n77").doesNotContain("4242").doesNotContain("ann");
    Files.writeString(
        file, text + "ff\tselect unseen from t\tint4\t00\t1\tSeq Scan on t\tUNDER_1_MS\n");
    List<String> compared = ofReads(after.compare(file));
    assertThat(compared)
        .anyMatch(one -> one.contains("not seen") && one.contains("select unseen from t"))
        .anyMatch(one -> one.startsWith("NO-GO") && one.contains(PLANTED[1][1]))
        .anyMatch(one -> one.contains("gave the very rows of then"));
  }

  /** Each is run again on other connections, by another thread, as its session has made it. */
  @Test
  void readsOfAllKinds_areRunAgain_withTheirValuesAndTheirSession() throws Exception {
    for (PostgresCluster cluster : List.of(successor, clusters.old())) {
      onSide(
          cluster,
          """
          create role clerk;
          grant clerk to %s;
          create schema shop;
          grant usage on schema shop to clerk;
          create table shop.thing (id int primary key, content bytea, what text, day date);
          grant select on shop.thing to clerk;
          alter role clerk set row_security = on;
          alter table shop.thing enable row level security;
          create policy one on shop.thing to clerk using (what <> current_setting('app.hidden'))\
          """
              .formatted(clusters.old().user()));
    }
    onSide(successor, "alter subscription everything refresh publication");
    onSide(
        clusters.old(),
        "insert into shop.thing select i, convert_to('x' || i, 'UTF8'), 'w\u00e4' || i, '2020-01-01'"
            + " from generate_series(1, 50) i");
    Connection session = clusters.connect();
    Connection simple = clusters.connect("preferQueryMode=simple");
    Sql.execute(session, "set search_path = shop, public");
    Sql.execute(session, "set app.hidden = 'w\u00e43'");
    Sql.execute(session, "set role clerk");
    Sql.execute(simple, "set app.hidden = 'nothing'");
    allTheTime(
        session,
        (connection, round) -> {
          connection.setAutoCommit(round % 2 == 0);
          try (PreparedStatement read =
              connection.prepareStatement("select what from thing where id = any (?) order by 1")) {
            read.setArray(1, connection.createArrayOf("int4", new Object[] {3, 4, 5}));
            read.setFetchSize(1);
            drain(read.executeQuery());
          }
          try (PreparedStatement read =
              connection.prepareStatement("select content from thing where day < ? and id < ?")) {
            read.setTimestamp(1, Timestamp.valueOf("2021-02-03 04:05:06"));
            read.setLong(2, 20);
            drain(read.executeQuery());
          }
          try (PreparedStatement read = connection.prepareStatement("select id from thing")) {
            read.setMaxRows(2);
            drain(read.executeQuery());
          }
          try (Statement read = connection.createStatement()) {
            drain(
                read.executeQuery("with x as (table thing) select max(id) from x union select 9"));
            drain(read.executeQuery("select i from generate_series(1, 3) i order by i desc"));
          }
        });
    allTheTime(
        simple,
        (connection, round) -> {
          try (PreparedStatement read =
              connection.prepareStatement(
                  "select what from shop.thing where id = ? and what <> ?")) {
            read.setInt(1, 5);
            read.setString(2, "it's");
            drain(read.executeQuery());
          }
        });

    List<String> expected =
        List.of(
            "select what from thing where id = any (?) order by 1",
            "select content from thing where day < ? and id < ?",
            "select id from thing",
            "with x as (table thing) select max(id) from x union select 9",
            "select i from generate_series(1, 3) i order by i desc",
            "select what from shop.thing where id = ? and what <> ?");
    RehearsalResult result = rehearse(expected, List.of());

    Path file = folder.resolve("all");
    result.record(file);
    assertThat(Files.readString(file))
        .as("%s, %s", result.findings(), errors)
        .contains(expected.stream().map(read -> withoutValues(read) + "\t").toList());
    assertThat(ofReads(result.findings()))
        .filteredOn(one -> one.contains("thing") || one.contains("generate_series"))
        .isEmpty();
    assertThat(errors).isEmpty();
    simple.close();
  }
}
