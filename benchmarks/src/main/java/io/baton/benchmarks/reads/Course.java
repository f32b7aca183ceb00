package io.baton.benchmarks.reads;

import io.baton.benchmarks.harness.Contestant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a contestant's readers answered.
 *
 * @param readers how many standbys the URL named
 * @param perSecond reads per second, of all together
 * @param smallestShare of the standby that answered least, of all reads
 * @param largestShare of the one that answered most
 */
record Course(
    Contestant contestant,
    int readers,
    double perSecond,
    double smallestShare,
    double largestShare) {

  static final List<String> HEADER =
      List.of("contestant", "readers", "reads/s", "smallest share", "largest share");

  static Course of(Contestant contestant, int readers, Map<Integer, Long> answers, long millis) {
    long sum = answers.values().stream().mapToLong(Long::longValue).sum();
    long most = answers.values().stream().mapToLong(Long::longValue).max().orElse(0);
    long least =
        answers.size() < readers
            ? 0
            : answers.values().stream().mapToLong(Long::longValue).min().orElse(0);
    return new Course(
        contestant,
        readers,
        1000.0 * sum / millis,
        (double) least / Math.max(1, sum),
        (double) most / Math.max(1, sum));
  }

  List<String> cells() {
    return List.of(
        contestant.label(),
        Integer.toString(readers),
        String.format(Locale.ROOT, "%.0f", perSecond),
        String.format(Locale.ROOT, "%.0f %%", 100 * smallestShare),
        String.format(Locale.ROOT, "%.0f %%", 100 * largestShare));
  }

  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("contestant", contestant.name());
    json.put("readers", readers);
    json.put("readsPerSecond", perSecond);
    json.put("smallestShare", smallestShare);
    json.put("largestShare", largestShare);
    return json;
  }
}
