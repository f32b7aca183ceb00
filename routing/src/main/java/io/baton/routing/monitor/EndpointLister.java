package io.baton.routing.monitor;

import io.baton.routing.topology.EndpointListing;
import io.baton.routing.topology.Environment;
import io.baton.routing.topology.Topology;
import io.baton.routing.topology.WriterLease;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at a source of endpoints again and again: one thread for a cluster. A source that fails
 * leaves the last listing as it was. One that has never answered is asked again soon: what it is
 * there for, such as the name of the leader, is missing until it does.
 */
public final class EndpointLister {

  private static final Logger log = LoggerFactory.getLogger(EndpointLister.class);

  /** How often a source is asked while the cluster has no writer. */
  private static final Duration URGENT_PAUSE = Duration.ofMillis(250);

  private static final Duration FOR_EVER = Duration.ofDays(365);
  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(20);

  /** The cluster, as its lister sees it. */
  public interface Surroundings {

    /**
     * The source answered.
     *
     * @param askedAt the nanosecond clock before it was asked
     */
    void listed(EndpointListing listing, long askedAt);

    /** The source failed. */
    void failed(Exception failure);

    /** Time has passed: a lease may have run out. */
    void checkLease();

    /** The newest snapshot. */
    Topology topology();

    /** Whether a writer is missing and wanted. */
    boolean isUrgent();
  }

  private final EndpointSource source;
  private final Duration refresh;
  private final Surroundings surroundings;
  private final Environment environment;
  private final UnexpectedFailures unexpected;
  private final WakeUpSignal wakeUp = new WakeUpSignal();
  private volatile boolean stopped;

  /** Whether a server that was asked refused the login: haste would lock the account. */
  private volatile boolean loginRefused;

  // All below are used by the thread only.

  private final ConnectPauses connectPauses;
  private final Backoff firstAnswer;
  private boolean failing;
  private boolean answered;

  private Duration leaseLeft = FOR_EVER;

  /**
   * Makes a lister, which asks once it is started.
   *
   * @param refresh how often the source is asked in quiet times
   */
  public EndpointLister(
      EndpointSource source, Duration refresh, Surroundings surroundings, Environment environment) {
    this.source = source;
    this.refresh = refresh;
    this.surroundings = surroundings;
    this.environment = environment;
    this.unexpected = new UnexpectedFailures("The lister of " + source.description());
    this.firstAnswer = new Backoff(environment.random(), URGENT_PAUSE);
    this.connectPauses = new ConnectPauses(environment.random(), refresh);
  }

  /** Starts the thread, which looks at once. */
  public void start() {
    environment.threads().create("baton-topology " + source.description(), this::run).start();
  }

  /** Lets it look at once, and not wait for a server that is lost. */
  public void wake() {
    wakeUp.signal();
    source.noticed(surroundings.topology());
  }

  /** Lets it look at once, if a login was refused when it last did. */
  public void retry() {
    if (loginRefused) {
      wakeUp.signal();
    }
  }

  /** Ends the thread, and what the source does. */
  public void stop() {
    stopped = true;
    wakeUp.signal();
    source.close();
  }

  private void run() {
    try {
      while (!stopped) {
        try {
          step();
        } catch (RuntimeException | Error failure) {
          unexpected.tell(failure);
          wakeUp.pause(UnexpectedFailures.REST);
        }
      }
    } catch (InterruptedException ended) {
      log.debug("The lister of {} was interrupted and ends", source.description());
    } finally {
      source.close();
    }
  }

  private void step() throws InterruptedException {
    Duration pause = look();
    if (!loginRefused && surroundings.isUrgent() && pause.compareTo(URGENT_PAUSE) > 0) {
      pause = URGENT_PAUSE;
    }
    wakeUp.pause(pause);
    surroundings.checkLease();
  }

  /** Looks once; returns how long to wait for the next time. */
  private Duration look() {
    long askedAt = environment.nanoTime().getAsLong();
    try {
      EndpointListing listing = source.list(surroundings.topology());
      if (listing.endpoints().isEmpty()) {
        throw new IOException("it lists no endpoint");
      }
      surroundings.listed(listing, askedAt);
      if (failing) {
        log.info("{} answers again", source.description());
      }
      failing = false;
      answered = true;
      loginRefused = false;
      connectPauses.reset();
      return untilNext(listing);
    } catch (IOException | SQLException | RuntimeException failure) {
      if (!stopped) {
        if (failing) {
          log.debug("{} still fails", source.description(), failure);
        } else {
          log.warn(
              "{} fails: {}; the endpoints stay as they were",
              source.description(),
              failure.toString());
        }
        failing = true;
        surroundings.failed(failure);
      }
      loginRefused = failure instanceof SQLException said && ConnectPauses.isOfLogin(said);
      Duration pause = shorter(leaseLeft, answered ? refresh : firstAnswer.next(refresh));
      return loginRefused
          ? AnswerTimes.longer(
              pause, connectPauses.next(ConnectPauses.Outcome.LOGIN_REFUSED, false))
          : pause;
    }
  }

  /** A lease is looked at twice before it runs out. */
  private Duration untilNext(EndpointListing listing) {
    WriterLease lease = listing.lease();
    Duration left = lease == null ? Duration.ZERO : lease.left();
    leaseLeft = left.isNegative() || left.isZero() ? FOR_EVER : left.dividedBy(2);
    return shorter(leaseLeft, refresh);
  }

  private static Duration shorter(Duration one, Duration other) {
    Duration shorter = one.compareTo(other) < 0 ? one : other;
    return shorter.compareTo(SHORTEST_PAUSE) < 0 ? SHORTEST_PAUSE : shorter;
  }
}
