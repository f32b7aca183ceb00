package io.baton.failover.cutover;

import static java.util.function.Predicate.not;

import io.baton.failover.HandOvers;
import io.baton.failover.HandOvers.Attempt;
import io.baton.failover.HandOvers.Member;
import io.baton.failover.HandOvers.NotThere;
import io.baton.failover.HandOvers.Staying;
import io.baton.failover.reads.SampledReads;
import io.baton.routing.Cluster;
import io.baton.routing.ClusterAttachment;
import io.baton.routing.cutover.CutoverNotice;
import io.baton.routing.cutover.CutoverStage;
import io.baton.routing.monitor.UnexpectedFailures;
import io.baton.routing.topology.CutoverTerms;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import io.baton.session.sql.SqlQuoting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes part in a cut over for the sessions of one cluster in this JVM: has them prepare their
 * connections to the successor, reports that none is in a transaction, ends those that take too
 * long, and sees them off.
 *
 * <p>In a rehearsal it has one session of each kind rebuilt there, and reports what was found:
 * {@link ParticipantRehearsal}.
 *
 * <p>It decides nothing: the gate closes and opens by what the database says ({@link
 * io.baton.routing.cutover.Cutovers}). What it reports holds from then on: that a session rests is
 * looked at with its calls locked and after the gate was closed, so its next transaction waits, and
 * so does what would change the session. A session rests only once the successor has taken what it
 * has become since it was prepared.
 *
 * <p>A cut over to servers that the configuration does not name, and one that holds transactions
 * back for longer than this application accepts ({@link CutoverTerms}), it refuses: that takes it
 * back for everybody. Half of the time that is accepted, open transactions may end by themselves.
 *
 * <p>When the time of a stage is over and nobody has gone on, it takes the cut over back, by a
 * function of the database that refuses as long as the time is not over.
 *
 * <p>Thread-safe. It has a thread while a cut over is under way.
 */
public final class CutoverParticipant implements ClusterAttachment {

  private static final Logger LOG = LoggerFactory.getLogger(CutoverParticipant.class);

  private static final long ROUND_NANOS = Duration.ofMillis(5).toNanos();

  /** Which part of the sessions may begin while the others are prepared. */
  private static final int FEW = 20;

  /** How often what has not changed is reported, and the database is asked again. */
  private static final Duration REPORT_AGAIN = Duration.ofSeconds(1);

  /** How long after the end of a stage somebody else is waited for. */
  private static final Duration SLACK = Duration.ofMillis(200);

  /** How long sessions leave the old side with their next call, before idle ones are moved. */
  private static final Duration BY_THEMSELVES = Duration.ofMillis(500);

  /** How long no session may have left the old side until those that are there are ended. */
  private static final Duration LEAVING = Duration.ofSeconds(20);

  private final Cluster cluster;
  private final HandOvers handOvers;
  private final OldDatabase oldDatabase;
  private final SampledReads reads;
  private final AtomicBoolean running = new AtomicBoolean();
  private volatile boolean closed;

  private final UnexpectedFailures unexpected =
      new UnexpectedFailures("The thread that takes part in a cut over");

  /** What was reported last, and when. */
  private record Report(CutoverStage stage, boolean ready, String note, List<Integer> backends) {}

  /** Creates one, which waits for a cut over. */
  public CutoverParticipant(Cluster cluster, HandOvers handOvers, SampledReads reads) {
    this.cluster = cluster;
    this.handOvers = handOvers;
    this.oldDatabase = new OldDatabase(cluster);
    this.reads = reads;
    cluster.cutovers().addListener(this::heard);
    CutoverNotice present = cluster.cutovers().newest();
    if (present != null) {
      heard(present);
    }
  }

  private void heard(CutoverNotice notice) {
    if (notice.stage() != CutoverStage.TAKEN_BACK
        && !closed
        && running.compareAndSet(false, true)) {
      cluster.thread("baton-cutover", this::run).start();
    }
  }

  /** The cluster is closed. Who drives a cut over is told not to wait for it. */
  @Override
  public void close() {
    closed = true;
  }

  private void run() {
    try {
      Round round = new Round();
      while (!closed && !round.isOver()) {
        try {
          round.go();
        } catch (RuntimeException | Error fault) {
          unexpected.tell(fault);
        }
        LockSupport.parkNanos(ROUND_NANOS);
      }
      round.leave();
    } finally {
      reads.end();
      running.set(false);
      oldDatabase.close();
    }
    CutoverNotice next = cluster.cutovers().present();
    if (next != null && !next.stage().isFinal()) {
      heard(next); // It began while this thread was about to end.
    }
  }

  /** One cut over, looked at again and again. Used by its thread. */
  private final class Round {

    private @Nullable CutoverNotice notice;

    /** That of the old cluster when it was first looked at. */
    private long timeline;

    /** The sessions that were at rest once while the gate was closed. */
    private final Set<Long> rested = new HashSet<>();

    /** The rehearsal that is under way; null if there is none. */
    private @Nullable ParticipantRehearsal rehearsal;

    /** What prepares the sessions; null before that has begun. */
    private @Nullable CutoverPreparation preparation;

    private boolean told;
    private boolean refused;
    private long since = System.nanoTime();
    private @Nullable Report reported;
    private long reportedAt;
    private boolean over;

    /** When transactions were held back; 0 if they were not. */
    private long heldSince;

    /** How many sessions were at the old side, and since when. */
    private int staying = -1;

    private long stayingSince = System.nanoTime();

    /** The sessions that could not be moved to the successor once it was open. */
    private final Set<Long> unmovable = new HashSet<>();

    private final CutoverTerms terms = cluster.settings().cutover();

    /** The name of this member; made here, for random numbers cost a young JVM time. */
    private final UUID member = UUID.randomUUID();

    boolean isOver() {
      return over;
    }

    void go() {
      CutoverNotice unwanted = cluster.cutovers().refused();
      if (unwanted != null) {
        over = unwanted.stage().isFinal();
        if (!over) {
          refuse(
              unwanted,
              "it goes to %s, and baton.successor of a program that takes part names %s"
                  .formatted(unwanted.successor(), terms.successor()));
        }
        return;
      }
      CutoverNotice now = cluster.cutovers().present();
      if (now == null || now.stage() == CutoverStage.TAKEN_BACK) {
        members().forEach(one -> stay(one));
        over = true;
        return;
      }
      if (!now.equals(notice)) {
        if (now.stage() != CutoverStage.OPENED && timeline == 0) {
          timeline = cluster.topology().timeline();
        }
        notice = now;
        since = System.nanoTime();
        if (heldSince == 0 && now.stage().holdsTransactions()) {
          heldSince = since;
        }
      }
      Duration age = Duration.ofNanos(System.nanoTime() - since);
      switch (now.stage()) {
        case REHEARSED -> rehearse(now, age);
        case ANNOUNCED -> report(now, prepared(now));
        case GATED, FENCED -> report(now, resting(now, age));
        case OPENED -> see(now, age);
        case TAKEN_BACK -> over = true;
      }
      if (!now.stage().isFinal() && age.compareTo(now.left().plus(SLACK)) > 0) {
        takeBack(now);
      } else if (now.stage().holdsTransactions() && held().compareTo(terms.pause()) > 0) {
        refuse(
            now,
            "transactions were held back for longer than baton.cutoverPause, %d ms, when it was %s: %s"
                .formatted(
                    terms.pause().toMillis(),
                    now.stage().text(),
                    reported == null ? "" : reported.note()));
      }
    }

    private Duration held() {
      return heldSince == 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - heldSince);
    }

    /** There are no sessions any more that would have to be waited for. */
    void leave() {
      CutoverNotice now = notice;
      if (closed && reported != null && now != null && !now.stage().isFinal()) {
        report(now, new Report(CutoverStage.OPENED, true, "closed", List.of()));
      }
    }

    /** Does the next part of a rehearsal, and reports what was found so far. */
    private void rehearse(CutoverNotice now, Duration age) {
      ParticipantRehearsal present = rehearsal;
      if (present == null || !present.isOf(now)) {
        present = new ParticipantRehearsal(cluster, handOvers, reads, now);
        rehearsal = present;
      }
      present.go(age, () -> closed || !now.equals(cluster.cutovers().present()));
      boolean allTold = true;
      for (Map.Entry<Integer, String> one : present.untold().entrySet()) {
        String sql =
            "select baton.cutover_found(%s, %s, %d, %s)"
                .formatted(
                    uuid(now.id()), uuid(member), one.getKey(), SqlQuoting.literal(one.getValue()));
        if (oldDatabase.tell(sql)) {
          present.told(one.getKey());
        } else {
          allTold = false;
          break;
        }
      }
      report(
          now, new Report(now.stage(), allTold && present.isDone(), present.summary(), backends()));
    }

    private List<Member> members() {
      return handOvers.members();
    }

    private void stay(Member one) {
      left(notice).forEach(endpoint -> one.stay(endpoint, null));
    }

    /** The endpoints of the old side. */
    private List<Endpoint> left(@Nullable CutoverNotice present) {
      List<Endpoint> successor = present == null ? List.of() : present.successor();
      return cluster.topology().endpoints().stream()
          .map(EndpointState::endpoint)
          .filter(endpoint -> !successor.contains(endpoint))
          .toList();
    }

    /**
     * Has every session prepare its move. Those that have begun just now are waited for, unless
     * they are few: a program that opens connections all the time would never be ready. It is given
     * up when the gate is closed: then the few leave by themselves.
     */
    private Report prepared(CutoverNotice now) {
      CutoverPreparation present = preparation;
      if (present == null) {
        present = new CutoverPreparation(cluster, handOvers, now, left(now), () -> closed);
        preparation = present;
      }
      present.go();
      List<Member> all = members();
      Map<Long, String> unready = present.unready(all);
      List<Member> begun = all.stream().filter(not(present::hasSeen)).toList();
      if (begun.size() > Math.max(1, all.size() / FEW) || begun.size() == all.size()) {
        begun.forEach(one -> unready.put(one.number(), "it has just begun"));
      }
      return said(now.stage(), unready);
    }

    /** Looks whether every session rests, and ends transactions that take too long. */
    private Report resting(CutoverNotice now, Duration age) {
      boolean isLate =
          age.compareTo(now.left().minus(CutoverPlan.MARGIN)) > 0
              || held().compareTo(terms.pause().dividedBy(2)) > 0;
      Map<Long, String> busy = new LinkedHashMap<>();
      for (Member one : members()) {
        if (rested.contains(one.number())) {
          continue; // What it has begun since waits, or reads outside of a transaction.
        }
        Attempt rest = one.rest();
        if (rest instanceof Staying cannot) {
          // Nothing changes it any more: everybody would wait in vain.
          refuse(now, "session %d: %s".formatted(one.number(), cannot.reason()));
          busy.put(one.number(), cannot.reason());
        } else if (rest instanceof NotThere || (isLate && one.interrupt())) {
          rested.add(one.number());
        } else {
          busy.put(
              one.number(),
              isLate
                  ? "a call is under way, or a transaction that cannot be replayed"
                  : "a transaction is open, or a call is under way");
        }
      }
      return said(now.stage(), busy);
    }

    private Report said(CutoverStage stage, Map<Long, String> open) {
      String note =
          open.entrySet().stream()
              .limit(5)
              .map(one -> "session " + one.getKey() + ": " + one.getValue())
              .collect(Collectors.joining("; "));
      String all =
          open.isEmpty()
              ? members().size() + " sessions"
              : members().size() + " sessions, " + open.size() + " not ready. " + note;
      return new Report(stage, open.isEmpty(), all, backends());
    }

    private List<Integer> backends() {
      List<Integer> backends = new ArrayList<>();
      members().forEach(one -> backends.addAll(one.backends()));
      Endpoint writer = oldDatabase.writer();
      if (writer != null) {
        cluster.watcher(writer).ifPresent(backends::add);
      }
      return backends;
    }

    /**
     * Waits until everybody has left. Who is in use leaves by itself, and first; then those that
     * are idle are moved. Who can do neither is ended, and goes on as after a failover.
     */
    private void see(CutoverNotice now, Duration age) {
      List<Endpoint> old = left(now);
      List<Member> held =
          members().stream().filter(one -> old.stream().anyMatch(one::isHeldBy)).toList();
      if (held.size() != staying) {
        staying = held.size();
        stayingSince = System.nanoTime();
      }
      if (age.compareTo(BY_THEMSELVES) > 0) {
        held.stream()
            .filter(one -> !unmovable.contains(one.number()))
            .forEach(one -> old.stream().filter(one::isHeldBy).forEach(from -> move(one, from)));
      }
      if (held.isEmpty() || System.nanoTime() - stayingSince > LEAVING.toNanos()) {
        old.forEach(endpoint -> cluster.abort(endpoint, "the cluster was cut over"));
        report(now, new Report(now.stage(), true, members().size() + " sessions", List.of()));
        cluster.forgetPredecessor();
        over = true;
      }
    }

    /** Each attempt costs the successor a login: what it refuses for good is tried once. */
    private void move(Member one, Endpoint from) {
      if (one.handOver(from, null) instanceof Staying) {
        unmovable.add(one.number());
      }
    }

    private void report(CutoverNotice now, Report report) {
      boolean isNew = !Objects.equals(report, reported);
      if (!isNew && System.nanoTime() - reportedAt < REPORT_AGAIN.toNanos()) {
        return;
      }
      String sql =
          "select baton.cutover_report(%s, %s, %s, %s, %s, %s)"
              .formatted(
                  uuid(now.id()),
                  uuid(member),
                  SqlQuoting.literal(report.stage().text()),
                  report.ready(),
                  SqlQuoting.literal(report.note()),
                  report.backends().stream()
                      .map(String::valueOf)
                      .collect(Collectors.joining(",", "'{", "}'::pg_catalog.int4[]")));
      if (oldDatabase.tell(sql)) {
        reported = report;
        reportedAt = System.nanoTime();
      }
    }

    /** Takes it back, whatever its stage: this application does not go along. */
    private void refuse(CutoverNotice now, String reason) {
      if (isInDoubt(now)) {
        return;
      }
      if (!refused) {
        refused = true;
        LOG.warn("The cut over to {} is refused, and taken back: {}", now.successor(), reason);
      }
      tellToEnd(
          now,
          "select baton.cutover_refuse(%s, %s, %s)"
              .formatted(uuid(now.id()), uuid(member), SqlQuoting.literal(reason)));
    }

    private void takeBack(CutoverNotice now) {
      if (isInDoubt(now)) {
        return;
      }
      LOG.warn("The cut over to {} does not go on, and is taken back", now.successor());
      tellToEnd(now, "select baton.cutover_take_back(" + uuid(now.id()) + ")");
    }

    private void tellToEnd(CutoverNotice now, String sql) {
      if (oldDatabase.tell(sql)) {
        left(now).forEach(cluster::look);
        LockSupport.parkNanos(10 * ROUND_NANOS);
      }
    }

    /** Whether it may have opened although that is not known here. */
    private boolean isInDoubt(CutoverNotice now) {
      long present = cluster.topology().timeline();
      if (now.stage() != CutoverStage.FENCED || timeline == 0 || present <= timeline) {
        return false;
      }
      if (!told) {
        told = true;
        LOG.error(
            "The old cluster failed over, from timeline {} to {}, while it was fenced for the cut"
                + " over {} to {}. Whether that has opened may be lost with the old writer, so it"
                + " is not taken back, and transactions go on waiting. If nothing has written to"
                + " the new cluster, call baton.cutover_undo('{}', 'by hand') in the old database"
                + " as its owner; else set its stage to 'opened'",
            timeline,
            present,
            now.id(),
            now.successor(),
            now.id());
      }
      return true;
    }
  }

  private static String uuid(UUID id) {
    return "'" + id + "'::pg_catalog.uuid";
  }
}
