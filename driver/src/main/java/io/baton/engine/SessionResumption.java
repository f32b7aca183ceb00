package io.baton.engine;

import io.baton.failover.RecoveryLimits;
import io.baton.jdbc.options.BatonUrl;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.routing.consistency.CausalClock;
import io.baton.routing.consistency.Tables;
import io.baton.routing.select.RouteDecision;
import io.baton.routing.topology.FailureText;
import io.baton.session.ReadBack;
import io.baton.session.ServerState;
import io.baton.session.SessionSnapshot;
import io.baton.session.SessionTracker;
import io.baton.session.sql.OwnSettings;
import io.baton.session.written.WrittenSession;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gives a session that has just begun what was written down of another: the session takes it over
 * as its own, and its connection is brought in step as after a loss. If the connection breaks
 * meanwhile, the session moves on like any other. At the end the server is asked what it holds, and
 * that is compared with what the first server held.
 *
 * <p>Guarded by the calls of its session.
 *
 * @param written what was written down
 * @param changed the properties that count before what was written down
 */
record SessionResumption(
    SessionParts parts, CallMaker maker, WrittenSession written, Set<String> changed) {

  /** The settings of the server that a property of the driver sets. */
  private static final Map<String, String> SETTINGS =
      Map.of("ApplicationName", "application_name", "currentSchema", "search_path");

  /** Any settings of the server, in a form that only the server reads. */
  private static final String OPTIONS = "options";

  private static final String USER = "user";
  private static final String DATABASE = "PGDBNAME";

  /**
   * Gives it to the session.
   *
   * @throws SQLException 55000 if the server does not take a part of it, or holds something else
   *     then, or if it is of another user or database; 22023 if it is not what was written, or a
   *     change cannot be made
   */
  void resume() throws SQLException {
    if (changed.contains(OPTIONS)) {
      throw new SQLException(
          "The property \"options\" cannot be changed for a session that is restored: SET what it"
              + " says on the restored connection",
          "22023");
    }
    checkIdentity();
    if (written.session().state().isPinned()) { // By what no standby has.
      useWriter();
    }
    SessionConnection first = parts.connections().current();
    WrittenClient client = new WrittenClient(written.client()).without(changed);
    client.giveTo(parts.client(), first.physical());
    if (!client.replays()) {
      parts.recorder().switchReplay(false);
    }
    SessionTracker tracker = parts.recorder().tracker();
    RecoveryLimits limits = parts.opener().limits();
    Set<String> own = settingsOfChanges();
    SessionSnapshot session = written.session();
    tracker.resume(own.isEmpty() ? session : session.with(first.baseline(), own));
    try {
      if (first.isOnWriter()) {
        parts.opener().check().identify(first, limits); // As the role that logged in.
      }
      parts.rebuild().rebuild(first, first);
    } catch (SQLException failure) {
      if (!first.physical().isSeveredBy(failure)) {
        throw refused(first, FailureText.message(failure), failure);
      }
      maker.restore(failure, limits);
    }
    CausalClock clock = parts.cluster().clock();
    if (clock != null) {
      clock.wrote(); // What the session has written before, its reads must show here, too.
    }
    PhysicalConnection physical = parts.connections().current().physical();
    verify(parts.connections().current());
    if (!tracker.state().channels().isEmpty()) {
      physical.warn("Notifications may have been missed: the session was restored from a snapshot");
    }
  }

  private void useWriter() throws SQLException {
    try {
      RecoveryLimits limits = parts.opener().limits();
      parts.placement().take(RouteDecision.TO_WRITER, new OfNoCall(limits));
    } catch (NoServerFound none) {
      throw SessionParts.noServer(none);
    }
  }

  private record OfNoCall(RecoveryLimits limits) implements ConnectionPlacement.Placing {

    @Override
    public Tables read() {
      return Tables.ALL;
    }
  }

  private void checkIdentity() throws SQLException {
    BatonUrl url = parts.cluster().url();
    refuseUnlessNamed("user", USER, written.user(), url.user());
    refuseUnlessNamed("database", DATABASE, written.database(), url.database());
  }

  private void refuseUnlessNamed(String what, String property, String then, String now)
      throws SQLException {
    if (!then.equals(now) && !changed.contains(property)) {
      throw new SQLException(
          "The snapshot is of a session of the "
              + what
              + " \""
              + then
              + "\", and would be restored for \""
              + now
              + "\": if that is meant, name it among the changes as "
              + property,
          "55000");
    }
  }

  /** The settings of the server that are as the changes say. */
  private Set<String> settingsOfChanges() {
    Set<String> names = new HashSet<>();
    SETTINGS.forEach(
        (property, setting) -> {
          if (changed.contains(property)) {
            names.add(setting);
          }
        });
    return names;
  }

  private void verify(SessionConnection connection) throws SQLException {
    ServerState held = written.held().without(settingsOfChanges()).without(OwnSettings.LIMITS);
    ReadBack question = ReadBack.askingFor(held.settings().keySet());
    ServerState here =
        parts
            .cluster()
            .underUrl(
                connection.physical().inAutocommit(question::askUnlimited),
                connection.physical().endpoint());
    boolean isOfAnother = !written.user().equals(parts.cluster().url().user());
    if (isOfAnother && written.session().state().authorization() == null) {
      held = held.of(here.sessionUser());
    }
    List<String> differences = new ArrayList<>();
    held.settingsNotIn(here).forEach(name -> differences.add("setting " + name));
    String others = held.differencesTo(here);
    if (!others.isEmpty()) {
      differences.add(others);
    }
    if (!differences.isEmpty()) {
      throw refused(
          connection,
          "the server holds something else than the first one did: "
              + String.join(", ", differences),
          null);
    }
  }

  private static SQLException refused(
      SessionConnection connection, String why, @Nullable SQLException cause) {
    return new SQLException(
        "The session cannot be restored at " + connection.physical().endpoint() + ": " + why,
        "55000",
        cause);
  }
}
