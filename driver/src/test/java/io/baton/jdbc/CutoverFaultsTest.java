package io.baton.jdbc;

import static io.baton.jdbc.ReplicatedClusters.ask;
import static io.baton.jdbc.ReplicatedClusters.superuser;
import static org.assertj.core.api.Assertions.assertThat;

import io.baton.failover.cutover.CutoverReport;
import io.baton.failover.cutover.CutoverRun;
import io.baton.routing.cutover.CutoverStage;
import io.baton.testkit.ClusterException;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.PostgresVersion;
import io.baton.testkit.TestLength;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What goes wrong at any step of a cut over ends in one of two ways: the application goes on at the
 * old cluster, as if nothing had been, or at the new one. Never in between.
 */
@Tag("campaign")
class CutoverFaultsTest {

  private static final Path PAGE = Path.of("../docs/reference/cutover-faults.md");

  /** What goes wrong, and how that ends. */
  private enum Fault {
    DRIVER_DIES_WHEN_FENCED("the program that drives it dies", CutoverStage.FENCED, false) {
      @Override
      void strike(ReplicatedClusters clusters, OtherProgram other) {
        throw new ProgramDied();
      }
    },
    DRIVER_DIES_WHEN_ANNOUNCED("the program that drives it dies", CutoverStage.ANNOUNCED, false) {
      @Override
      void strike(ReplicatedClusters clusters, OtherProgram other) {
        throw new ProgramDied();
      }
    },
    DRIVER_DIES_WHEN_GATED("the program that drives it dies", CutoverStage.GATED, false) {
      @Override
      void strike(ReplicatedClusters clusters, OtherProgram other) {
        throw new ProgramDied();
      }
    },
    DRIVER_DIES_WHEN_OPENED("the program that drives it dies", CutoverStage.OPENED, true) {
      @Override
      void strike(ReplicatedClusters clusters, OtherProgram other) {
        throw new ProgramDied();
      }
    },
    A_MEMBER_HANGS("a JVM that is to take part hangs (SIGSTOP)", CutoverStage.ANNOUNCED, false) {
      @Override
      void before(ReplicatedClusters clusters, OtherProgram other) {
        other.freeze();
      }

      @Override
      void strike(ReplicatedClusters clusters, OtherProgram other) {}
    },
    A_MEMBER_HANGS_AFTER_IT_WAS_READY(
        "a JVM that takes part hangs (SIGSTOP) after it was ready", CutoverStage.ANNOUNCED, false) {
      @Override
      void strike(ReplicatedClusters clusters, OtherProgram other) {
        // At the gate it could have closed its own before it is stopped: then it need not be taken
        // back.
        Awaitility.await().until(() -> readyMembers(clusters) == 2);
        other.freeze();
      }
    },
    A_MEMBER_DIES_AFTER_IT_WAS_READY(
        "a JVM that takes part is killed after it was ready", CutoverStage.ANNOUNCED, true) {
      @Override
      void strike(ReplicatedClusters clusters, OtherProgram other) throws SQLException {
        Awaitility.await().until(() -> readyMembers(clusters) == 2);
        other.close();
      }
    },
    A_MEMBER_DIES_WHEN_GATED(
        "a JVM that takes part is killed, with a transaction open", CutoverStage.GATED, true) {
      @Override
      void strike(ReplicatedClusters clusters, OtherProgram other) {
        other.close();
      }
    },
    NETWORK_IS_CUT_WHEN_ANNOUNCED(
        "the network between the applications and the new cluster is cut",
        CutoverStage.ANNOUNCED,
        false) {
      @Override
      void strike(ReplicatedClusters clusters, OtherProgram other) {
        clusters.successor().primary().proxy().cut();
      }
    },
    NETWORK_IS_CUT_WHILE_GATED(
        "the network between the applications and the new cluster is cut, until it has opened",
        CutoverStage.GATED,
        true) {
      @Override
      void strike(ReplicatedClusters clusters, OtherProgram other) {
        clusters.successor().primary().proxy().cut();
      }

      @Override
      void opened(ReplicatedClusters clusters) {
        clusters.successor().primary().proxy().restore();
      }
    },
    NEW_PRIMARY_CRASHES_WHEN_GATED("the new primary crashes", CutoverStage.GATED, false) {
      @Override
      void strike(ReplicatedClusters clusters, OtherProgram other) {
        clusters.successor().primary().crash();
      }
    },
    NEW_PRIMARY_CRASHES_WHEN_FENCED("the new primary crashes", CutoverStage.FENCED, false) {
      @Override
      void strike(ReplicatedClusters clusters, OtherProgram other) {
        clusters.successor().primary().crash();
      }
    },
    NEW_PRIMARY_RESTARTS_WHEN_OPENED(
        "the new primary crashes, and is started again", CutoverStage.OPENED, true) {
      @Override
      void strike(ReplicatedClusters clusters, OtherProgram other) {
        PostgresNode primary = clusters.successor().primary();
        primary.crash();
        primary.start();
      }
    },
    REPLICATION_STALLS("replication stalls", CutoverStage.GATED, false) {
      @Override
      void strike(ReplicatedClusters clusters, OtherProgram other) throws SQLException {
        try (Connection direct = superuser(clusters.successor()).getConnection()) {
          Sql.execute(direct, "alter subscription everything disable");
          Sql.execute(
              direct,
              "select pg_terminate_backend(pid) from pg_stat_activity"
                  + " where backend_type like 'logical replication%'");
        }
      }
    },
    A_SESSION_CANNOT_BE_REBUILT(
        "a session has a role that is missing over there", CutoverStage.ANNOUNCED, false) {
      @Override
      void strike(ReplicatedClusters clusters, OtherProgram other) throws SQLException {
        createRole(clusters);
        Sql.execute(idle(clusters), "set role boss");
      }
    },
    A_SESSION_CHANGES_AFTER_IT_WAS_READY(
        "a session takes a role that is missing over there, after it was ready",
        CutoverStage.ANNOUNCED,
        false) {
      @Override
      void strike(ReplicatedClusters clusters, OtherProgram other) throws SQLException {
        createRole(clusters);
        Awaitility.await().until(() -> readyMembers(clusters) == 2);
        Sql.execute(idle(clusters), "set role boss");
      }
    },
    A_SESSION_CHANGES_AT_THE_GATE(
        "a transaction that set a role that is missing over there is committed",
        CutoverStage.GATED,
        false) {
      @Override
      void before(ReplicatedClusters clusters, OtherProgram other) throws SQLException {
        createRole(clusters);
        idle(clusters).setAutoCommit(false);
        Sql.execute(idle(clusters), "set role boss");
      }

      @Override
      void strike(ReplicatedClusters clusters, OtherProgram other) throws SQLException {
        idle(clusters).commit();
      }
    },
    A_TEMPORARY_TABLE_CANNOT_BE_MADE(
        "a session has a temporary table of a type that is missing over there",
        CutoverStage.ANNOUNCED,
        false) {
      @Override
      void strike(ReplicatedClusters clusters, OtherProgram other) throws SQLException {
        Sql.execute(idle(clusters), "create type public.mood as enum ('calm')");
        Sql.execute(idle(clusters), "create temp table moods (one public.mood)");
      }
    },
    A_TABLE_IS_MADE(
        "a table is made on both sides, and written on the old one",
        CutoverStage.ANNOUNCED,
        false) {
      @Override
      void strike(ReplicatedClusters clusters, OtherProgram other) throws SQLException {
        for (PostgresCluster side : List.of(clusters.successor(), clusters.old())) {
          try (Connection owner = superuser(side).getConnection()) {
            Sql.execute(owner, "create table made_later (id int)");
          }
        }
        try (Connection owner = superuser(clusters.old()).getConnection()) {
          Sql.execute(owner, "insert into made_later values (1)");
        }
      }
    },
    SOMEBODY_GOES_ON_WRITING("a prepared transaction is left open", CutoverStage.GATED, false) {
      @Override
      void strike(ReplicatedClusters clusters, OtherProgram other) throws SQLException {
        try (Connection owner = superuser(clusters.old()).getConnection()) {
          Sql.execute(
              owner, "begin; insert into entry (what) values ('x'); prepare transaction 'p'");
        }
      }
    },
    OLD_PRIMARY_RESTARTS_WHEN_GATED(
        "the old primary crashes, and is started again", CutoverStage.GATED, false) {
      @Override
      void strike(ReplicatedClusters clusters, OtherProgram other) {
        PostgresNode primary = clusters.old().primary();
        primary.crash();
        primary.start();
      }
    },
    OLD_PRIMARY_RESTARTS_WHEN_FENCED(
        "the old primary crashes, and is started again", CutoverStage.FENCED, false) {
      @Override
      void strike(ReplicatedClusters clusters, OtherProgram other) {
        PostgresNode primary = clusters.old().primary();
        primary.crash();
        primary.start();
      }
    };

    private final String text;
    private final CutoverStage when;
    private final boolean opens;

    Fault(String text, CutoverStage when, boolean opens) {
      this.text = text;
      this.when = when;
      this.opens = opens;
    }

    abstract void strike(ReplicatedClusters clusters, OtherProgram other) throws SQLException;

    /** It begins in a moment. */
    void before(ReplicatedClusters clusters, OtherProgram other) throws SQLException {}

    /** The new side is opened. */
    void opened(ReplicatedClusters clusters) {}

    static Connection idle(ReplicatedClusters clusters) {
      return clusters.opened().get(clusters.opened().size() - 1);
    }

    static void createRole(ReplicatedClusters clusters) throws SQLException {
      try (Connection owner = superuser(clusters.old()).getConnection()) {
        Sql.execute(owner, "create role boss; grant boss to " + clusters.old().user());
      }
    }

    static int readyMembers(ReplicatedClusters clusters) throws SQLException {
      return Integer.parseInt(
          ask(clusters.old(), "select count(*)::text from baton.cutover_member where ready"));
    }
  }

  /** The program that drives the cut over dies. */
  private static final class ProgramDied extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  static Stream<Fault> faults() {
    return TestLength.everyNth(9, Stream.of(Fault.values()));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void fault_endsOnOneSide(Fault fault) throws Exception {
    try (ReplicatedClusters clusters = new ReplicatedClusters(PostgresVersion.of(15))) {
      PostgresCluster old = clusters.old();
      for (int worker = 0; worker < 4; worker++) {
        clusters.connect();
      }
      NotedTransfers transfers = NotedTransfers.begin(List.copyOf(clusters.opened()));
      Connection idle = clusters.connect();
      Sql.execute(idle, "select 1");
      OtherProgram other = clusters.startOtherProgram();
      Awaitility.await().until(() -> transfers.done() > 50);

      boolean reported = cutOver(clusters, other, fault);
      Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> isOver(old));
      String stage = ask(old, "select stage from baton.cutover order by changed desc limit 1");
      int before = transfers.done();
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> !transfers.errors().isEmpty() || transfers.done() > before + 50);
      transfers.end();
      if (other.isAlive()) {
        other.thaw();
        other.awaitProgress();
        other.close();
      }

      assertThat(transfers.errors()).isEmpty();
      assertThat(stage).isEqualTo(fault.opens ? "opened" : "taken back");
      assertThat(reported).isEqualTo(fault.opens);
      PostgresCluster here = fault.opens ? clusters.successor() : old;
      String done = String.valueOf(transfers.done());
      assertThat(ask(here, "select count(*)::text from operation")).isEqualTo(done);
      assertThat(ask(here, "select sum(balance)::text from account")).isEqualTo("20000");
      int rows =
          Integer.parseInt(ask(here, "select count(*)::text from entry where what like 'other %'"));
      assertThat(rows - other.done().size()).as("one may be done and not said yet").isBetween(0, 1);
      assertThat(
              ask(here, "select count(distinct what)::text from entry where what like 'other %'"))
          .isEqualTo(String.valueOf(rows));
      assertThat(ask(old, "select (current_setting('default_transaction_read_only'))"))
          .isEqualTo(fault.opens ? "on" : "off");
      if (fault.opens) {
        assertThat(Integer.parseInt(ask(old, "select count(*)::text from operation")))
            .isLessThanOrEqualTo(before);
      }
      for (Connection connection : clusters.opened()) {
        connection.setAutoCommit(true);
        if (!fault.opens) {
          Sql.execute(connection, "select set_config('app.x', '1', false)");
        }
        assertThat(Sql.ask(connection, "show server_version_num"))
            .startsWith(fault.opens ? "18" : "15");
      }
    }
  }

  @Test
  void page_saysWhatIsTried() throws IOException {
    String page =
        Stream.of(Fault.values())
            .sorted(Comparator.comparing(fault -> fault.when))
            .map(
                fault ->
                    "| %s | %s | %s |\n"
                        .formatted(
                            fault.when.text(),
                            fault.text,
                            fault.opens ? "goes through" : "is taken back"))
            .collect(
                Collectors.joining(
                    "",
                    """
                    # Faults of a cut over

                    How a [cut over](../guide/cut-over.md) ends when something goes wrong as a stage begins. Every row is tried by `CutoverFaultsTest` on real servers under load, PostgreSQL 15 to 18. Two programs take part, in two JVMs. Afterwards no session had an error and all go on, on one side; every operation that was acknowledged is there once; where it was taken back, the old database takes writes; where it went through, it takes none. Made from that test; do not edit.

                    | stage | fault | the cut over |
                    |---|---|---|
                    """,
                    ""));
    if (Boolean.getBoolean("baton.docs.rewrite")) {
      Files.writeString(PAGE, page);
    }
    assertThat(Files.readString(PAGE)).isEqualTo(page);
  }

  private static boolean isOver(PostgresCluster old) {
    try {
      return ask(old, "select bool_and(stage in ('opened', 'taken back'))::text from baton.cutover")
          .equals("true");
    } catch (SQLException | ClusterException restarting) {
      return false;
    }
  }

  /** Returns whether the cut over went through, as the program that drives it knows. */
  private static boolean cutOver(ReplicatedClusters clusters, OtherProgram other, Fault fault)
      throws SQLException {
    Consumer<CutoverStage> observer =
        stage -> {
          if (stage == fault.when) {
            try {
              fault.strike(clusters, other);
            } catch (SQLException unexpected) {
              throw new AssertionError(unexpected);
            }
          }
          if (stage == CutoverStage.OPENED) {
            fault.opened(clusters);
          }
        };
    fault.before(clusters, other);
    try {
      CutoverReport report =
          CutoverRun.run(
              clusters.plan(Duration.ofSeconds(2), Duration.ofSeconds(2)),
              null,
              superuser(clusters.old()),
              superuser(clusters.successor()),
              observer);
      return report.opened();
    } catch (ProgramDied | SQLException died) {
      return fault.opens; // It does not know.
    }
  }
}
