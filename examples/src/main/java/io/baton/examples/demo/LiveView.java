package io.baton.examples.demo;

import io.baton.examples.demo.Terminal.Colour;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The line that says, while the load runs, how it goes: the rate of now and of the last seconds,
 * what was acknowledged, the errors, and where the primary is. Thread-safe.
 */
final class LiveView implements AutoCloseable {
  private static final int CURVE_LENGTH = 16;
  private static final String BLOCKS = " \u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588";

  private final Terminal terminal;
  private final Ledger ledger;
  private final RunClock clock;
  private final long periodMillis;
  private final ScheduledExecutorService scheduler =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "live view");
            thread.setDaemon(true);
            return thread;
          });
  private final Deque<Double> curve = new ArrayDeque<>();
  private long lastSettled;
  private long lastNanos;
  private volatile String phase = "";
  private volatile String primary = "";

  LiveView(Terminal terminal, Ledger ledger, RunClock clock) {
    this.terminal = terminal;
    this.ledger = ledger;
    this.clock = clock;
    this.periodMillis = terminal.abilities().live() ? 200 : 1000;
    this.lastNanos = clock.now();
  }

  void start(String firstPrimary) {
    primary = firstPrimary;
    var unused =
        scheduler.scheduleAtFixedRate(
            this::draw, periodMillis, periodMillis, TimeUnit.MILLISECONDS);
  }

  /** What is being done to the cluster. */
  void phase(String text) {
    phase = text;
  }

  /** The endpoint of the primary. */
  void primary(String text) {
    primary = text;
  }

  @Override
  public void close() {
    scheduler.shutdownNow();
    terminal.endStatus();
  }

  private void draw() {
    long now = clock.now();
    Ledger.Counts counts = ledger.counts();
    double rate = (counts.settled() - lastSettled) * 1e9 / Math.max(1, now - lastNanos);
    lastSettled = counts.settled();
    lastNanos = now;
    curve.addLast(rate);
    if (curve.size() > CURVE_LENGTH) {
      curve.removeFirst();
    }
    terminal.status(text(now, rate, counts));
  }

  private String text(long now, double rate, Ledger.Counts counts) {
    String errors = Units.counted(counts.errors(), "error");
    return terminal.paint(Colour.QUIET, Terminal.moment(now))
        + "  "
        + (terminal.abilities().live() && terminal.abilities().unicode()
            ? terminal.paint(rate > 0 ? Colour.GOOD : Colour.BAD, curveText()) + " "
            : "")
        + String.format(Locale.ROOT, "%6.0f/s  ", rate)
        + String.format(Locale.ROOT, "%,7d commits  ", counts.settled())
        + (counts.errors() == 0 ? errors : terminal.paint(Colour.BAD, errors))
        + "  "
        + primary
        + (phase.isEmpty() ? "" : "  " + terminal.paint(Colour.EVENT, phase));
  }

  private String curveText() {
    double highest = curve.stream().mapToDouble(rate -> rate).max().orElse(0);
    StringBuilder text = new StringBuilder(" ".repeat(CURVE_LENGTH - curve.size()));
    for (double rate : curve) {
      long level = highest == 0 ? 0 : Math.round(rate / highest * (BLOCKS.length() - 1));
      // What is not nothing is not shown as nothing.
      text.append(BLOCKS.charAt((int) (rate > 0 ? Math.max(1, level) : 0)));
    }
    return text.toString();
  }
}
