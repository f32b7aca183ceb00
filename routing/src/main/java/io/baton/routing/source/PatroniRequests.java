package io.baton.routing.source;

import io.baton.routing.topology.Environment;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks addresses of Patroni's REST interface until one gives a good answer. Each has {@value
 * #HEAD_START_MILLIS} ms before the next one is asked beside it: the node that hangs is often the
 * one that answered last, since it was the leader.
 *
 * <p>Until one has answered, an answer has {@value #FIRST_TIMEOUT_MILLIS} ms instead of {@value
 * PatroniSource#TIMEOUT_MILLIS}: the first question of a JVM by HTTPS starts its TLS, and a
 * certificate that is not trusted is to be named, and not that there was no answer.
 *
 * <p>Used by one thread, except for {@link #close}.
 */
final class PatroniRequests {

  static final int HEAD_START_MILLIS = 250;
  static final int FIRST_TIMEOUT_MILLIS = 10_000;

  /** Reads an answer. */
  interface Reading<T> {

    /** Reads it; fails if it makes no sense, and then another address is asked. */
    T read(String text, URI address, long askedAt) throws IOException;
  }

  private final LongSupplier nanoTime;
  private final Environment.Threads threads;

  /** Those that may not be over. */
  private final Set<PatroniRequest> begun = ConcurrentHashMap.newKeySet();

  /** Whether there was an answer, good or not. */
  private boolean answered;

  private volatile boolean closed;

  PatroniRequests(LongSupplier nanoTime, Environment.Threads threads) {
    this.nanoTime = nanoTime;
    this.threads = threads;
  }

  /**
   * Asks.
   *
   * @throws IOException why the first one gave no good answer, the others suppressed
   */
  <T> T first(List<URI> addresses, Reading<T> reading) throws IOException {
    Failures failures = new Failures();
    BlockingQueue<PatroniRequest> ended = new LinkedBlockingQueue<>();
    Iterator<URI> next = free(addresses).iterator();
    int open = 0;
    int longest = answered ? PatroniSource.TIMEOUT_MILLIS : FIRST_TIMEOUT_MILLIS;
    try {
      while (open > 0 || next.hasNext()) {
        if (closed) {
          throw new IOException("the cluster is closed");
        }
        if (next.hasNext()) {
          begin(next.next(), longest, ended);
          open++;
        }
        int limit = next.hasNext() ? HEAD_START_MILLIS : longest;
        PatroniRequest over = ended.poll(limit, TimeUnit.MILLISECONDS);
        if (over == null && !next.hasNext()) {
          throw failures.and(new IOException("no answer within " + longest + " ms"));
        }
        if (over != null) {
          open--;
          try {
            String text = over.text();
            answered = true;
            return reading.read(text, over.address(), over.askedAt());
          } catch (IOException | RuntimeException | StackOverflowError failure) {
            failures.add(over.address(), failure);
          }
        }
      }
      throw failures.and(null);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while Patroni was asked");
    } finally {
      cancel();
    }
  }

  /** A request that was cancelled while it was connected is still under way for a moment. */
  private List<URI> free(List<URI> addresses) {
    begun.removeIf(PatroniRequest::isOver);
    List<URI> busy = begun.stream().map(PatroniRequest::address).toList();
    List<URI> free = addresses.stream().filter(one -> !busy.contains(one)).toList();
    return free.isEmpty() ? addresses : free;
  }

  /** Why there was no good answer. */
  private static final class Failures {

    private @Nullable IOException first;

    void add(URI address, Throwable failure) {
      add(
          failure instanceof IOException known
              ? known
              : new IOException(address + " does not answer as Patroni does: " + failure, failure));
    }

    private void add(IOException failure) {
      if (first == null) {
        first = failure;
      } else {
        first.addSuppressed(failure);
      }
    }

    IOException and(@Nullable IOException last) {
      if (last != null) {
        add(last);
      }
      return first == null ? new IOException("there is no address to ask") : first;
    }
  }

  private void begin(URI address, int limitMillis, BlockingQueue<PatroniRequest> ended) {
    PatroniRequest request = new PatroniRequest(address, nanoTime.getAsLong(), limitMillis, ended);
    begun.add(request);
    threads.create("baton-patroni " + address, request).start();
  }

  private void cancel() {
    begun.forEach(PatroniRequest::cancel);
  }

  /** Ends those that are under way, and begins none any more. Does not block. */
  void close() {
    closed = true;
    cancel();
  }
}
