package io.baton.engine;

import io.baton.ProtectionReport;
import io.baton.routing.Cluster;
import io.baton.session.ProtectionTally;
import io.baton.session.ProtectionTally.Cover;
import io.baton.session.ProtectionTotals;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Makes reports of tallies. */
public final class ProtectionReports {

  private ProtectionReports() {}

  /** The report of clusters, together. */
  public static ProtectionReport ofClusters(List<Cluster> clusters) {
    return of(
        clusters.stream()
            .map(part -> part.attachment(ProtectionTotals.class, ProtectionTotals::new).sum())
            .toList());
  }

  public static ProtectionReport of(List<ProtectionTally> tallies) {
    return new ProtectionReport(
        tallies.stream().mapToLong(ProtectionTally::calls).sum(),
        tallies.stream().mapToLong(tally -> tally.covered(Cover.SESSION)).sum(),
        tallies.stream().mapToLong(tally -> tally.covered(Cover.TRANSACTION)).sum(),
        tallies.stream()
            .flatMap(ProtectionReports::losses)
            .sorted(Comparator.comparingLong(ProtectionReport.Loss::count).reversed())
            .toList());
  }

  private static Stream<ProtectionReport.Loss> losses(ProtectionTally tally) {
    return tally.losses().stream()
        .map(
            loss ->
                new ProtectionReport.Loss(
                    loss.cause().cover() == Cover.SESSION
                        ? ProtectionReport.Cover.SESSION
                        : ProtectionReport.Cover.TRANSACTION,
                    loss.cause().reason(),
                    loss.cause().statement(),
                    loss.count()));
  }
}
