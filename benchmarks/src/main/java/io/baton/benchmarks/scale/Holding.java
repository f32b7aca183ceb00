package io.baton.benchmarks.scale;

import io.baton.benchmarks.harness.Contestant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What some sessions cost, and how they came through a crash of the primary.
 *
 * @param heapBytes of all sessions together
 * @param threads that came with them
 * @param openMillis to open one after another
 * @param restoreMillis from the recovery of the server until the last session was usable with its
 *     setting; negative if that was not waited for any longer
 * @param errors that the application saw meanwhile
 * @param reopened sessions that the application had to open anew
 * @param settingsLost sessions that worked on without their setting
 * @param peakThreads of the whole JVM meanwhile, 32 users among them
 */
record Holding(
    Contestant contestant,
    int sessions,
    long heapBytes,
    int threads,
    long openMillis,
    long restoreMillis,
    int errors,
    int reopened,
    int settingsLost,
    int peakThreads) {
  static final List<String> HEADER =
      List.of(
          "contestant",
          "sessions",
          "heap per session, KiB",
          "threads more",
          "open all, s",
          "restore all, s",
          "errors",
          "opened anew",
          "settings lost",
          "peak threads");

  /** From what {@link SessionHolder} has said. */
  static Holding of(Contestant contestant, int sessions, String held, String restored) {
    String[] cost = held.split(" ", -1);
    String[] after = restored.split(" ", -1);
    return new Holding(
        contestant,
        sessions,
        Long.parseLong(cost[1]),
        Integer.parseInt(cost[2]),
        Long.parseLong(cost[3]),
        Long.parseLong(after[1]),
        Integer.parseInt(after[2]),
        Integer.parseInt(after[3]),
        Integer.parseInt(after[4]),
        Integer.parseInt(after[5]));
  }

  double heapKibibytesPerSession() {
    return heapBytes / 1024.0 / sessions;
  }

  List<String> cells() {
    return List.of(
        contestant.label(),
        Integer.toString(sessions),
        String.format(Locale.ROOT, "%.1f", heapKibibytesPerSession()),
        Integer.toString(threads),
        seconds(openMillis),
        restoreMillis < 0 ? "over " + ScaleBenchmark.PATIENCE.toSeconds() : seconds(restoreMillis),
        Integer.toString(errors),
        Integer.toString(reopened),
        Integer.toString(settingsLost),
        Integer.toString(peakThreads));
  }

  private static String seconds(long millis) {
    return String.format(Locale.ROOT, "%.2f", millis / 1000.0);
  }

  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("contestant", contestant.name());
    json.put("sessions", sessions);
    json.put("heapBytes", heapBytes);
    json.put("threads", threads);
    json.put("openMillis", openMillis);
    json.put("restoreMillis", restoreMillis);
    json.put("errors", errors);
    json.put("reopened", reopened);
    json.put("settingsLost", settingsLost);
    json.put("peakThreads", peakThreads);
    return json;
  }
}
