package io.baton.engine;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.baton.failover.Deadline;
import io.baton.failover.reads.ReadComparison;
import io.baton.failover.reads.SampledReads;
import io.baton.jdbc.pgjdbc.PgConnector;
import io.baton.routing.Cluster;
import io.baton.routing.ClusterAttachment;
import io.baton.routing.topology.Endpoint;
import io.baton.session.SessionState;
import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.StatementAnalysis;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Samples of the reads that the sessions of a cluster make, kept while a rehearsal asks for them.
 *
 * <p>A read is kept only if it is proved to only read, and its text shows nothing that depends on
 * the moment. Of those that differ in their values alone a few are kept, each with the same chance.
 * All is bounded, in number and in bytes. While nothing is sampled, it costs a call one look at a
 * field; a call never waits for another one that is being kept.
 *
 * <p>Thread-safe.
 */
final class ReadSamples implements SampledReads, ClusterAttachment {

  private static final Logger LOG = LoggerFactory.getLogger(ReadSamples.class);

  /** How many reads that differ in more than their values are kept. */
  private static final int MOST = 200;

  /** How many of each. */
  private static final int MOST_OF_EACH = 3;

  private static final long MOST_BYTES = 8L << 20;

  /** Longer texts are not looked at. */
  private static final int LONGEST_TEXT = 20_000;

  /** How many texts are remembered of which it is known whether they are fit. */
  private static final int MOST_TEXTS = 2_000;

  private final Cluster cluster;
  private final PgConnector connector;
  private final FunctionCatalogue catalogue;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile boolean on;

  /** The connection to the old side, while reads are compared. */
  private final AtomicReference<@Nullable SampleConnection> held = new AtomicReference<>();

  /** The fingerprint of each text that was looked at; empty if it is not fit. */
  @GuardedBy("lock")
  private final Map<StatementAnalysis, String> texts = new HashMap<>();

  @GuardedBy("lock")
  private final Map<String, Kept> kept = new HashMap<>();

  @GuardedBy("lock")
  private long bytes;

  /** The samples of one fingerprint. */
  private static final class Kept {
    final List<SampledRead> reads = new ArrayList<>(1);
    int seen;
  }

  ReadSamples(Cluster cluster, PgConnector connector, FunctionCatalogue catalogue) {
    this.cluster = cluster;
    this.connector = connector;
    this.catalogue = catalogue;
    cluster.slots().addHolder(this::giveUp);
  }

  /** Whether reads are sampled now. */
  boolean isOn() {
    return on;
  }

  @Override
  public void begin() {
    forget();
    on = true;
  }

  @Override
  public void end() {
    on = false;
    forget();
  }

  @Override
  public void close() {
    end();
  }

  private void forget() {
    lock.lock();
    try {
      texts.clear();
      kept.clear();
      bytes = 0;
    } finally {
      lock.unlock();
    }
  }

  /**
   * A call has succeeded. Nothing of it is kept if that would mean to wait, or fails.
   *
   * @param state the state of its session
   */
  void take(Call<?, ?> call, SessionState state) {
    if (call.effect() != CallEffect.READ || isTied(state) || !lock.tryLock()) {
      return;
    }
    try {
      String fingerprint = on ? fingerprint(call.analysis()) : "";
      if (!fingerprint.isEmpty()) {
        keep(fingerprint, call, state);
      }
    } catch (SQLException | RuntimeException failure) {
      LOG.debug("A read was not sampled: {}", SampleComparison.kindOf(failure));
    } finally {
      lock.unlock();
    }
  }

  /** Whether its result may depend on what only this session has. */
  private static boolean isTied(SessionState state) {
    return !state.temporaries().isEmpty() || state.unnamed() || !state.elsewhere().isEmpty();
  }

  @GuardedBy("lock")
  private String fingerprint(StatementAnalysis analysis) {
    String known = texts.get(analysis);
    if (known == null) {
      known = isFit(analysis) ? analysis.wholeFingerprint() : "";
      if (texts.size() >= MOST_TEXTS) {
        texts.clear(); // Texts with their values in them; the others are looked at once more.
      }
      texts.put(analysis, known);
    }
    return known;
  }

  private boolean isFit(StatementAnalysis analysis) {
    if (analysis.text().length() > LONGEST_TEXT || !analysis.isSingleStatement()) {
      return false;
    }
    AnalysedStatement statement = analysis.statements().get(0);
    boolean isQuery =
        switch (statement.kind()) {
          case SELECT, VALUES, TABLE -> true;
          default -> false;
        };
    return isQuery
        && !(statement.relations().isEmpty() && statement.functions().isEmpty())
        && !analysis.needsWriter()
        && !analysis.recallsSequences()
        && !catalogue.isOfWriter(analysis)
        && !analysis.dependsOnMoment();
  }

  @GuardedBy("lock")
  private void keep(String fingerprint, Call<?, ?> call, SessionState state) throws SQLException {
    Kept alike = kept.get(fingerprint);
    if (alike == null) {
      if (kept.size() >= MOST) {
        return;
      }
      alike = new Kept();
      kept.put(fingerprint, alike);
    }
    alike.seen++;
    int place =
        alike.seen <= MOST_OF_EACH
            ? alike.reads.size()
            : ThreadLocalRandom.current().nextInt(alike.seen);
    if (place >= MOST_OF_EACH) {
      return;
    }
    Target<?> again = call.target().apart();
    CallInputs inputs = again == null ? null : call.target().inputs();
    if (again == null || inputs == null || inputs.isBatch() || inputs.hasOneShot()) {
      return;
    }
    long size = inputs.estimatedBytes() + 2L * call.analysis().text().length();
    SampledRead left = place < alike.reads.size() ? alike.reads.get(place) : null;
    long freed = left == null ? 0 : left.bytes();
    if (bytes + size - freed > MOST_BYTES) {
      return;
    }
    bytes += size - freed;
    SampledRead read = new SampledRead(call.analysis(), again, inputs, state, size);
    if (left == null) {
      alike.reads.add(read);
    } else {
      alike.reads.set(place, read);
    }
  }

  /** What is kept now. */
  private Map<String, List<SampledRead>> present() {
    lock.lock();
    try {
      Map<String, List<SampledRead>> present = new HashMap<>();
      kept.forEach(
          (fingerprint, alike) -> {
            if (!alike.reads.isEmpty()) {
              present.put(fingerprint, List.copyOf(alike.reads));
            }
          });
      return present;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public List<ReadComparison> compare(
      Endpoint old, Endpoint successor, Deadline deadline, BooleanSupplier stopped) {
    on = false;
    Map<String, List<SampledRead>> reads = present();
    try {
      return new SampleComparison(cluster, connector, old, successor, deadline, stopped, held)
          .of(reads);
    } finally {
      held.set(null);
    }
  }

  /** A session needs the connection more. */
  private boolean giveUp(Endpoint endpoint) {
    SampleConnection now = held.get();
    if (now == null || !now.isTo(endpoint)) {
      return false;
    }
    now.abort();
    return true;
  }
}
