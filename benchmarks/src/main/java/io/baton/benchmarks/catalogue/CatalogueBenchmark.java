package io.baton.benchmarks.catalogue;

import io.baton.benchmarks.harness.Benchmark;
import io.baton.benchmarks.harness.Contestant;
import io.baton.benchmarks.harness.Contestants;
import io.baton.benchmarks.harness.Machine;
import io.baton.benchmarks.harness.Output;
import io.baton.benchmarks.harness.Server;
import io.baton.benchmarks.harness.Settings;
import io.baton.benchmarks.report.HtmlPage;
import io.baton.benchmarks.report.Json;
import io.baton.benchmarks.report.TextTable;
import io.baton.testkit.PostgresCluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Whether a call ever waits for the catalogue of a large database: calls of one session, one after
 * the other, while another one alters a table each second, and so has the catalogue read again and
 * again. Both drivers in turns; the processors are shared with the server, which answers the
 * readings.
 */
public final class CatalogueBenchmark implements Benchmark {
  private static final String RESULTS = "results.json";
  private static final String PAGE = "index.html";
  private static final int TEXT_COLUMNS = 2;

  /** How many relations one transaction makes: each takes a lock. */
  private static final int AT_ONCE = 250;

  private static final Duration BETWEEN_CHANGES = Duration.ofSeconds(1);

  private static final List<String> CALLS =
      List.of(
          "update small set n = n + 1 where id = 1",
          "select plain(1)",
          "select id, n from small where id = 1");

  private static final List<String> HEADER =
      List.of("driver", "call", "calls", "median, ms", "99.9 %, ms", "longest, ms");

  @Override
  public String name() {
    return "catalogue";
  }

  @Override
  public String summary() {
    return "whether calls wait for the catalogue of a database with very many tables and functions";
  }

  @Override
  public String settings() {
    return """
        tables     10000  of the database, each with an index and a trigger for every tenth
        functions  5000   of the database, in PL/pgSQL
        seconds    20     for each driver and round
        rounds     3      for each driver""";
  }

  @Override
  public boolean wantsOneProcessor() {
    return false;
  }

  @Override
  public int run(Settings settings, Output output) throws Exception {
    int tables = settings.integer("tables", 10_000);
    int functions = settings.integer("functions", 5_000);
    Duration time = Duration.ofSeconds(settings.integer("seconds", 20));
    int rounds = settings.integer("rounds", 3);
    settings.refuseUnknown();
    output.discard(RESULTS, PAGE);
    try (PostgresCluster cluster = PostgresCluster.builder().start()) {
      try (Connection owner = cluster.primary().connect()) {
        fill(owner, tables, functions, output);
      }
      Server server = Server.direct(cluster);
      Map<String, List<List<Long>>> taken = new LinkedHashMap<>();
      for (int round = 0; round < rounds; round++) {
        for (Contestant contestant : List.of(Contestants.PGJDBC, Contestants.BATON)) {
          List<List<Long>> ofOne =
              taken.computeIfAbsent(contestant.name(), first -> emptyLists(CALLS.size()));
          measure(contestant, server, cluster, time, ofOne);
          output.say("round " + round + ", " + contestant + ": done");
        }
      }
      report(taken, Machine.describe(cluster), output);
    }
    return REPORTED;
  }

  private static List<List<Long>> emptyLists(int number) {
    List<List<Long>> lists = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      lists.add(new ArrayList<>());
    }
    return lists;
  }

  private static void fill(Connection owner, int tables, int functions, Output output)
      throws SQLException {
    execute(
        owner,
        "create table small (id int primary key, n int); insert into small values (1, 0);"
            + " create table altered (id int);"
            + " create function plain(a int) returns int language plpgsql as"
            + " 'begin return a + 1; end';"
            + " create function noted() returns trigger language plpgsql as"
            + " 'begin return new; end'");
    for (int first = 0; first < tables; first += AT_ONCE) {
      execute(
          owner,
          """
          do $$ begin
            for i in %d .. %d loop
              execute format('create table t%%s (id int primary key, what text)', i);
              if i %% 10 = 0 then
                execute format('create trigger noted before insert on t%%s'
                  ' for each row execute function noted()', i);
              end if;
            end loop;
          end $$
          """
              .formatted(first, Math.min(first + AT_ONCE, tables) - 1));
    }
    execute(
        owner,
        """
        do $$ begin
          for i in 1 .. %d loop
            execute format('create function f%%s(a int) returns int language plpgsql as'
              ' ''begin perform plain(a); return a + %%s; end''', i, i);
          end loop;
        end $$
        """
            .formatted(functions));
    output.say("a database of " + tables + " tables and " + functions + " functions is made");
  }

  private static void measure(
      Contestant contestant,
      Server server,
      PostgresCluster cluster,
      Duration time,
      List<List<Long>> taken)
      throws SQLException {
    try (Connection connection = contestant.connect(server);
        Connection other = cluster.primary().connect()) {
      long end = System.nanoTime() + time.toNanos();
      long nextChange = System.nanoTime();
      boolean isThere = false;
      for (int number = 0; System.nanoTime() - end < 0; number++) {
        if (System.nanoTime() - nextChange >= 0) {
          nextChange = System.nanoTime() + BETWEEN_CHANGES.toNanos();
          execute(other, "alter table altered " + (isThere ? "drop column n" : "add column n int"));
          isThere = !isThere;
        }
        int call = number % CALLS.size();
        long began = System.nanoTime();
        execute(connection, CALLS.get(call));
        taken.get(call).add(System.nanoTime() - began);
      }
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void report(
      Map<String, List<List<Long>>> taken, Map<String, String> machine, Output output)
      throws Exception {
    List<List<String>> cells = new ArrayList<>();
    for (int call = 0; call < CALLS.size(); call++) {
      for (Map.Entry<String, List<List<Long>>> one : taken.entrySet()) {
        long[] sorted = one.getValue().get(call).stream().mapToLong(Long::longValue).toArray();
        Arrays.sort(sorted);
        cells.add(
            List.of(
                one.getKey(),
                CALLS.get(call),
                String.valueOf(sorted.length),
                millis(sorted[sorted.length / 2]),
                millis(sorted[(int) (sorted.length * 0.999)]),
                millis(sorted[sorted.length - 1])));
      }
    }
    output.say(TextTable.of(HEADER, cells, TEXT_COLUMNS));
    output.write(
        RESULTS, Json.write(Map.of("benchmark", "catalogue", "machine", machine, "rows", cells)));
    output.write(
        PAGE,
        new HtmlPage("Calls beside the readings of a large catalogue")
            .table(HEADER, cells)
            .heading("Machine")
            .facts(machine)
            .render());
  }

  private static String millis(long nanoseconds) {
    return String.format(Locale.ROOT, "%.3f", nanoseconds / 1e6);
  }
}
