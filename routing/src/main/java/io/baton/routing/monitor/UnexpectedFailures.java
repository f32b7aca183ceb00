package io.baton.routing.monitor;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of a failure in a background thread that nobody expected: it is said, once of each
 * kind, and the thread goes on after a {@linkplain #REST rest}.
 *
 * <p>Nothing ends such a thread but being told to. A cluster without its monitors would be blind
 * for as long as the JVM lives, and would not say so. That holds for errors, too, also for memory
 * or stack that was lacking for a moment: the application goes on after these, and needs its
 * servers.
 *
 * <p>Thread-safe.
 */
public final class UnexpectedFailures {

  /** How long a thread rests that goes on, so that what fails each time does not fill a log. */
  public static final Duration REST = Duration.ofSeconds(1);

  private static final Logger log = LoggerFactory.getLogger(UnexpectedFailures.class);

  private final String thread;
  private final Set<String> told = ConcurrentHashMap.newKeySet();

  /**
   * Makes one that has said nothing yet.
   *
   * @param thread whose failures they are, for people
   */
  public UnexpectedFailures(String thread) {
    this.thread = thread;
  }

  /** Says it, at WARN the first time. Never throws. */
  public void tell(Throwable failure) {
    try {
      if (told.add(failure.getClass().getName())) {
        log.warn("{} did not expect this, and goes on", thread, failure);
      } else {
        log.debug("{} did not expect this, and goes on", thread, failure);
      }
    } catch (RuntimeException | Error unsaid) {
      return; // A log that fails, or memory that lacks, must not end the thread either.
    }
  }
}
