package io.baton.failover.cutover;

import io.baton.failover.Deadline;
import io.baton.failover.HandOvers;
import io.baton.failover.reads.SampledReads;
import io.baton.routing.Cluster;
import io.baton.routing.cutover.CutoverNotice;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.FailureText;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * What one member does for a rehearsal, part by part: it sees whether it reaches the successor, has
 * one session of each kind rebuilt there and, if that is asked for, samples reads of its sessions
 * for a while and has them run on both sides.
 *
 * <p>Sessions are not touched, nothing waits, and what is opened for it is closed at once. So there
 * is nothing to take back, whoever dies meanwhile.
 *
 * <p>Used by the thread of its member.
 */
final class ParticipantRehearsal {

  /** How long reads may be compared. */
  static final Duration COMPARING = Duration.ofSeconds(60);

  private final Cluster cluster;
  private final HandOvers handOvers;
  private final SampledReads reads;
  private final CutoverNotice notice;
  private final List<RehearsalNote> compared = new ArrayList<>();
  private final SessionTrials trials = new SessionTrials();

  /** What is to be said once all is done. */
  private final List<String> lines = new ArrayList<>();

  private final Set<Integer> told = new HashSet<>();
  private boolean tried;
  private boolean done;

  ParticipantRehearsal(
      Cluster cluster, HandOvers handOvers, SampledReads reads, CutoverNotice notice) {
    this.cluster = cluster;
    this.handOvers = handOvers;
    this.reads = reads;
    this.notice = notice;
    if (notice.sampling() == null) {
      reads.end();
    } else {
      reads.begin();
    }
  }

  boolean isOf(CutoverNotice other) {
    return notice.id().equals(other.id());
  }

  /**
   * Goes on with it.
   *
   * @param age for how long it is under way
   * @param over whether it is over, whatever was done
   */
  void go(Duration age, BooleanSupplier over) {
    if (done || over.getAsBoolean()) {
      return;
    }
    Duration left = notice.left().minus(CutoverPlan.MARGIN.multipliedBy(2));
    Duration sampling = notice.sampling();
    Duration forTrials = sampling == null ? left : left.minus(COMPARING);
    if (!tried) {
      boolean isLate = age.compareTo(forTrials) > 0;
      tried = isLate || (isReached() && trials.tryNext(handOvers.members()));
    }
    if (tried && sampling != null && age.compareTo(sampling) >= 0) {
      compare(left.minus(age), over);
    }
    done = tried && (sampling == null || age.compareTo(sampling) >= 0);
    if (done) {
      List<RehearsalNote> notes = new ArrayList<>(trials.notes());
      notes.addAll(unreached());
      notes.addAll(compared);
      notes.forEach(note -> lines.add(note.line()));
    }
  }

  private void compare(Duration left, BooleanSupplier over) {
    Optional<Endpoint> here =
        cluster.topology().writer().map(EndpointState::endpoint).filter(this::isOld);
    Optional<Endpoint> there = notice.successor().stream().filter(this::isWriter).findFirst();
    if (here.isPresent() && there.isPresent()) {
      Duration limit = left.compareTo(COMPARING) < 0 ? left : COMPARING;
      reads
          .compare(here.get(), there.get(), Deadline.after(limit, System::nanoTime), over)
          .forEach(one -> compared.add(RehearsalNote.read(one)));
      if (compared.isEmpty()) {
        compared.add(RehearsalNote.noReads("it made none that can be run again"));
      }
    } else {
      compared.add(RehearsalNote.noReads("no writer of both clusters is known to it"));
    }
    reads.end();
  }

  private boolean isOld(Endpoint endpoint) {
    return !notice.successor().contains(endpoint);
  }

  boolean isDone() {
    return done;
  }

  String summary() {
    return handOvers.sessions() + " sessions";
  }

  /** What is to be said and was not, by its number. */
  Map<Integer, String> untold() {
    Map<Integer, String> untold = new LinkedHashMap<>();
    for (int number = 0; number < lines.size(); number++) {
      if (!told.contains(number)) {
        untold.put(number, lines.get(number));
      }
    }
    return untold;
  }

  void told(int number) {
    told.add(number);
  }

  /** Whether a monitor, which logs in as the sessions do, has found a writer over there. */
  private boolean isReached() {
    return notice.successor().stream().anyMatch(this::isWriter);
  }

  private boolean isWriter(Endpoint endpoint) {
    return cluster.topology().state(endpoint).filter(EndpointState::takesWrites).isPresent();
  }

  private List<RehearsalNote> unreached() {
    boolean reached = isReached();
    List<RehearsalNote> notes = new ArrayList<>();
    for (Endpoint endpoint : notice.successor()) {
      Optional<EndpointState> state = cluster.topology().state(endpoint);
      SQLException failure = state.map(EndpointState::failure).orElse(null);
      if (failure != null || (!reached && !isWriter(endpoint))) {
        String why =
            failure == null
                ? state.map(known -> known.availability().toString()).orElse("not known")
                : FailureText.message(failure);
        notes.add(RehearsalNote.unreached(endpoint.toString(), why, reached));
      }
    }
    return notes;
  }
}
