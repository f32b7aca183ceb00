package io.baton;

import io.baton.failover.HandOverObserver;
import io.baton.failover.HandOverReport;
import io.baton.failover.SessionHandOver;
import io.baton.routing.topology.Endpoint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Passes the calls of an observer on to a listener of the application, as public types. */
record HandOverTranslation(HandOverListener listener) implements HandOverObserver {

  @Override
  public void sessionDone(SessionHandOver session) {
    listener.sessionDone(move(session));
  }

  @Override
  public void handOverEnded(HandOverReport report) {
    listener.handOverEnded(result(List.of(report)));
  }

  private static SessionMove move(SessionHandOver session) {
    return new SessionMove(
        session.session(),
        session.from().toString(),
        text(session.to()),
        session.pause(),
        session.reason());
  }

  /** Joins the reports of one hand-over into a result; there is at least one report. */
  static HandOverResult result(List<HandOverReport> reports) {
    HandOverReport first = reports.get(0);
    return new HandOverResult(
        first.from().toString(),
        text(first.to()),
        reports.stream()
            .flatMap(report -> report.sessions().stream())
            .map(HandOverTranslation::move)
            .toList());
  }

  private static @Nullable String text(@Nullable Endpoint endpoint) {
    return endpoint == null ? null : endpoint.toString();
  }
}
