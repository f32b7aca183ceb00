package io.baton.engine;

import io.baton.failover.Deadline;
import io.baton.failover.DeadlineGuard;
import io.baton.failover.reads.AppliedPosition;
import io.baton.failover.reads.ClockedFunctions;
import io.baton.failover.reads.Look;
import io.baton.failover.reads.PlanReader;
import io.baton.failover.reads.ReadCase;
import io.baton.failover.reads.ReadComparer;
import io.baton.failover.reads.ReadComparer.Outcome;
import io.baton.failover.reads.ReadComparison;
import io.baton.failover.reads.ReadComparison.Verdict;
import io.baton.failover.reads.ReadSide;
import io.baton.jdbc.pgjdbc.Opening;
import io.baton.jdbc.pgjdbc.PgConnector;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.routing.Cluster;
import io.baton.routing.Registration;
import io.baton.routing.topology.Endpoint;
import io.baton.session.ParameterValues;
import io.baton.session.sql.MomentWords;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One comparison of sampled reads, on one connection to each side.
 *
 * <p>The old side is its writer: a standby is behind it, and the new side may be ahead of that.
 *
 * <p>Used by one thread.
 *
 * @param stopped whether to leave off
 * @param held is given the connection to the old side, which may be taken away
 */
record SampleComparison(
    Cluster cluster,
    PgConnector connector,
    Endpoint old,
    Endpoint successor,
    Deadline deadline,
    BooleanSupplier stopped,
    AtomicReference<@Nullable SampleConnection> held) {

  /** How many parameters the protocol allows. */
  private static final int MOST_PARAMETERS = 65_535;

  private static final Logger LOG = LoggerFactory.getLogger(SampleComparison.class);

  private static final Duration OPENING_LIMIT = Duration.ofSeconds(5);

  /** A read has its own limit of time; a server that hangs answers nothing at all. */
  private static final Duration SLACK = Duration.ofSeconds(15);

  private static final long LONGEST_PAUSE_NANOS = Duration.ofMillis(120).toNanos();

  private static final Duration SHORTEST_LEFT = Duration.ofSeconds(1);

  /** A connection and what tells it that its server was given up. */
  private record Side(SampleConnection reads, Registration registration) implements AutoCloseable {
    @Override
    public void close() {
      registration.close();
      reads.close();
    }
  }

  /** A read, what it is called, and its plan on the old side. */
  private record Named(SampledRead read, ReadCase.Name name, PlanReader plan) {}

  /**
   * Compares.
   *
   * @param reads by their texts without values
   */
  List<ReadComparison> of(Map<String, List<SampledRead>> reads) {
    Map<ReadCase.Name, ReadComparison> found = new LinkedHashMap<>();
    List<Named> fit = new ArrayList<>();
    try (Side here = open(old);
        Side there = open(successor)) {
      held.set(here.reads());
      Duration all = deadline.remaining().plus(SLACK);
      DeadlineGuard guard = DeadlineGuard.abortAfter(all, () -> abort(here, there));
      try (guard) {
        AppliedPosition position =
            AppliedPosition.of(
                here.reads().connection(), there.reads().connection(), deadline, stopped);
        if (!position.isFollowed()) {
          return unfit(reads, found, "no enabled subscription over there has all of its tables");
        }
        Set<String> clocked = ClockedFunctions.of(here.reads().connection());
        reads.forEach(
            (fingerprint, alike) ->
                alike.forEach(read -> sort(read, fingerprint, here, clocked, fit, found)));
        compare(fit, here, there, position, found);
      }
    } catch (SQLException | RuntimeException failure) {
      LOG.debug("Reads were not compared: {}", kindOf(failure));
      return unfit(reads, found, "a connection failed: " + kindOf(failure));
    }
    return List.copyOf(found.values());
  }

  /** What is said of a failure: its text may hold values of the application. */
  static String kindOf(Exception failure) {
    return failure instanceof SQLException refused
        ? "error " + refused.getSQLState()
        : failure.getClass().getSimpleName();
  }

  private static void abort(Side here, Side there) {
    here.reads().abort();
    there.reads().abort();
  }

  private Side open(Endpoint endpoint) throws SQLException {
    Opening opening = connector.opening(endpoint);
    Registration registration = cluster.register(endpoint, opening::abort);
    boolean isOpen = false;
    try {
      PhysicalConnection physical = opening.open(OPENING_LIMIT);
      isOpen = true;
      return new Side(new SampleConnection(physical), registration);
    } finally {
      if (!isOpen) {
        registration.close();
      }
    }
  }

  /** All that was not compared is named with the reason, by its text alone. */
  private static List<ReadComparison> unfit(
      Map<String, List<SampledRead>> reads, Map<ReadCase.Name, ReadComparison> found, String why) {
    List<ReadComparison> all = new ArrayList<>(found.values());
    for (String fingerprint : reads.keySet()) {
      ReadCase.Name name = ReadCase.Name.of(fingerprint, List.of());
      if (all.stream().noneMatch(known -> known.read().hash().equals(name.hash()))) {
        all.add(unfit(name, why));
      }
    }
    return all;
  }

  private static ReadComparison unfit(ReadCase.Name name, String why) {
    return new ReadComparison(name, Verdict.UNFIT, why, ReadSide.NONE, ReadSide.NONE);
  }

  /** Asks the old side for types and plan, and whether it can be compared at all. */
  private void sort(
      SampledRead read,
      String fingerprint,
      Side here,
      Set<String> clocked,
      List<Named> fit,
      Map<ReadCase.Name, ReadComparison> found) {
    ReadCase.Name name = ReadCase.Name.of(fingerprint, List.of());
    String why;
    try {
      name = ReadCase.Name.of(fingerprint, here.reads().types(read));
      PlanReader plan = here.reads().plan(read);
      why = plan.obstacle(clocked);
      if (why == null && hasMovingDate(read.inputs())) {
        why = "a parameter may be a date that moves";
      }
      if (why == null) {
        fit.add(new Named(read, name, plan));
        return;
      }
    } catch (SQLException | RuntimeException refused) {
      why = "the old side refuses it now: " + kindOf(refused);
    }
    found.putIfAbsent(name, unfit(name, why));
  }

  /** Asks for all that there can be: in the simple mode of the driver nobody says how many. */
  private static boolean hasMovingDate(ParameterValues values) {
    for (int index = 1; index <= MOST_PARAMETERS; index++) {
      String text = values.value(index).text();
      if (text != null && MomentWords.isMovingDate(text)) {
        return true;
      }
    }
    return false;
  }

  private void compare(
      List<Named> fit,
      Side here,
      Side there,
      AppliedPosition position,
      Map<ReadCase.Name, ReadComparison> found)
      throws SQLException {
    Map<SampledRead, Outcome> outcomes =
        new ReadComparer<>(here.reads(), there.reads(), position, SampleComparison::pause)
            .compare(fit.stream().map(Named::read).toList(), deadline, stopped);
    for (Named one : fit) {
      Outcome outcome = outcomes.getOrDefault(one.read(), Outcome.OPEN);
      found.merge(one.name(), told(one, outcome, there), ReadComparison::worse);
    }
  }

  private static void pause() {
    LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(LONGEST_PAUSE_NANOS));
  }

  private ReadComparison told(Named one, Outcome outcome, Side there) throws SQLException {
    Verdict verdict = outcome.verdict() == null ? Verdict.MOVES : outcome.verdict();
    Look here = outcome.old();
    Look over = outcome.successor();
    boolean isOpen =
        one.read().shape().open()
            || (one.read().shape().limited() && one.read().shape().keys() == null);
    if (isOpen && (verdict == Verdict.ROWS || verdict == Verdict.ORDER)) {
      verdict = Verdict.LEFT_OPEN;
    }
    boolean isDifferent = verdict == Verdict.ROWS || verdict == Verdict.LEFT_OPEN;
    return new ReadComparison(
        one.name(),
        verdict,
        note(verdict, here, over),
        side(here, isDifferent ? over : null, one.plan().nodes()),
        side(over, isDifferent ? here : null, planThere(one.read(), over, there)));
  }

  private List<String> planThere(SampledRead read, @Nullable Look over, Side there)
      throws SQLException {
    if (!(over instanceof Look.Rows)
        || deadline.remaining().plus(SLACK).compareTo(SHORTEST_LEFT) < 0) {
      return List.of();
    }
    try {
      return there.reads().plan(read).nodes();
    } catch (SQLException refused) {
      there.reads().refused(refused);
      return List.of();
    }
  }

  private static String note(Verdict verdict, @Nullable Look here, @Nullable Look over) {
    return switch (verdict) {
      case MOVES ->
          over == null
              ? "replication is behind, or there was no time left"
              : "what it reads changes all the time";
      case UNFIT -> over == null ? reason(here) : reason(over);
      case REFUSED, SLOW -> reason(over);
      default -> "";
    };
  }

  private static String reason(@Nullable Look look) {
    if (look instanceof Look.Unfit unfit) {
      return unfit.reason();
    }
    return look instanceof Look.Refused refused ? refused.message() : "it was not looked at";
  }

  private static ReadSide side(@Nullable Look look, @Nullable Look different, List<String> plan) {
    if (!(look instanceof Look.Rows rows)) {
      return ReadSide.NONE;
    }
    String odd =
        different instanceof Look.Rows other ? rows.hashes().firstMissingIn(other.hashes()) : null;
    return new ReadSide(
        rows.hashes().whole(), rows.hashes().rows(), rows.nanos(), plan, odd == null ? "" : odd);
  }
}
