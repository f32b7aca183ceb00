package io.baton.routing.monitor;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.baton.routing.cutover.CutoverNotice;
import io.baton.routing.cutover.CutoverStage;
import io.baton.routing.monitor.OpeningQuery.Opening;
import io.baton.routing.monitor.OpeningQuery.Openings;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.Environment;
import io.baton.routing.topology.FailureText;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the servers that may have taken the place of a cluster whether they have, while the cluster
 * has no writer: its servers may be gone for good, and with them the row that says so.
 *
 * <p>The argument. Asked are servers that the configuration names ({@code baton.successor}), or the
 * row of a cut over that was under way when the old servers went. Their database proves that a cut
 * over has opened by a row that is written after that, and opened is final ({@link OpeningQuery}).
 * Which cluster was left is compared by its system identifier. Where that is not known, since no
 * old server has answered in this JVM, the configuration says that these servers follow those of
 * the URL, and the row must be of one cluster only. Without such a row nothing is concluded.
 *
 * <p>It has a thread while it asks. Thread-safe.
 */
public final class SuccessorInquiry {

  private static final Logger log = LoggerFactory.getLogger(SuccessorInquiry.class);

  private static final Duration OPENING_LIMIT = Duration.ofSeconds(5);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONG_PAUSE = Duration.ofSeconds(5);
  private static final Executor SAME_THREAD = Runnable::run;

  /**
   * What is looked for.
   *
   * @param servers where
   * @param cutover the cut over that was under way; null if any will do that fits
   * @param predecessor the system identifier of the cluster that was left; null if it is not known
   */
  public record Search(List<Endpoint> servers, @Nullable UUID cutover, @Nullable Long predecessor) {

    /** Whether this cut over has opened. */
    public static Search of(CutoverNotice underWay) {
      return new Search(underWay.successor(), underWay.id(), null);
    }

    Opening in(Openings said) throws SQLException {
      return cutover == null ? said.newest(predecessor) : said.of(cutover);
    }
  }

  /** The cluster whose successor is looked for. */
  public interface Predecessor {

    /** What to look for; null if there is nothing to be found now. */
    @Nullable Search search();

    /** Takes over that a cut over has opened. */
    void opened(CutoverNotice notice);

    /** Every server was asked. */
    void asked();

    /** Whether a writer is missing and wanted. */
    boolean isUrgent();
  }

  private final AbortableConnection connection;
  private final Predecessor predecessor;
  private final List<Endpoint> named;
  private final Environment environment;
  private final UnexpectedFailures unexpected =
      new UnexpectedFailures("The inquiry after a successor");
  private final WakeUpSignal wakeUp = new WakeUpSignal();
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private boolean running;

  private volatile boolean stopped;
  private volatile boolean askedOnce;
  private volatile String account = "";

  /**
   * Makes one that is not asking yet.
   *
   * @param named the servers that the configuration names; may be empty
   */
  public SuccessorInquiry(
      Connector connector, Predecessor predecessor, List<Endpoint> named, Environment environment) {
    this.connection = new AbortableConnection(connector);
    this.predecessor = predecessor;
    this.named = named;
    this.environment = environment;
  }

  /** What the configuration has to be looked for; null if it names no server. */
  public @Nullable Search search(@Nullable Long identifier) {
    return named.isEmpty() ? null : new Search(named, null, identifier);
  }

  /** Whether the configuration names servers, and not all were asked once. */
  public boolean isInFirstRound() {
    return !named.isEmpty() && !askedOnce && !stopped;
  }

  /** What the servers said last, for people; empty if they were not asked. */
  public String account() {
    return account;
  }

  /** Asks, if there is something to look for. Does not block. */
  public void wake() {
    lock.lock();
    try {
      if (running || stopped || predecessor.search() == null) {
        return;
      }
      running = true;
    } finally {
      lock.unlock();
    }
    environment.threads().create("baton-successor", this::run).start();
  }

  /** Ends it for good. */
  public void stop() {
    stopped = true;
    wakeUp.signal();
    connection.abort();
  }

  private void run() {
    Backoff pauses = new Backoff(environment.random(), FIRST_PAUSE);
    try {
      while (isStillWanted()) {
        try {
          round(pauses);
        } catch (RuntimeException | Error failure) {
          unexpected.tell(failure);
          wakeUp.pause(UnexpectedFailures.REST);
        }
      }
    } catch (InterruptedException ended) {
      log.debug("The inquiry after a successor was interrupted and ends");
    } finally {
      connection.close();
    }
  }

  private void round(Backoff pauses) throws InterruptedException {
    Search search = predecessor.search();
    if (search != null) {
      ask(search);
    }
    askedOnce = true;
    predecessor.asked();
    wakeUp.pause(predecessor.isUrgent() ? pauses.next(LONG_PAUSE) : LONG_PAUSE);
  }

  /** Who wakes it finds it running, or what it looked for is still there to be found. */
  private boolean isStillWanted() {
    lock.lock();
    try {
      running = !stopped && predecessor.search() != null;
      return running;
    } finally {
      lock.unlock();
    }
  }

  private void ask(Search search) {
    List<String> answers = new ArrayList<>();
    for (Endpoint server : search.servers()) {
      if (stopped) {
        return;
      }
      try {
        Connection opened = connection.open(server, OPENING_LIMIT);
        opened.setNetworkTimeout(SAME_THREAD, Math.toIntExact(OPENING_LIMIT.toMillis()));
        Openings said = OpeningQuery.ask(opened);
        Opening opening = search.in(said);
        predecessor.opened(
            new CutoverNotice(
                opening.id(),
                CutoverStage.OPENED,
                search.servers(),
                said.identifier(),
                Duration.ZERO,
                0,
                null));
        account = "";
        return;
      } catch (SQLException | RuntimeException failure) {
        log.debug("{} does not say that it has taken over", server, failure);
        answers.add(server + ": " + FailureText.message(failure));
      } finally {
        connection.close();
      }
    }
    account = answers.stream().collect(Collectors.joining("; "));
  }
}
